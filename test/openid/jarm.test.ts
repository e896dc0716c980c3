// Answers to authorization requests as one signed JWT (JARM).
import { describe, expect, it } from 'vitest'
import { issuer, read } from '../support/http.ts'
import { noFault, Server } from '../support/faults.ts'
import { pushedPath } from '../support/pushed.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { postAs, tokensOf, userinfo } from '../support/tokens.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import {
  type Extra,
  authorizePath,
  callback,
  decide,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  verifiedJwt,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

/** The one parameter of an answer, verified, and where it was sent. */
async function signedAnswer(place: Place) {
  const { response, ...others } = outcome(place)
  const { payload, header } = await verifiedJwt(String(response))
  return { ...others, alg: header.alg, payload }
}

const opened = (of: TestClient, extra: Extra): Promise<Place> =>
  agent.open(authorizePath(of, { response_mode: 'jwt', ...extra }))

const about = ({ client_id }: TestClient) => ({
  iss: issuer,
  aud: client_id,
  exp: expect.any(Number),
  state: 'a state',
})

const refused = (of: TestClient, error: string) => ({
  status: 303,
  to: callback,
  alg: 'RS256',
  payload: { ...about(of), error, error_description: expect.any(String) },
})

describe('JARM 2: an answer is one JWT', () => {
  it.each(['jwt', 'query.jwt'])(
    'JM1: response_mode=%s: a code, and nothing beside',
    async (mode) => {
      expect(await signedAnswer(await opened(client, { response_mode: mode }))).toEqual({
        status: 303,
        to: callback,
        alg: 'RS256',
        payload: { ...about(client), code: expect.any(String) },
      })
    },
  )

  it('JM1: response_mode=form_post.jwt: one input, posted to the client', async () => {
    const { status, forms } = await opened(client, { response_mode: 'form_post.jwt' })
    const [form] = forms
    const { payload } = await verifiedJwt(form?.hidden['response'] ?? '')
    expect({ status, forms, payload }).toEqual({
      status: 200,
      forms: [{ action: callback, hidden: { response: expect.any(String) } }],
      payload: { ...about(client), code: expect.any(String) },
    })
  })

  it('the code inside counts', async () => {
    const { payload } = await signedAnswer(await opened(client, {}))
    expect(await tokensOf(redeem(client, String(payload['code'])))).toMatchObject({
      scope: 'openid',
    })
  })

  it('without state there is none, and it is good for at most ten minutes', async () => {
    const { payload } = await signedAnswer(await opened(client, { state: undefined }))
    const left = (payload.exp ?? 0) - Date.now() / 1000
    expect({ payload, short: left > 0 && left <= 600 }).toEqual({
      payload: { ...about(client), state: undefined, code: expect.any(String) },
      short: true,
    })
  })

  it('a query that the redirect URI has stays', async () => {
    const redirect_uri = `${callback}?tenant=1`
    const made = await registerWebClient({ redirect_uris: [redirect_uri] })
    const { away } = await opened(made, { redirect_uri })
    const { searchParams } = new URL(away ?? '')
    expect([...searchParams.keys()]).toEqual(['tenant', 'response'])
  })

  it.each(['ES256', 'RS256'])('JM2: is signed with the registered %s', async (alg) => {
    const made = await registerWebClient({ authorization_signed_response_alg: alg })
    expect(await signedAnswer(await opened(made, {}))).toMatchObject({ alg })
  })

  it('JM1: fragment.jwt is not offered for a code', async () => {
    const place = await opened(client, { response_mode: 'fragment.jwt' })
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })
})

describe('M071: errors are signed, too', () => {
  it.each([
    ['invalid_scope', { scope: 'admin' }],
    ['invalid_request', { prompt: 'none login' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['request_uri_not_supported', { request_uri: 'https://client.example/object' }],
    ['request_not_supported', { request: 'a.b.c' }],
  ])('%s', async (error, extra) => {
    expect(await signedAnswer(await opened(client, extra))).toEqual(refused(client, error))
  })

  it('login_required', async () => {
    const path = authorizePath(client, { response_mode: 'jwt', prompt: 'none' })
    expect(await signedAnswer(await new UserAgent().open(path))).toEqual(
      refused(client, 'login_required'),
    )
  })

  it('access_denied, after the person was asked', async () => {
    const spa = await registerSpa()
    const place = await decide(agent, await opened(spa, {}), 'deny')
    expect(await signedAnswer(place)).toEqual(refused(spa, 'access_denied'))
  })

  it('what proves no address stays on our page, unsigned', async () => {
    const place = await opened(client, { redirect_uri: 'https://evil.example/cb' })
    expect(outcome(place)).toEqual({ status: 400, page: 'We will not send you there · Postern' })
  })
})

describe('where no key can be read', () => {
  it('a page says so, and a pushed request is not used up by it', async () => {
    const cold = new Server()
    const browser = new UserAgent(cold.fetch)
    for (const [name, value] of agent.cookies) browser.cookies.set(name, value)
    const path = await pushedPath(client, { response_mode: 'jwt' })
    cold.plan(({ text }) => (text.includes('signing_keys') ? 'fails' : null))
    const { status, headers } = await browser.open(path)
    cold.plan(noFault)
    expect({
      status,
      retry: headers.has('Retry-After'),
      then: (await signedAnswer(await browser.open(path))).payload,
    }).toEqual({
      status: 503,
      retry: true,
      then: { ...about(client), code: expect.any(String) },
    })
  })
})

describe('RFC 8725 3.12: an answer is no other kind of token', () => {
  it('neither an access token nor a hint', async () => {
    const { response } = outcome(await opened(client, {}))
    const token = String(response)
    const hinted = await agent.open(authorizePath(client, { id_token_hint: token }))
    expect({
      userinfo: (await userinfo(token)).status,
      introspection: await read(await postAs(client, '/oauth2/introspect', { token })),
      hint: outcome(hinted),
    }).toEqual({
      userinfo: 401,
      introspection: { status: 200, body: { active: false } },
      hint: refusedWith('invalid_request'),
    })
  })
})
