// What went wrong in other servers with clients: how they authenticate, register and are written to.
import { env } from 'cloudflare:workers'
import { CompactEncrypt, SignJWT, UnsecuredJWT } from 'jose'
import { expect, it } from 'vitest'
import {
  authorizationRequest,
  outcome,
  refusedWith,
  registerSpa,
  signedIn,
} from '../openid/flow.ts'
import { registerAt } from '../registration/registrant.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { basic, get, issuer, post, postern, refusal } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { registerSigner, signedPath } from '../support/request-objects.ts'
import { clientCredentials, passwordGrant, signIn } from '../support/tokens.ts'

const client = await registerClient()
const invalidClient = { status: 401, error: 'invalid_client' }

const send = (body: BodyInit, headers: Record<string, string>) =>
  postern(new Request(`${issuer}/oauth2/token`, { method: 'POST', body, headers }))

it('workers-oauth-provider#240: a strange media type is refused, and no fault', async () => {
  const types = [
    'application/json, application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded, application/json',
    'multipart/form-data',
    ';;;',
    'text/plain; charset=latin1',
  ]
  for (const type of types) {
    const answer = await send('grant_type=client_credentials', { 'Content-Type': type })
    expect({ type, isRefused: answer.status >= 400 && answer.status < 500 }).toEqual({
      type,
      isRefused: true,
    })
  }
})

it('workers-oauth-provider#247: malformed Basic is 401 with a challenge', async () => {
  for (const credentials of [
    'Basic',
    'Basic !!!',
    'Basic Zm9v',
    'Basic  ',
    `Basic ${btoa('%zz:x')}`,
  ]) {
    const form = { grant_type: 'client_credentials' }
    const answer = await post('/oauth2/token', form, { Authorization: credentials })
    expect({
      credentials,
      challenge: answer.headers.get('WWW-Authenticate')?.startsWith('Basic'),
      ...(await refusal(answer)),
    }).toEqual({ credentials, challenge: true, ...invalidClient })
  }
})

it('workers-oauth-provider#276: the registered method of authentication is the only one', async () => {
  const { client_id, client_secret = '' } = client
  const form = { grant_type: 'client_credentials', client_id, client_secret }
  expect(await refusal(post('/oauth2/token', form))).toEqual(invalidClient)
  const spa = await registerSpa()
  const own = { grant_type: 'refresh_token', refresh_token: 'x' }
  expect(await refusal(post('/oauth2/token', own, basic(spa.client_id, 'a secret')))).toEqual(
    invalidClient,
  )
})

it('GHSA-v3q9-2p3m-7g43, CVE-2020-15222, GHSA-3p3g-vpw6-4w66: an assertion counts once, also of twenty at once', async () => {
  const own = await registerKeyClient()
  const assertion = await assertionOf(own)
  const answers = await Promise.all(Array.from({ length: 20 }, () => tokenWith(assertion)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(401)])
})

it('CVE-2026-22817: an assertion that the public key “signed” as a secret is refused', async () => {
  const own = await registerKeyClient()
  const { client_id } = own.client
  const claims = { iss: client_id, sub: client_id, aud: issuer, jti: crypto.randomUUID() }
  const forged = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: own.key.kid })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(JSON.stringify(own.key.jwk)))
  expect(await refusal(tokenWith(forged))).toEqual(invalidClient)
  expect(await refusal(tokenWith(new UnsecuredJWT(claims).encode()))).toEqual(invalidClient)
})

it('CVE-2026-9793: an encrypted request object that holds plain JSON is no signed one', async () => {
  const signer = await registerSigner()
  const agent = await signedIn(await registerUser())
  const inside = JSON.stringify({ ...authorizationRequest(signer.client), aud: issuer })
  const { key } = await generatedKey()
  const encrypted = await new CompactEncrypt(new TextEncoder().encode(inside))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    .encrypt(key)
  for (const request of [encrypted, inside, new UnsecuredJWT(JSON.parse(inside)).encode()]) {
    const place = await agent.open(
      signedPath(signer, request, { redirect_uri: 'https://client.example/cb', state: 'a state' }),
    )
    expect(outcome(place)).toEqual({
      ...refusedWith('x'),
      error: expect.stringMatching(/^(request_not_supported|invalid_request_object)$/),
    })
  }
})

async function generatedKey(): Promise<{ key: CryptoKey }> {
  const pair = await crypto.subtle.generateKey(
    {
      name: 'RSA-OAEP',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['encrypt', 'decrypt'],
  )
  if (!('publicKey' in pair)) throw new Error('no pair of keys')
  return { key: pair.publicKey }
}

it('CVE-2026-4874: no parameter of a token request leads a logout notice anywhere', async () => {
  const user = await registerUser()
  await signIn(client, user, {
    client_session_host: '169.254.169.254',
    backchannel_logout_uri: 'https://evil.example/',
  })
  await admin('DELETE', `/users/${user.id}`)
  const { results } = await env.DB.prepare('SELECT * FROM logout_notices').all()
  expect(JSON.stringify(results)).not.toMatch(/169\.254|evil\.example/)
  const uri = { backchannel_logout_uri: 'http://169.254.169.254/latest' }
  expect((await admin('PATCH', `/clients/${client.client_id}`, uri)).status).toBe(400)
})

it('CVE-2026-24398, CVE-2026-39409, CVE-2026-47674: a private address is private in every spelling', async () => {
  const spellings = [
    '10.1',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[0:0:0:0:0:ffff:a00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00::1]',
    '\uff11\uff10.0.0.1',
    '10-0-0-1.sslip.io',
  ]
  for (const host of spellings) {
    const jwks_uri = `https://${host}/keys`
    const answer = await admin('PATCH', `/clients/${client.client_id}`, { jwks_uri })
    expect({ host, status: answer.status }).toEqual({ host, status: 400 })
  }
})

it('CVE-2026-44456: a body without a length is measured while it is read', async () => {
  const chunk = new TextEncoder().encode('x'.repeat(65_536))
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ === 64) controller.close()
      else controller.enqueue(chunk)
    },
  })
  const answer = await send(body, { 'Content-Type': 'application/x-www-form-urlencoded' })
  expect({ status: answer.status, isCut: sent < 64 }).toEqual({ status: 413, isCut: true })
})

it('CVE-2026-47676: an address that is written in another way passes no door', async () => {
  for (const path of [
    '/%61dmin/v1/users',
    '/admin%2fv1/users',
    '/./admin/v1/users',
    '//admin/v1/users',
  ]) {
    const { status } = await get(path)
    expect({ path, isClosed: status === 401 || status === 404 || status === 400 }).toEqual({
      path,
      isClosed: true,
    })
  }
})

it('hono 12c51174, hono d9b8b4b7: no answer with tokens is kept, and an answer differs by its Origin', async () => {
  const answer = await clientCredentials(client)
  const spa = await registerSpa({ redirect_uris: ['https://spa.example/cb'] })
  const asked = await get('/.well-known/openid-configuration', { Origin: 'https://spa.example' })
  const userinfo = await get('/oauth2/userinfo', { Origin: 'https://spa.example' })
  expect({
    cache: answer.headers.get('Cache-Control'),
    credentials: asked.headers.get('Access-Control-Allow-Credentials'),
    varies: asked.headers.get('Access-Control-Allow-Origin') === '*' || asked.headers.has('Vary'),
    userinfo: userinfo.headers.get('Access-Control-Allow-Credentials'),
    spa: spa.client_id.length > 0,
  }).toEqual({ cache: 'no-store', credentials: null, varies: true, userinfo: null, spa: true })
})

it('hono ef902257: a parameter with a dot or a bracket in its name is only unknown', async () => {
  const odd = {
    '__proto__.polluted': 'yes',
    'constructor[prototype][x]': 'yes',
    'scope.x': 'admin',
  }
  const answer = await clientCredentials(client, odd)
  expect({ status: answer.status, polluted: 'polluted' in {} }).toEqual({
    status: 200,
    polluted: false,
  })
})

it('workers-oauth-provider#218, GHSA-86j7-9j95-vpqj: an app registers no address that is a program', async () => {
  const open = new Server({ REGISTRATION: 'open' })
  const app = { client_name: 'An app', redirect_uris: ['https://app.example/cb'] }
  const bad = [
    { redirect_uris: ['javascript:alert(1)'] },
    { redirect_uris: ['data:text/html,x'] },
    { redirect_uris: ['JavaScript:alert(1)//https://app.example'] },
    { client_uri: 'javascript:alert(1)' },
    { logo_uri: 'data:image/svg+xml,x' },
    { policy_uri: 'vbscript:x' },
  ]
  for (const members of bad) {
    const { status } = await registerAt(open.fetch, { ...app, ...members })
    expect({ members, status }).toEqual({ members, status: 400 })
  }
})

it('CVE-2026-41427, GHSA-xr8f-h2gw-9xh6: an app that registers itself gives itself no rights', async () => {
  const open = new Server({ REGISTRATION: 'open' })
  const { status, body } = await registerAt(open.fetch, {
    client_name: 'An app',
    redirect_uris: ['https://app.example/cb'],
    trusted: true,
    token_exchange: 'any',
    resource_server: true,
    introspection: 'any',
    require_pkce: false,
  })
  expect({ status, trusted: body['trusted'], exchange: body['token_exchange'] }).toEqual({
    status: 201,
    trusted: undefined,
    exchange: undefined,
  })
  const stored = await admin('GET', `/clients/${String(body['client_id'])}`)
  expect(await stored.json()).toMatchObject({ trusted: false })
  const password = await registerAt(open.fetch, {
    client_name: 'An app',
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['password'],
  })
  expect(password.body['grant_types']).not.toContain('password')
})

it('CVE-2025-61928: no key of the admin interface is made by a stranger, or by a token of a user', async () => {
  const user = await registerUser({ role: 'admin' })
  const { access_token } = await signIn(client, user)
  const body = JSON.stringify({ name: 'mine', scope: 'read', user_id: user.id })
  const strangers: Record<string, string>[] = [
    {},
    { Authorization: `Bearer ${access_token}` },
    { Cookie: 'x=y' },
  ]
  for (const headers of strangers) {
    const request = new Request(`${issuer}/admin/v1/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    })
    expect((await postern(request)).status).toBe(401)
  }
  expect((await passwordGrant(client, user)).status).toBe(200)
})

it('GHSA-5rr4-8452-hf4v, GHSA-gv74-j8m3-fg5f: a provider is registered by an operator alone, and at a public address', async () => {
  const body = { id: 'mine', label: 'Mine', issuer: 'https://169.254.169.254', client_id: 'x' }
  const request = new Request(`${issuer}/admin/v1/providers`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect((await postern(request)).status).toBe(401)
  expect((await admin('POST', '/providers', { ...body, client_secret: 'x' })).status).toBe(400)
})
