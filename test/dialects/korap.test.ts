// The document: KorAP, OAuth2 token request with password grant.
import { env } from 'cloudflare:workers'
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
import {
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import { introspect, refresh, userinfo } from '../support/tokens.ts'
import { age } from '../support/time.ts'
import { outcome, send, sendForm, transcript } from '../support/transcript.ts'

await registerUser({ username: 'dory', email: 'dory@example.com', password: 'dorypass' })
const kalamar = {
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['password', 'refresh_token', 'client_credentials'],
  scope: 'all search match_info client_info openid',
  access_token_ttl: 259_200,
}
const client = await registerClient({
  ...kalamar,
  client_id: 'dRJnpFH6RHTr6L7bNhrn7F',
  client_secret: '_IGaQqvUUrPTzRKJvqPYnA',
})
const credentials = basic('dRJnpFH6RHTr6L7bNhrn7F', '_IGaQqvUUrPTzRKJvqPYnA')
const inBody = 'client_id=dRJnpFH6RHTr6L7bNhrn7F&client_secret=_IGaQqvUUrPTzRKJvqPYnA'
const dory = 'username=dory&password=dorypass'

const headers = {
  'cache-control': 'no-store',
  'content-type': 'application/json;charset=utf-8',
  pragma: 'no-store',
}
const challenged = { ...headers, 'www-authenticate': 'Basic realm="Kustvakt"' }
const success = (scope: string) =>
  `{"access_token":"ACCESS_TOKEN","refresh_token":"REFRESH_TOKEN","scope":"${scope}",` +
  '"token_type":"Bearer","expires_in":259200}'
const wrongPassword =
  '{"errors":[[2023,"LDAP Authentication failed due to unknown user or password!","dory"]]}\n'
const refusal = (error: string, description: string, status = 400) => ({
  status,
  body: JSON.stringify({ error_description: description, error }),
})

const tokenAnswer = z.looseObject({ access_token: z.string(), refresh_token: z.string() })
const token = (form: string, withHeaders: Record<string, string> = credentials) =>
  sendForm('/api/oauth2/token', form, withHeaders)
const tokensOf = async (answer: Promise<Response>) => tokenAnswer.parse(await (await answer).json())
const scopeOf = async (answer: Promise<Response>) =>
  z.looseObject({ scope: z.string() }).parse(await (await answer).json()).scope
const revoke = (form: string, withHeaders: Record<string, string> = {}) =>
  sendForm('/api/v1.0/oauth2/revoke', form, withHeaders)

describe('KorAP: the document', () => {
  it('gives tokens to a client that authenticates with the header', async () => {
    const answer = send(`POST /api/oauth2/token
Content-Type: application/x-www-form-urlencoded
Authorization: Basic ZFJKbnBGSDZSSFRyNkw3Yk5ocm43RjpfSUdhUXF2VVVyUFR6UktKdnFQWW5B

grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&username=dory&password=dorypass&scope=search match_info`)
    expect(await transcript(answer)).toEqual({
      status: 200,
      headers,
      body: success('search match_info'),
    })
  })

  it('gives tokens to a client that authenticates in the body', async () => {
    const answer = send(`POST /api/oauth2/token
Content-Type: application/x-www-form-urlencoded

grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&client_secret=_IGaQqvUUrPTzRKJvqPYnA&redirect_uri=http://example.client.com/redirect&username=dory&password=dorypass&scope=search match_info`)
    expect(await transcript(answer)).toEqual({
      status: 200,
      headers,
      body: success('search match_info'),
    })
  })

  it('takes the body with the line breaks with which it is printed', async () => {
    const answer = token(`grant_type=password
&client_id=dRJnpFH6RHTr6L7bNhrn7F
&username=dory&password=dorypass
&scope=search match_info`)
    expect(await outcome(answer)).toEqual({ status: 200, body: success('search match_info') })
  })

  it.each(['/api/v1.0/oauth2/token', '/api/v1.1/oauth2/token'])('serves %s', async (path) => {
    expect((await sendForm(path, `grant_type=password&${dory}`, credentials)).status).toBe(200)
  })

  it.each(['/api/v1.2/oauth2/token', '/api/v2/oauth2/revoke'])('has no %s', async (path) => {
    expect((await sendForm(path, `grant_type=password&${dory}`, credentials)).status).toBe(404)
  })
})

describe('KorAP: refusals in their order', () => {
  it.each([
    ['no grant type', 'x=1', 'Missing grant_type parameter'],
    ['an unknown grant type', 'grant_type=foo', 'Invalid or unsupported grant type: foo'],
    [
      'one that could break out',
      'grant_type=%22%5C%0A%C3%A4x',
      'Invalid or unsupported grant type: x',
    ],
    ['no username', 'grant_type=password&password=x', 'Missing or empty username parameter'],
    [
      'an empty password',
      'grant_type=password&username=x&password=',
      'Missing or empty password parameter',
    ],
    ['no refresh token', 'grant_type=refresh_token', 'Missing or empty refresh_token parameter'],
    ['no code', 'grant_type=authorization_code', 'Missing or empty code parameter'],
  ])('refuses %s first', async (_what, form, description) => {
    const { status, body } = refusal('invalid_request', description)
    const answer = await transcript(token(form, { Authorization: 'nonsense' }))
    expect(answer).toEqual({ status, headers, body })
  })

  it.each([
    ['another scheme', 'Bearer x', 'HTTP authentication must be Basic'],
    [
      'malformed credentials',
      `Basic ${btoa('no colon')}`,
      'Malformed client secret basic authentication (see RFC 6749, section 2.3.1)',
    ],
  ])('then refuses a header with %s', async (_what, Authorization, description) => {
    expect(
      await outcome(token(`grant_type=password&${dory}&${inBody}`, { Authorization })),
    ).toEqual(refusal('invalid_request', description))
  })

  it.each([
    ['no client', '', 'Missing parameter: client_id'],
    ['an empty client', 'client_id=', 'Missing parameter: client_id'],
    ['no secret', 'client_id=dRJnpFH6RHTr6L7bNhrn7F', 'Missing parameter: client_secret'],
  ])('then refuses %s', async (_what, sent, description) => {
    expect(await outcome(token(`grant_type=password&${dory}&${sent}`, {}))).toEqual(
      refusal('invalid_request', description),
    )
  })

  it.each([
    ['an unknown client', 'nobody', 'Unknown client: nobody'],
    ['one that could break out', '"\\\n<x>', 'Unknown client: <x>'],
    ['a secret in its place', `id${'s'.repeat(43)}`, 'Unknown client: ...'],
    ['a wrong secret', 'dRJnpFH6RHTr6L7bNhrn7F', 'Invalid client credentials'],
  ])('then refuses %s', async (_what, id, description) => {
    const { status, body } = refusal('invalid_client', description, 401)
    const answer = await transcript(token(`grant_type=password&${dory}`, basic(id, 'wrong')))
    expect(answer).toEqual({ status, headers: challenged, body })
  })

  it('then refuses a grant type that it understands and does not have', async () => {
    const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    expect(await outcome(token(`grant_type=${grantType}`))).toEqual(
      refusal('unsupported_grant_type', `${grantType} is not supported.`),
    )
  })

  it('lets the header win over the body', async () => {
    const form = `grant_type=password&${dory}&client_id=nobody&client_secret=wrong`
    expect((await token(form)).status).toBe(200)
    const wrong = token(`grant_type=password&${dory}&${inBody}`, basic('nobody', 'wrong'))
    expect(await outcome(wrong)).toEqual(refusal('invalid_client', 'Unknown client: nobody', 401))
  })
})

describe('KorAP: password grant', () => {
  it('refuses a wrong password in the words of LDAP', async () => {
    const challenges = 'Basic realm="Kustvakt", Bearer realm="Kustvakt"'
    expect(await transcript(token('grant_type=password&username=dory&password=wrong'))).toEqual({
      status: 401,
      headers: { ...headers, 'www-authenticate': challenges },
      body: wrongPassword,
    })
  })

  it('refuses a disabled user in the same words', async () => {
    const user = await registerUser()
    await patchUser(user, { disabled: true })
    const form = `grant_type=password&username=${user.username}&password=${user.password}`
    expect(await outcome(token(form))).toEqual({
      status: 401,
      body: wrongPassword.replace('dory', user.username),
    })
  })

  it('writes the name of an unknown user so that it cannot break out', async () => {
    const answer = await token('grant_type=password&username=%22%5D%3C/script%3E&password=x')
    expect(await answer.text()).toBe(wrongPassword.replace('dory', '\\"]</script>'))
  })

  it('is for super clients, confidential or public', async () => {
    const third = { ...kalamar, trusted: false }
    const confidential = await registerClient({ ...third, scope: 'search' })
    const open = await registerPublicClient({ trusted: false })
    const unregistered = await registerClient({ ...kalamar, grant_types: ['client_credentials'] })
    const clients = [confidential, open, unregistered]
    const answers = clients.map(({ client_id, client_secret = 'ignored' }) =>
      outcome(
        token(
          `grant_type=password&${dory}&client_id=${client_id}&client_secret=${client_secret}`,
          {},
        ),
      ),
    )
    const description = 'Password grant is not allowed for third party clients'
    expect(await Promise.all(answers)).toEqual(
      clients.map(() => refusal('unauthorized_client', description, 401)),
    )
  })

  it('takes the e-mail address', async () => {
    const answer = token('grant_type=password&username=dory@example.com&password=dorypass')
    const { access_token } = await tokensOf(answer)
    expect(await read(await introspect(client, access_token))).toMatchObject({
      body: { username: 'dory' },
    })
  })

  it('gives a public client no refresh token, and ignores the secret that it sends', async () => {
    const open = await registerPublicClient({ scope: 'all' })
    const form = `grant_type=password&${dory}&client_id=${open.client_id}&client_secret=secret`
    expect(await outcome(token(form, {}))).toEqual({
      status: 200,
      body: '{"access_token":"ACCESS_TOKEN","scope":"all","token_type":"Bearer","expires_in":600}',
    })
  })
})

describe('KorAP: scope', () => {
  const scoped = (scope: string) => token(`grant_type=password&${dory}&scope=${scope}`)

  it('is all where none is asked for', async () => {
    expect(await scopeOf(token(`grant_type=password&${dory}`))).toBe('all')
  })

  it('is refused where the client may not have all', async () => {
    const modest = await registerClient({ ...kalamar, scope: 'search' })
    const header = basic(modest.client_id, modest.client_secret ?? '')
    expect(await outcome(token(`grant_type=password&${dory}`, header))).toEqual(
      refusal('invalid_scope', 'Invalid scope'),
    )
  })

  it('is matched without case', async () => {
    expect(await scopeOf(scoped('SEARCH Match_Info'))).toBe('search match_info')
  })

  it.each(['unknown', 'search unknown', 'searc', 'search%0Amatch_info'])(
    'is refused where it is %s',
    async (scope) => {
      const answer = await read(await scoped(scope))
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    },
  )

  it('is narrowed to what the user may have', async () => {
    const reader = await registerUser({ scope: 'search' })
    const form = `grant_type=password&username=${reader.username}&password=${reader.password}`
    expect(await scopeOf(token(`${form}&scope=search match_info`))).toBe('search')
  })
})

describe('KorAP: client credentials', () => {
  it.each(['', '&scope=preferred_username client_info', '&scope=CLIENT_INFO', '&scope=unknown'])(
    'are filtered to client_info and never refused (%s)',
    async (scope) => {
      expect(await outcome(token(`grant_type=client_credentials${scope}`))).toEqual({
        status: 200,
        body:
          '{"access_token":"ACCESS_TOKEN","scope":"client_info","token_type":"Bearer",' +
          '"expires_in":259200}',
      })
    },
  )

  it('need a secret, and so are not for public clients', async () => {
    const { client_id } = await registerPublicClient()
    const missing = refusal(
      'invalid_request',
      'Malformed client secret post authentication: Missing client_secret parameter',
    )
    const form = `grant_type=client_credentials&client_id=${client_id}`
    expect(await outcome(token(form, {}))).toEqual(missing)
    expect(await outcome(token(`${form}&client_secret=x`, {}))).toEqual(missing)
  })
})

describe('KorAP: refresh tokens', () => {
  const signIn = () => tokensOf(token(`grant_type=password&${dory}&scope=search match_info`))
  const refreshed = (refreshToken: string, more = '', header = credentials) =>
    token(`grant_type=refresh_token&refresh_token=${refreshToken}${more}`, header)

  it('give a new pair', async () => {
    const { refresh_token } = await signIn()
    expect(await outcome(refreshed(refresh_token))).toEqual({
      status: 200,
      body: success('search match_info'),
    })
  })

  it('narrow the scope, in any case, and never widen it', async () => {
    const { refresh_token } = await signIn()
    expect(await outcome(refreshed(refresh_token, '&scope=client_info'))).toEqual(
      refusal('invalid_scope', 'Scope client_info is not authorized.'),
    )
    expect(await scopeOf(refreshed(refresh_token, '&scope=Search'))).toBe('search')
  })

  it('are refused where there is no such thing', async () => {
    expect(await outcome(refreshed('hlWci75xb8atDiq3924NUSvOdtAh7Nlf9z'))).toEqual(
      refusal('invalid_grant', 'Refresh token is not found'),
    )
  })

  it('are refused to another client, and stay alive', async () => {
    const { refresh_token } = await signIn()
    const { client_id, client_secret = '' } = await registerClient(kalamar)
    const answer = refreshed(refresh_token, '', basic(client_id, client_secret))
    expect(await outcome(answer)).toEqual(
      refusal('invalid_client', `Client ${client_id} is not authorized`, 401),
    )
    expect((await refreshed(refresh_token)).status).toBe(200)
  })

  it('are refused once superseded, and end their line', async () => {
    const { refresh_token } = await signIn()
    const second = await tokensOf(refreshed(refresh_token))
    const third = await tokensOf(refreshed(second.refresh_token))
    const revoked = refusal('invalid_grant', 'Refresh token has been revoked')
    expect(await outcome(refreshed(refresh_token))).toEqual(revoked)
    expect(await outcome(refreshed(third.refresh_token))).toEqual(revoked)
  })

  it('are refused once expired', async () => {
    const { refresh_token } = await signIn()
    await age(refresh_token, 'idle', 2_592_001)
    expect(await outcome(refreshed(refresh_token))).toEqual(
      refusal('invalid_grant', 'Refresh token is expired'),
    )
  })

  it('are not for public clients, whichever face gave them', async () => {
    const open = await registerPublicClient({ scope: 'all' })
    const form = `grant_type=password&${dory}&client_id=${open.client_id}`
    const standard = sendForm('/oauth2/token', form)
    const { refresh_token } = await tokensOf(standard)
    const here = token(
      `grant_type=refresh_token&refresh_token=${refresh_token}&client_id=${open.client_id}`,
      {},
    )
    expect((await here).status).toBe(401)
    expect((await refresh(open, refresh_token)).status).toBe(200)
  })
})

describe('KorAP: revocation', () => {
  const signIn = () => tokensOf(token(`grant_type=password&${dory}&scope=openid`))

  it('ends a refresh token and its access tokens', async () => {
    const { access_token, refresh_token } = await signIn()
    const answer = await transcript(
      revoke(`${inBody}&token=${refresh_token}&token_type=refresh_token`),
    )
    expect(answer).toEqual({ status: 200, headers, body: 'SUCCESS' })
    expect((await userinfo(access_token)).status).toBe(401)
  })

  it('ends an access token and leaves its refresh token', async () => {
    const { access_token, refresh_token } = await signIn()
    expect(await outcome(revoke(`token=${access_token}`, credentials))).toEqual({
      status: 200,
      body: 'SUCCESS',
    })
    expect((await userinfo(access_token)).status).toBe(401)
    expect((await token(`grant_type=refresh_token&refresh_token=${refresh_token}`)).status).toBe(
      200,
    )
  })

  it('is a success for a token that it does not know', async () => {
    expect(await outcome(revoke(`${inBody}&token=x`))).toEqual({ status: 200, body: 'SUCCESS' })
  })

  it("has no effect on another client's token", async () => {
    const { access_token } = await signIn()
    const { client_id, client_secret = '' } = await registerClient(kalamar)
    const foreign = revoke(`token=${access_token}`, basic(client_id, client_secret))
    expect(await outcome(foreign)).toEqual({ status: 200, body: 'SUCCESS' })
    expect((await userinfo(access_token)).status).toBe(200)
  })

  it.each([
    ['client_id', 'token=x'],
    ['token', inBody],
  ])('names a missing %s in its own shape', async (name, form) => {
    expect(await transcript(revoke(form))).toEqual({
      status: 400,
      headers,
      body: `{"errors":[[107,"${name} is null","${name}"]]}\n`,
    })
  })

  it('needs the client', async () => {
    expect(await outcome(revoke('token=x&client_id=dRJnpFH6RHTr6L7bNhrn7F'))).toEqual(
      refusal('invalid_request', 'Missing parameter: client_secret'),
    )
    expect(await outcome(revoke('token=x', basic(client.client_id, 'wrong')))).toEqual(
      refusal('invalid_client', 'Invalid client credentials', 401),
    )
  })
})

describe('KorAP: what it does not know', () => {
  const form = `grant_type=password&${dory}`

  it.each([
    ['a repeated parameter', `${form}&scope=all&scope=all`, 'a parameter is repeated'],
    ['a NUL', `${form}&x=%00`, 'a parameter contains a NUL character'],
    ['bad UTF-8', `${form}&x=%FF`, 'a parameter is not valid percent-encoded UTF-8'],
  ])('refuses %s', async (_what, sent, description) => {
    expect(await outcome(token(sent))).toEqual(refusal('invalid_request', description))
  })

  it('refuses a body that is no form, and one that is too large', async () => {
    const json = { ...credentials, 'Content-Type': 'application/json' }
    expect(await outcome(token('{}', json))).toEqual(
      refusal(
        'invalid_request',
        'send the body as a form, with the header Content-Type: application/x-www-form-urlencoded',
        415,
      ),
    )
    expect(await outcome(token(`x=${'x'.repeat(70_000)}`))).toEqual(
      refusal('request_too_large', 'the body is too large', 413),
    )
  })

  it('reads nothing from the query', async () => {
    const answer = send(`POST /api/oauth2/token?${form}&${inBody}
Content-Type: application/x-www-form-urlencoded

x=1`)
    expect(await outcome(answer)).toEqual(
      refusal('invalid_request', 'Missing grant_type parameter'),
    )
  })

  it('throttles', async () => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    const wrong = 'grant_type=password&username=throttled&password=x'
    await sendForm('/api/oauth2/token', wrong, credentials, server.fetch)
    const answer = await transcript(sendForm('/api/oauth2/token', wrong, credentials, server.fetch))
    const { status, body } = refusal('too_many_requests', 'Rate limit exceeded', 429)
    const retryAfter = { 'retry-after': expect.stringMatching(/^\d+$/) }
    expect(answer).toEqual({ status, headers: { ...headers, ...retryAfter }, body })
  })

  it.each(['/api/oauth2/token', '/api/oauth2/revoke'])(
    'asks to come back to %s while storage is away',
    async (path) => {
      const server = new Server()
      server.plan(always('fails', 'DB'))
      const sent = sendForm(path, `${form}&token=x`, credentials, server.fetch)
      const { status, body } = refusal(
        'temporarily_unavailable',
        'the server cannot answer now, try again',
        503,
      )
      expect(await transcript(sent)).toEqual({
        status,
        headers: { ...headers, 'retry-after': '2' },
        body,
      })
    },
  )

  it.each(['/api/oauth2/token', '/api/v1.1/oauth2/revoke'])('has no GET %s', async (path) => {
    const { status, body } = refusal(
      'invalid_request',
      'this endpoint does not support the method',
      405,
    )
    expect(await transcript(get(path))).toEqual({
      status,
      headers: { ...headers, allow: 'POST' },
      body,
    })
  })

  it('is not there unless it is named', async () => {
    const server = new Server({ DIALECTS: '' })
    const answer = await sendForm('/api/oauth2/token', form, credentials, server.fetch)
    expect(answer.status).toBe(404)
  })
})

describe('KorAP: what is stored', () => {
  it('is a line without refresh token for a public client', async () => {
    const { client_id } = await registerPublicClient({ scope: 'all' })
    await token(`grant_type=password&${dory}&client_id=${client_id}`, {})
    const rows = env.DB.prepare('SELECT current_digest FROM grants WHERE client_id = ?')
    const { results } = await rows.bind(client_id).all()
    expect(results).toEqual([{ current_digest: null }])
  })
})

describe('on its way', () => {
  it('an answer has the headers of every answer', async () =>
    expect(await policiesOf(post('/api/oauth2/token', {}, {}, deployment()))).toEqual(policies))

  it('a request over plain http is refused in its words, before anything is done', async () =>
    expect(await overPlainHttp('/api/oauth2/token')).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: httpsOnly },
      calls: [],
    }))
})

describe('M029: a bound token of a confidential client', () => {
  it.each(boundTokens)('%s authorizes nothing', async (_whose, make) => {
    const path = '/api/v1.1/oauth2/authorize?response_type=code&client_id=x'
    expect(await (await get(path, bearer(await make()))).json()).toMatchObject({
      errors: [[2011, 'Access token is invalid', 'invalid_token']],
    })
  })

  it('M025: its client, which is registered for DPoP, gets nothing where no proof fits', async () => {
    const own = await registerClient({ dpop_bound_access_tokens: true, scope: 'all' })
    const { client_id, client_secret = '' } = own
    const { username, password } = await registerUser()
    const form = { grant_type: 'password', client_id, client_secret, username, password }
    const answer = await post('/api/oauth2/token', { ...form, scope: 'all' })
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 400,
      body: expect.not.objectContaining({ access_token: expect.anything() }),
    })
  })
})
