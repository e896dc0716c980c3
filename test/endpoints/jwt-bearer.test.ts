// The JWT bearer grant by assertions of clients: RFC 7521 4.1, RFC 7523 2.1 and 3, RFC 10070.
import type { JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeKey, seconds } from '../federation/providers.ts'
import { assertionOf, assertionType, registerKeyClient } from '../support/assertions.ts'
import { grantsOf, grant_type, invalidGrant, issuedFor } from '../support/asserted.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { issuer, post, postern, read, type Answerer, type Form } from '../support/http.ts'
import { patchUser, registerClient, registerUser } from '../support/registry.ts'
import { introspect, postAs } from '../support/tokens.ts'

const tokenEndpoint = `${issuer}/oauth2/token`
const user = await registerUser()

/** Asks with an assertion alone. */
const ask = (assertion: string, form: Exclude<Form, string> = {}, to: Answerer = postern) =>
  post('/oauth2/token', { grant_type, assertion, ...form }, {}, to)

const replayed = invalidGrant('was used before: its jti claim is not new')
const nobody = invalidGrant('names no known user in its sub claim')

const scope = 'openid profile email read write offline_access'
const grant_types = [grant_type, 'refresh_token']
const register = (metadata: object = {}) => registerKeyClient({ grant_types, scope, ...metadata })
const own = await register()
const about = (sub: string, claims: JWTPayload = {}) =>
  // What tells assertions without a jti apart is what they say.
  assertionOf(own, { sub, jti: undefined, note: crypto.randomUUID(), ...claims })

describe('RFC 7523: an assertion of a client about one of the users', () => {
  it('JB1: suffices alone, for a username or a sub, and gives no refresh token (JB5)', async () => {
    const granted = issuedFor('openid profile email read write')
    expect({
      username: await read(await ask(await about(user.username))),
      sub: await read(await ask(await about(user.sub))),
    }).toEqual({ username: granted, sub: granted })
  })

  it('gives a token that counts, of that user and that client', async () => {
    const auth_time = seconds() - 100
    const answer = await ask(await about(user.username, { auth_time }))
    const { access_token } = await answer.json<{ access_token: string }>()
    expect(claimsOf(access_token)).toMatchObject({
      sub: user.sub,
      client_id: own.client.client_id,
      auth_time,
    })
    const caller = await registerClient()
    expect(await (await introspect(caller, access_token)).json()).toMatchObject({
      active: true,
      username: user.username,
    })
  })

  it('M058: a lost batch is 503, never a word about the scope, and the assertion is still good', async () => {
    const server = new Server()
    const assertion = await about(user.username)
    server.plan(({ method }) => (method === 'batch' ? 'fails' : null))
    const lost = await read(await ask(assertion, {}, server.fetch))
    server.plan(() => null)
    const repeated = await ask(assertion, {}, server.fetch)
    expect({ lost, repeated: repeated.status }).toEqual({
      lost: { status: 503, body: expect.objectContaining({ error: 'temporarily_unavailable' }) },
      repeated: 200,
    })
  })

  it('JB1: authentication beside it is judged, and must be of the same client', async () => {
    const client_assertion = await assertionOf(own)
    const other = await registerClient({ grant_types: [grant_type] })
    const with_ = async (form: object) =>
      read(await ask(await about(user.username), { client_assertion_type: assertionType, ...form }))
    const assertion = await about(user.username)
    expect({
      same: (await with_({ client_assertion })).status,
      replayed: (await with_({ client_assertion })).status,
      other: await read(await postAs(other, '/oauth2/token', { grant_type, assertion })),
    }).toEqual({
      same: 200,
      replayed: 401,
      other: invalidGrant('has an iss claim that is not trusted'),
    })
  })

  it('JB2: is of a client that is trusted and registered for the grant', async () => {
    const untrusted = await register({ trusted: false })
    const without = await register({ grant_types: ['refresh_token'] })
    const by = async (client: typeof own) =>
      read(await ask(await assertionOf(client, { sub: user.username })))
    expect({ untrusted: await by(untrusted), without: await by(without) }).toMatchObject({
      untrusted: { status: 400, body: { error: 'unauthorized_client' } },
      without: { status: 400, body: { error: 'unauthorized_client' } },
    })
  })

  it('JB3: is made out to the issuer or the token endpoint, and to nobody else', async () => {
    const outcomes = []
    for (const aud of [
      issuer,
      tokenEndpoint,
      [issuer],
      [issuer, tokenEndpoint],
      'https://a.example',
    ]) {
      outcomes.push({ aud, status: (await ask(await about(user.sub, { aud }))).status })
    }
    expect(outcomes).toEqual([
      { aud: issuer, status: 200 },
      { aud: tokenEndpoint, status: 200 },
      { aud: [issuer], status: 200 },
      { aud: [issuer, tokenEndpoint], status: 400 },
      { aud: 'https://a.example', status: 400 },
    ])
  })

  it.each([
    ['no exp', { exp: undefined }, 'has a missing or malformed claim: exp'],
    [
      'an end two hours ahead',
      { exp: seconds() + 7_200 },
      'has an exp claim more than an hour ahead',
    ],
    ['an end that is past', { exp: seconds() - 60 }, 'has expired: see its exp claim'],
    ['an empty sub', { sub: '' }, 'has a missing or malformed claim: sub'],
    [
      'an issuer that is nobody',
      { iss: 'nobody' },
      'has an iss claim that is not a client, and the request does not authenticate one',
    ],
    ['a malformed scope', { scope: ['read'] }, 'has a malformed scope claim'],
  ])('JB3: refuses %s', async (_what, claims, fault) => {
    expect(await read(await ask(await about(user.sub, claims)))).toEqual(invalidGrant(fault))
  })

  it('refuses text, and an assertion that another key signed', async () => {
    const foreign = { client: own.client, key: await makeKey() }
    expect({
      text: await read(await ask('text')),
      foreign: await read(await ask(await assertionOf(foreign, { sub: user.sub }))),
    }).toEqual({
      text: invalidGrant('is not a JWT with an iss claim'),
      foreign: invalidGrant('is not signed by a registered key of its issuer'),
    })
  })

  it('JB3: is used once, with a jti or without', async () => {
    const [named, unnamed] = [await about(user.sub, { jti: 'once' }), await about(user.sub)]
    const again = await about(user.sub, { jti: 'once', scope: 'read' })
    expect({
      named: (await ask(named)).status,
      sameJti: await read(await ask(again)),
      unnamed: (await ask(unnamed)).status,
      sameText: await read(await ask(unnamed)),
    }).toEqual({ named: 200, sameJti: replayed, unnamed: 200, sameText: replayed })
  })

  it('JB3: the second signature that ECDSA has for the same text makes no second assertion', async () => {
    const assertion = await about(user.sub)
    expect({
      first: (await ask(assertion)).status,
      second: await read(await ask(withMirroredSignature(assertion))),
    }).toEqual({ first: 200, second: replayed })
  })

  it('of 50 requests with one assertion one wins, and there is one grant', async () => {
    const person = await registerUser()
    const assertion = await about(person.sub)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(assertion)))
    expect({
      won: answers.filter(({ status }) => status === 200).length,
      lost: answers.filter(({ status }) => status === 400).length,
      rows: await grantsOf(person),
    }).toEqual({ won: 1, lost: 49, rows: { grants: 1 } })
  })

  it('JB4: an unknown or disabled user gets nothing', async () => {
    const gone = await registerUser()
    await patchUser(gone, { disabled: true })
    expect({
      gone: await read(await ask(await about(gone.username))),
      unknown: await read(await ask(await about('nobody-at-all'))),
      email: await read(await ask(await about(user.email))),
    }).toEqual({ gone: nobody, unknown: nobody, email: nobody })
  })

  it('JB5: scope is what request, assertion, client and user have in common', async () => {
    const limited = await registerUser({ scope: 'openid read' })
    const scopeFor = async (sub: string, claim: string | undefined, asked?: string) => {
      const form = asked === undefined ? {} : { scope: asked }
      return (await read(await ask(await about(sub, { scope: claim }), form))).body
    }
    expect({
      claimed: await scopeFor(user.sub, 'read admin'),
      asked: await scopeFor(user.sub, 'read write', 'write profile'),
      user: await scopeFor(limited.sub, 'read write'),
      nothing: await scopeFor(user.sub, 'admin'),
      nothingOfUser: await scopeFor(limited.sub, 'write'),
    }).toMatchObject({
      claimed: { scope: 'read' },
      asked: { scope: 'write' },
      user: { scope: 'read' },
      nothing: { error: 'invalid_scope' },
      nothingOfUser: { error: 'invalid_scope' },
    })
  })

  it('costs one wait for storage where the client is known', async () => {
    const server = new Server()
    await ask(await about(user.sub), {}, server.fetch)
    await ask(await about(user.sub), {}, server.fetch)
    expect(server.waits).toBe(1)
  })
})

/** The same claims under the other of the two signatures (r, s) and (r, n - s). */
function withMirroredSignature(assertion: string): string {
  const [header, payload, signature = ''] = assertion.split('.')
  const bytes = Uint8Array.fromBase64(signature, { alphabet: 'base64url' })
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const mirrored = (order - BigInt(`0x${bytes.slice(32).toHex()}`)).toString(16).padStart(64, '0')
  bytes.set(Uint8Array.fromHex(mirrored), 32)
  return `${header}.${payload}.${bytes.toBase64({ alphabet: 'base64url', omitPadding: true })}`
}
