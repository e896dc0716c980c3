// The document: Comic Clan, Authentication.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  deployment,
  httpsOnly,
  overPlainHttp,
  policies,
  policiesOf,
} from '../support/deployment.ts'
import { boundTokens } from '../support/dpop.ts'
import { always, Server } from '../support/faults.ts'
import { basic, bearer, get, post, read } from '../support/http.ts'
import { patchUser, registerClient, registerUser } from '../support/registry.ts'
import { introspect, userinfo } from '../support/tokens.ts'
import { outcome, send, sendForm, transcript } from '../support/transcript.ts'

const user = await registerUser({
  username: 'example@mail.com',
  email: 'example@mail.com',
  password: 'p4ssw0rd',
})
const comicClan = {
  grant_types: ['password', 'refresh_token'],
  scope: 'feed profile post comment openid',
  access_token_ttl: 90_000,
}
const client = await registerClient(comicClan)
const credentials = basic(client.client_id, client.client_secret ?? '')

const json = { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' }
const challenged = { ...json, 'www-authenticate': 'Basic realm="Comic Clan"' }
const documentForm = 'grant_type=password&username=example@mail.com&password=p4ssw0rd&scope=*'
const success =
  '{"access_token":"ACCESS_TOKEN","refresh_token":"REFRESH_TOKEN","token_type":"bearer",' +
  '"expires_in":90000,"scope":"feed;profile;post;comment;"}'
const wrongLogin =
  '{"error":"unauthorized_client","error_description":"user does not exists, it had been deleted ' +
  'or username and password does not match","status":401}'

const tokenAnswer = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  scope: z.string(),
})
const token = (form: string, headers: Record<string, string> = credentials) =>
  sendForm('/oauth/token/', form, headers)
const tokensOf = async (answer: Promise<Response>) => tokenAnswer.parse(await (await answer).json())
const refreshForm = (refreshToken: string, scope = '*') =>
  `grant_type=refresh_token&refresh_token=${refreshToken}&scope=${scope}`
const revoke = (form: string, headers: Record<string, string> = credentials) =>
  sendForm('/oauth/revoke', form, headers)

const refusal = (error: string, description: string, status = 400) => ({
  status,
  body: JSON.stringify({ error, error_description: description, status }),
})

describe('Comic Clan: the document', () => {
  it('gives tokens for e-mail address and password', async () => {
    const answer = send(`POST /oauth/token/
Authorization: ${credentials.Authorization}
Content-Type: application/x-www-form-urlencoded

grant_type=password&username=example%40mail.com&password=p4ssw0rd&scope=*`)
    expect(await transcript(answer)).toEqual({ status: 201, headers: json, body: success })
  })

  it('gives tokens for a refresh token', async () => {
    const { refresh_token } = await tokensOf(token(documentForm))
    const answer = send(`POST /oauth/token/
Authorization: ${credentials.Authorization}
Content-Type: application/x-www-form-urlencoded

grant_type=refresh_token&refresh_token=${refresh_token}&scope=*`)
    expect(await transcript(answer)).toEqual({ status: 201, headers: json, body: success })
  })

  it('refuses a wrong combination of username and password', async () => {
    const answer = transcript(token(documentForm.replace('p4ssw0rd', 'wrong')))
    expect(await answer).toEqual({ status: 401, headers: challenged, body: wrongLogin })
  })

  it('refuses an account that is unavailable in the same words', async () => {
    const inactive = await registerUser()
    await patchUser(inactive, { disabled: true })
    const { username, password } = inactive
    const form = `grant_type=password&username=${username}&password=${password}`
    expect(await outcome(token(form))).toEqual({ status: 401, body: wrongLogin })
    expect(await outcome(token(documentForm.replace('example', 'nobody')))).toEqual({
      status: 401,
      body: wrongLogin,
    })
  })

  it('serves the path with and without its slash', async () => {
    expect((await sendForm('/oauth/token', documentForm, credentials)).status).toBe(201)
  })
})

describe('Comic Clan: scope', () => {
  it.each([
    ['one of the document', 'scope=posts', 'post;'],
    ['one as it is answered', 'scope=post', 'post;'],
    ['spaces', 'scope=comment+feed', 'feed;comment;'],
    ['commas and semicolons', 'scope=feed,posts;profile', 'feed;profile;post;'],
    ['nothing', '', 'feed;profile;post;comment;'],
    ['an empty one', 'scope=', 'feed;profile;post;comment;'],
    ['all', 'scope=*', 'feed;profile;post;comment;'],
    ['one that it may have and one that it may not', 'scope=feed+admin', 'feed;'],
  ])('grants %s', async (_what, scope, granted) => {
    const form = `grant_type=password&username=example@mail.com&password=p4ssw0rd&${scope}`
    expect((await tokensOf(token(form))).scope).toBe(granted)
  })

  it('grants no more than the user may have', async () => {
    const reader = await registerUser({ scope: 'feed openid' })
    const form = `grant_type=password&username=${reader.username}&password=${reader.password}&scope=*`
    expect((await tokensOf(token(form))).scope).toBe('feed;')
  })

  it('refuses one of which nothing can be granted', async () => {
    expect(await outcome(token(documentForm.replace('*', 'admin')))).toEqual(
      refusal('invalid_scope', 'none of the requested scope can be granted'),
    )
  })

  it('narrows at refreshing and never widens', async () => {
    const narrow = await tokensOf(token(documentForm.replace('*', 'feed+posts')))
    const wider = token(refreshForm(narrow.refresh_token, 'comment'))
    expect(await outcome(wider)).toEqual(
      refusal('invalid_scope', 'the scope is wider than what was granted'),
    )
    const narrower = await tokensOf(token(refreshForm(narrow.refresh_token, 'posts')))
    expect(narrower.scope).toBe('post;')
  })
})

describe('Comic Clan: refusals in their order', () => {
  it.each(['application/json', 'multipart/form-data', 'text/plain'])(
    'refuses %s first',
    async (type) => {
      expect(await outcome(sendForm('/oauth/token/', '{}', { 'Content-Type': type }))).toEqual(
        refusal(
          'invalid_request',
          'request is malformed, it must be application/x-www-form-urlencoded',
        ),
      )
    },
  )

  it('takes a form that names its charset', async () => {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }
    expect((await token(documentForm, { ...credentials, ...type })).status).toBe(201)
  })

  it('then refuses a request without grant type', async () => {
    expect(await outcome(token('username=x', {}))).toEqual(
      refusal('invalid_request', 'request is malformed, it must have a grant type field'),
    )
  })

  it.each([
    ['none', {}],
    ['another scheme', { Authorization: 'Bearer x' }],
  ])('then refuses a request with %s in the place of Basic credentials', async (_what, headers) => {
    const body = `grant_type=foo&client_id=${client.client_id}&client_secret=${client.client_secret}`
    expect(await outcome(token(body, headers))).toEqual(
      refusal('invalid_request', 'a client id and a client secret must be provided'),
    )
  })

  it.each([
    ['an unknown client', basic('nobody', 'secret')],
    ['a wrong secret', basic(client.client_id, 'wrong')],
    ['an empty secret', basic(client.client_id, '')],
    ['malformed credentials', { Authorization: 'Basic !' }],
  ])('then refuses %s', async (_what, headers) => {
    const { status, body } = refusal(
      'invalid_client',
      'Client credentials are invalid or it does not match',
      401,
    )
    const answer = await transcript(token('grant_type=foo', headers))
    expect(answer).toEqual({ status, headers: challenged, body })
  })

  it.each(['authorization_code', 'device_code', 'client_credentials'])(
    'then refuses the grant type %s',
    async (grantType) => {
      expect(await outcome(token(`grant_type=${grantType}`))).toEqual(
        refusal('unsupported_grant_type', 'Supported grant types are: password; refresh_token'),
      )
    },
  )

  it('then refuses a grant type that does not exist', async () => {
    expect(await outcome(token('grant_type=foo'))).toEqual(
      refusal('invalid_grant_type', 'Please, provide a valid grant type'),
    )
  })

  it('then refuses a client that is not trusted, or not registered for the grant', async () => {
    const clients = [
      await registerClient({ ...comicClan, trusted: false }),
      await registerClient({ ...comicClan, grant_types: ['refresh_token'] }),
    ]
    const answers = clients.map(({ client_id, client_secret = '' }) =>
      outcome(token(documentForm, basic(client_id, client_secret))),
    )
    expect(await Promise.all(answers)).toEqual([
      refusal('unauthorized_client', 'the password grant is for trusted clients only', 401),
      refusal('unauthorized_client', 'the client is not registered for this grant type', 401),
    ])
  })

  it('refuses a public client, and a second credential', async () => {
    const open = await registerClient({ ...comicClan, token_endpoint_auth_method: 'none' })
    expect((await token(documentForm, basic(open.client_id, ''))).status).toBe(401)
    expect((await token(`${documentForm}&client_secret=x`)).status).toBe(400)
  })

  it('takes Basic from a client that is registered for the body', async () => {
    const { client_id, client_secret = '' } = await registerClient({
      ...comicClan,
      token_endpoint_auth_method: 'client_secret_post',
    })
    expect((await token(documentForm, basic(client_id, client_secret))).status).toBe(201)
  })

  it.each([
    ['a repeated parameter', `${documentForm}&scope=feed`, 'a parameter is repeated'],
    ['a NUL', `${documentForm}&x=%00`, 'a parameter contains a NUL character'],
    ['bad UTF-8', `${documentForm}&x=%FF`, 'a parameter is not valid percent-encoded UTF-8'],
    ['no password', 'grant_type=password&username=x', 'the parameter password is missing'],
    ['no refresh token', 'grant_type=refresh_token', 'the parameter refresh_token is missing'],
  ])('refuses %s', async (_what, form, description) => {
    expect(await outcome(token(form))).toEqual(refusal('invalid_request', description))
  })
})

describe('Comic Clan: refresh tokens', () => {
  const notCurrent = refusal('invalid_request', 'Refresh token does not match')

  it('gives the same successor to a retry', async () => {
    const { refresh_token } = await tokensOf(token(documentForm))
    const first = await tokensOf(token(refreshForm(refresh_token)))
    const again = await tokensOf(token(refreshForm(refresh_token)))
    expect(again.refresh_token).toBe(first.refresh_token)
  })

  it('refuses one that is not the current one, and ends the line', async () => {
    const { refresh_token } = await tokensOf(token(documentForm))
    const second = await tokensOf(token(refreshForm(refresh_token)))
    const third = await tokensOf(token(refreshForm(second.refresh_token)))
    expect(await outcome(token(refreshForm(refresh_token)))).toEqual(notCurrent)
    const issuedAlready =
      'This token was issued already. If this problem persists, please, call administrator'
    expect(await outcome(token(refreshForm(third.refresh_token)))).toEqual(
      refusal('invalid_client', issuedAlready, 401),
    )
  })

  it("refuses what is none, and another client's, which stays alive", async () => {
    const { refresh_token } = await tokensOf(token(documentForm))
    const other = await registerClient(comicClan)
    const foreign = basic(other.client_id, other.client_secret ?? '')
    expect(await outcome(token(refreshForm('eyJhbGciOiJSUzI1')))).toEqual(notCurrent)
    expect(await outcome(token(refreshForm(refresh_token), foreign))).toEqual(notCurrent)
    expect((await token(refreshForm(refresh_token))).status).toBe(201)
  })
})

describe('Comic Clan: revocation', () => {
  it('ends a refresh token and its access tokens', async () => {
    const { access_token, refresh_token } = await tokensOf(token(documentForm))
    const answer = await transcript(revoke(`token=${refresh_token}`))
    expect(answer).toMatchObject({ status: 204, body: '' })
    expect((await userinfo(access_token)).status).toBe(401)
    expect((await token(refreshForm(refresh_token))).status).toBe(401)
  })

  it('answers the same for a token that it does not know', async () => {
    expect((await revoke('token=x')).status).toBe(204)
    expect((await sendForm('/oauth/revoke/', 'token=x', credentials)).status).toBe(204)
  })

  it("leaves another client's token alone", async () => {
    const { access_token } = await tokensOf(token(documentForm))
    const other = await registerClient(comicClan)
    const foreign = basic(other.client_id, other.client_secret ?? '')
    expect((await revoke(`token=${access_token}`, foreign)).status).toBe(204)
    expect(await read(await introspect(client, access_token))).toMatchObject({
      body: { active: true, username: user.username },
    })
  })

  it('needs a token and a client', async () => {
    expect(await outcome(revoke('username=example@mail.com'))).toEqual(
      refusal('invalid_request', 'the parameter token is missing'),
    )
    expect(await outcome(revoke('token=x', {}))).toEqual(
      refusal('invalid_request', 'a client id and a client secret must be provided'),
    )
    expect((await revoke('token=x', basic(client.client_id, 'wrong'))).status).toBe(401)
  })
})

describe('Comic Clan: signature', () => {
  it('gives the public key that signs now, and it verifies an access token', async () => {
    const { access_token } = await tokensOf(token(documentForm))
    const answer = await get('/oauth/signature')
    expect({ status: answer.status, contentType: answer.headers.get('Content-Type') }).toEqual({
      status: 200,
      contentType: 'application/jwk+json',
    })
    const jwk = z.looseObject({ kty: z.string(), kid: z.string() }).parse(await answer.json())
    expect(jwk).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      kid: expect.any(String),
      alg: 'ES256',
      use: 'sig',
    })
    const [header = ''] = access_token.split('.')
    expect(JSON.parse(atob(header))).toMatchObject({ alg: 'ES256', kid: jwk.kid })
  })
})

describe('Comic Clan: what it does not know', () => {
  it('throttles', async () => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    const wrong = 'grant_type=password&username=throttled@mail.com&password=wrong'
    await sendForm('/oauth/token/', wrong, credentials, server.fetch)
    const answer = await transcript(sendForm('/oauth/token/', wrong, credentials, server.fetch))
    const { status, body } = refusal('too_many_requests', 'Too Many Requests', 429)
    const headers = { ...json, 'retry-after': expect.stringMatching(/^\d+$/) }
    expect(answer).toEqual({ status, headers, body })
  })

  it('asks to come back while storage is away', async () => {
    const server = new Server()
    server.plan(always('fails', 'DB'))
    const answer = sendForm('/oauth/token/', documentForm, credentials, server.fetch)
    const { status, body } = refusal(
      'temporarily_unavailable',
      'the server cannot answer now, try again',
      503,
    )
    expect(await transcript(answer)).toEqual({
      status,
      headers: { ...json, 'retry-after': '2' },
      body,
    })
  })

  it('refuses a body that is too large', async () => {
    expect(await outcome(token(`x=${'x'.repeat(70_000)}`))).toEqual(
      refusal('request_too_large', 'the body is too large', 413),
    )
  })

  it.each([
    ['/oauth/token/', 'POST'],
    ['/oauth/token', 'POST'],
    ['/oauth/revoke', 'POST'],
  ])('has no GET %s', async (path, allow) => {
    const { status, body } = refusal('invalid_request', 'Method Not Allowed', 405)
    expect(await transcript(get(path))).toEqual({ status, headers: { ...json, allow }, body })
  })

  it('is not there unless it is named', async () => {
    const server = new Server({ DIALECTS: '' })
    const answer = await sendForm('/oauth/token/', documentForm, credentials, server.fetch)
    expect(answer.status).toBe(404)
  })
})

describe('on its way', () => {
  it('an answer has the headers of every answer', async () =>
    expect(await policiesOf(post('/oauth/token/', {}, {}, deployment()))).toEqual(policies))

  it('a request over plain http is refused in its words, before anything is done', async () =>
    expect(await overPlainHttp('/oauth/token/')).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: httpsOnly, status: 400 },
      calls: [],
    }))
})

describe('M029: a bound token of a confidential client', () => {
  it.each(boundTokens)('%s is no credential', async (_whose, make) => {
    const form = { token: 'any' }
    expect((await post('/oauth/revoke', form, bearer(await make()))).status).toBe(400)
  })
})
