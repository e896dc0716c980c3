// Signed introspection responses (RFC 9701): who gets one, and what it says.
import { describe, expect, it } from 'vitest'
import { verifiedJwt } from '../openid/flow.ts'
import { basic, bearer, get, issuer, post, readAll } from '../support/http.ts'
import { registerClient, registerUser, type TestClient } from '../support/registry.ts'
import { introspect, signIn } from '../support/tokens.ts'

const signedType = 'application/token-introspection+jwt'

const client = await registerClient()
const other = await registerClient({ introspection: 'own' })
const user = await registerUser()
const { access_token } = await signIn(client, user, { scope: 'openid read' })

/** Asks with an Accept header; undefined = without. */
const ask = (
  { client_id, client_secret = '' }: TestClient,
  token: string,
  accept?: string,
): Promise<Response> =>
  post(
    '/oauth2/introspect',
    { token },
    { ...basic(client_id, client_secret), ...(accept === undefined ? {} : { Accept: accept }) },
  )

// The runtime warns of text() on a type that is not text.
const textOf = async (answer: Response): Promise<string> =>
  new TextDecoder().decode(await answer.arrayBuffer())

async function signed(answer: Response) {
  const { payload, header } = await verifiedJwt(await textOf(answer))
  return { type: answer.headers.get('Content-Type'), header, payload }
}

const signedFor = ({ client_id }: TestClient, told: object, alg = 'RS256') => ({
  type: signedType,
  header: { alg, typ: 'token-introspection+jwt', kid: expect.any(String) },
  payload: { iss: issuer, aud: client_id, iat: expect.any(Number), token_introspection: told },
})

describe('RFC 9701 5: what a signed response says', () => {
  it('IN1: what the JSON says is one claim, with no sub and no exp beside it', async () => {
    const told = await (await introspect(client, access_token)).json()
    expect(await signed(await ask(client, access_token, signedType))).toEqual(
      signedFor(client, Object(told)),
    )
  })

  it('nobody may keep it', async () => {
    const { status, headers } = await ask(client, access_token, signedType)
    expect({
      status,
      'cache-control': headers.get('Cache-Control'),
      pragma: headers.get('Pragma'),
    }).toEqual({ status: 200, 'cache-control': 'no-store', pragma: 'no-cache' })
  })

  it.each(['ES256', 'RS256'])('IN1: is signed with the registered %s', async (alg) => {
    const own = await registerClient({ introspection_signed_response_alg: alg })
    expect(await signed(await ask(own, 'unknown', signedType))).toEqual(
      signedFor(own, { active: false }, alg),
    )
  })

  it('M072, IN2: an unknown token and the token of another client are told alike', async () => {
    expect({
      unknown: await signed(await ask(other, 'unknown', signedType)),
      foreign: await signed(await ask(other, access_token, signedType)),
    }).toEqual({
      unknown: signedFor(other, { active: false }),
      foreign: signedFor(other, { active: false }),
    })
  })

  it('IN3: errors stay JSON', async () => {
    const wrong = await ask({ ...client, client_secret: 'wrong' }, access_token, signedType)
    const empty = await ask(client, '', signedType)
    const facts = async ({ status, headers }: Response) => ({
      status,
      type: headers.get('Content-Type'),
    })
    expect({ wrong: await facts(wrong), empty: await facts(empty) }).toEqual({
      wrong: { status: 401, type: 'application/json' },
      empty: { status: 400, type: 'application/json' },
    })
  })

  it('RFC 9701 8.1: it is not taken for an access token', async () => {
    const token = await textOf(await ask(client, access_token, signedType))
    const headers = bearer(token)
    expect({
      userinfo: (await get('/oauth2/userinfo', headers)).status,
      introspection: (await readAll(await ask(client, token))).body,
    }).toEqual({ userinfo: 401, introspection: { active: false } })
  })
})

describe('RFC 9701 4, RFC 9110 12.5.1: who gets one', () => {
  const json = 'application/json'
  const registered = { introspection_signed_response_alg: 'ES256' }

  it.each<[string, string]>([
    [signedType, signedType],
    [signedType.toUpperCase(), signedType],
    [`${signedType}; charset=utf-8`, signedType],
    [`${json}, ${signedType}`, signedType],
    [`${json};q=0.9, ${signedType}`, signedType],
    [`${signedType}, */*;q=0.1`, signedType],
    [`${signedType};q=0.5, ${json}`, json],
    [`${signedType};q=0.5, */*`, json],
    [`${signedType};q=0.5, application/*;q=0.8`, json],
    [`${signedType};q=0`, json],
    [`${signedType};q=2`, json],
    ['*/*', json],
    ['application/*', json],
    [json, json],
    ['text/html', json],
  ])('M072: Accept: %s', async (accept, expected) => {
    const own = await registerClient(registered)
    const typeFor = async (caller: TestClient) =>
      (await ask(caller, access_token, accept)).headers.get('Content-Type')
    expect({ registered: await typeFor(own), other: await typeFor(client) }).toEqual({
      registered: expected,
      other: expected,
    })
  })

  it.each([
    ['without Accept', undefined],
    ['with an empty one', ''],
  ])('IN1: %s, a client that is registered for it', async (_what, accept) => {
    const own = await registerClient(registered)
    const typeFor = async (caller: TestClient) =>
      (await ask(caller, access_token, accept)).headers.get('Content-Type')
    expect({ registered: await typeFor(own), other: await typeFor(client) }).toEqual({
      registered: signedType,
      other: json,
    })
  })
})
