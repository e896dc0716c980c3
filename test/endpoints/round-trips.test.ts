import { afterAll, describe, expect, it, vi } from 'vitest'
import readme from '../bench/README.md?raw'
import { allowDevice, askForCodes, codesFor, poll, registerDevice } from '../openid/device-flow.ts'
import {
  authorizePath,
  callback,
  codeFor,
  codeForm,
  codeOf,
  decide,
  redeem,
  registerWebClient,
  signedIn,
  signInAt,
} from '../openid/flow.ts'
import {
  client as detailsClient,
  details,
  machine as detailsMachine,
  payment,
} from '../openid/rich-authorization.ts'
import {
  assertionOf,
  assertionType,
  registerKeyClient,
  tokenWith,
  type KeyClient,
} from '../support/assertions.ts'
import { grant_type as jwtBearer } from '../support/asserted.ts'
import {
  boundSignIn,
  newProofKey,
  postProved,
  proofOf,
  provedUserinfo,
  userinfoProof,
} from '../support/dpop.ts'
import { noFault, Server, type StorageCall } from '../support/faults.ts'
import { get, issuer, post } from '../support/http.ts'
import { fapiPath, pushFapi, redeemFapi, registerFapiClient } from '../fapi/client.ts'
import { push, pushedPath } from '../support/pushed.ts'
import { registerSigner, requestObject, signedPath } from '../support/request-objects.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import {
  clientCredentials,
  introspect,
  introspectSigned,
  grantOf,
  passwordGrant,
  postAs,
  refresh,
  revoke,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const client = await registerClient({
  grant_types: ['password', 'refresh_token', 'client_credentials', tokenExchange],
})
const key = await newProofKey()
const webClient = await registerWebClient()
const fapiClient = await registerFapiClient()
const device = await registerDevice()
const user = await registerUser()
const signer = await registerKeyClient()
const requestSigner = await registerSigner()

// What an isolate knows grows old by the clock, and this one stands.
vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })

// One isolate that has served every route before: its keys and clients are known.
const server = new Server()
const to = server.fetch
const grant = await grantOf(passwordGrant(client, user, { scope: 'openid read' }, to))
const browser = await signedIn(user, to)
/** The tokens of a grant that was never refreshed. */
const newGrant = () => grantOf(passwordGrant(client, user, { scope: 'openid read' }, to))
/** The tokens of one whose first refresh, which is noted, lies behind it. */
const freshGrant = async () => grantOf(refresh(client, (await newGrant()).refresh_token, {}, to))
/** What makes a code too long for a URL: then it is parked in D1. */
const tooLong = { nonce: 'n'.repeat(2_000) }
await refresh(client, grant.refresh_token, {}, to)
await clientCredentials(client, { resource: 'https://api.example' }, to)
await userinfo(grant.access_token, to)
await redeem(webClient, await codeFor(browser, webClient), {}, to)
await pushFapi(fapiClient, {}, { to })
const { device_code } = await codesFor(device, {}, to)
await browser.open(authorizePath(requestSigner.client))
await get('/.well-known/openid-configuration', {}, to)
/** A code for authorization details, which a person must always be shown. */
const detailsCode = async () => {
  const path = authorizePath(detailsClient, {
    scope: 'openid offline_access',
    ...details(payment()),
  })
  return codeOf(await decide(browser, await browser.open(path), 'allow'))
}
await grantOf(redeem(detailsClient, await detailsCode(), {}, to))
await clientCredentials(detailsMachine, {}, to)
await server.settled()

/** `rows`: what D1 bills as written, an entry of an index like a row. */
type Cost = {
  waits: number
  d1: number
  d1Writes: number
  rows: number
  kv: number
  kvWrites: number
}

/**
 * What a request costs: the storage waits before its answer, one after another, and every call, also
 * of what it leaves behind. KV is not written before the answer: a put that the answer waited for
 * would wait for the answer.
 */
async function costOf(ask: () => Promise<{ status: number }>): Promise<Cost> {
  let answered = () => {}
  const answer = new Promise<null>((resolve) => (answered = () => resolve(null)))
  server.plan(({ method }) => (method === 'put' ? answer : null))
  const { status } = await ask()
  const { waits } = server
  answered()
  await server.settled()
  expect([200, 201, 303]).toContain(status)
  const calls = (binding: string) => server.calls.filter((call) => call.binding === binding)
  const writes = ({ text, method }: StorageCall) =>
    method === 'put' || /\b(INSERT|UPDATE|DELETE)\b/.test(text)
  return {
    waits,
    d1: calls('DB').length,
    d1Writes: calls('DB').filter(writes).length,
    rows: server.rowsWritten,
    kv: calls('KV').length,
    kvWrites: calls('KV').filter(({ method }) => method === 'put').length,
  }
}

/** A route of the table; `prepare` is what happens before and is not counted. */
type Route = { route: string; prepare: () => Promise<() => Promise<{ status: number }>> } & Cost

// Clients that sign: an assertion is spent in the batch that decides, or beside the read.
const keyClient = await registerKeyClient({
  grant_types: ['client_credentials', jwtBearer],
})
const keyWebClient = await registerKeyClient({
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [callback],
  scope: 'openid offline_access read',
})
await tokenWith(await assertionOf(keyClient), {}, to)
await tokenWith(await assertionOf(keyWebClient), {}, to)

/** A form with the assertion of a client. */
const signedForm = async (client: KeyClient, form: Record<string, string>) => ({
  client_assertion_type: assertionType,
  client_assertion: await assertionOf(client),
  ...form,
})

const signedRedemption = async () =>
  signedForm(
    keyWebClient,
    codeForm(await codeFor(browser, keyWebClient.client, { scope: 'openid offline_access' })),
  )

const allowedDeviceCode = async (): Promise<string> => {
  const codes = await codesFor(device, {}, to)
  await allowDevice(browser, codes.user_code)
  return codes.device_code
}

const routes: Route[] = [
  {
    route: 'discovery',
    prepare: async () => () => get('/.well-known/openid-configuration', {}, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'JWKS',
    prepare: async () => () => get('/.well-known/jwks.json', {}, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'client_credentials',
    prepare: async () => () => clientCredentials(client, {}, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'client_credentials, a resource named',
    prepare: async () => () => clientCredentials(client, { resource: 'https://api.example' }, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'client_credentials, authorization details',
    prepare: async () => () => clientCredentials(detailsMachine, details(payment()), to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorization_code, authorization details',
    prepare: async () => {
      const code = await detailsCode()
      return () => redeem(detailsClient, code, details(payment()), to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 8, kv: 0, kvWrites: 0 },
  },
  {
    route: 'refresh, authorization details named',
    prepare: async () => {
      const { refresh_token } = await grantOf(redeem(detailsClient, await detailsCode(), {}, to))
      return () => refresh(detailsClient, refresh_token, details(payment()), to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 3, kv: 0, kvWrites: 0 },
  },
  {
    route: 'client_credentials, private_key_jwt',
    prepare: async () => {
      const form = await signedForm(keyClient, { grant_type: 'client_credentials' })
      return () => post('/oauth2/token', form, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 1, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorization_code, private_key_jwt',
    prepare: async () => {
      const form = await signedRedemption()
      return () => post('/oauth2/token', form, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 9, kv: 0, kvWrites: 0 },
  },
  {
    route: 'refresh, private_key_jwt',
    prepare: async () => {
      const answer = await post('/oauth2/token', await signedRedemption(), {}, to)
      const { refresh_token } = await answer.json<{ refresh_token: string }>()
      const form = await signedForm(keyWebClient, { grant_type: 'refresh_token', refresh_token })
      return () => post('/oauth2/token', form, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 4, kv: 0, kvWrites: 0 },
  },
  {
    route: 'jwt-bearer',
    prepare: async () => {
      const assertion = await assertionOf(keyClient, { sub: user.sub })
      return () => post('/oauth2/token', { grant_type: jwtBearer, assertion }, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 9, kv: 0, kvWrites: 0 },
  },
  {
    route: 'password',
    prepare: async () => () => passwordGrant(client, user, {}, to),
    ...{ waits: 2, d1: 2, d1Writes: 2, rows: 11, kv: 1, kvWrites: 1 },
  },
  {
    route: 'device authorization',
    prepare: async () => () => askForCodes(device, {}, {}, to),
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 3, kv: 0, kvWrites: 0 },
  },
  {
    route: 'device code',
    prepare: async () => {
      await poll(device, await allowedDeviceCode(), {}, to)
      const allowed = await allowedDeviceCode()
      return () => poll(device, allowed, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 8, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh, the first of a grant',
    prepare: async () => {
      const { refresh_token } = await newGrant()
      return () => refresh(client, refresh_token, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 3, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh',
    prepare: async () => {
      const { refresh_token } = await freshGrant()
      return () => refresh(client, refresh_token, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 1, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh, scope narrowed',
    prepare: async () => {
      const { refresh_token } = await freshGrant()
      return () => refresh(client, refresh_token, { scope: 'read' }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 1, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh, the first of a grant, a resource named',
    prepare: async () => {
      const resource = 'https://api.example'
      const { refresh_token } = await grantOf(passwordGrant(client, user, { resource }, to))
      return () => refresh(client, refresh_token, { resource }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 3, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh with a proof',
    prepare: async () => {
      const { refresh_token } = await freshGrant()
      const proof = await proofOf(key)
      return () => postProved(client, proof, { grant_type: 'refresh_token', refresh_token }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 2, kv: 1, kvWrites: 1 },
  },
  {
    route: 'token exchange',
    prepare: async () => {
      const form = {
        grant_type: tokenExchange,
        subject_token: grant.access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }
      return () => postAs(client, '/oauth2/token', form, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 1, kvWrites: 0 },
  },
  {
    route: 'authorization_code',
    prepare: async () => {
      const code = await codeFor(browser, webClient)
      return () => redeem(webClient, code, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 8, kv: 1, kvWrites: 1 },
  },
  {
    route: 'authorization_code, a resource named',
    prepare: async () => {
      const resource = 'https://api.example'
      const code = await codeFor(browser, webClient, { resource })
      return () => redeem(webClient, code, { resource }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 8, kv: 1, kvWrites: 1 },
  },
  {
    route: 'authorization_code, too long for a URL',
    prepare: async () => {
      const code = await codeFor(browser, webClient, tooLong)
      return () => redeem(webClient, code, {}, to)
    },
    ...{ waits: 2, d1: 2, d1Writes: 1, rows: 8, kv: 1, kvWrites: 1 },
  },
  {
    route: 'authorize with a live login',
    prepare: async () => () => browser.open(authorizePath(webClient)),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize with a signed request and a signed answer',
    prepare: async () => {
      const request = await requestObject(requestSigner, { response_mode: 'jwt' })
      return () => browser.open(signedPath(requestSigner, request))
    },
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize, its code too long for a URL',
    prepare: async () => () => browser.open(authorizePath(webClient, tooLong)),
    ...{ waits: 2, d1: 2, d1Writes: 1, rows: 3, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize with a live login, a resource named',
    prepare: async () => () =>
      browser.open(authorizePath(webClient, { resource: 'https://api.example' })),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'PAR',
    prepare: async () => () => push(webClient, {}, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'PAR, too long for a URL',
    prepare: async () => () => push(webClient, tooLong, to),
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 3, kv: 0, kvWrites: 0 },
  },
  {
    route: 'PAR, an assertion and a proof, too long for a URL',
    prepare: async () => {
      const htu = `${issuer}/oauth2/par`
      return () => pushFapi(fapiClient, tooLong, { proof: { htu }, to })
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 5, kv: 0, kvWrites: 0 },
  },
  {
    route: 'PAR, an assertion',
    prepare: async () => () => pushFapi(fapiClient, {}, { to }),
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 1, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize with a pushed request and a live login',
    prepare: async () => {
      const path = await pushedPath(webClient, {}, to)
      return () => browser.open(path)
    },
    ...{ waits: 2, d1: 3, d1Writes: 1, rows: 1, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize with a pushed request, nobody signed in',
    prepare: async () => {
      const path = await pushedPath(webClient, {}, to)
      return () => get(path, {}, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorization_code with an assertion and a proof',
    prepare: async () => {
      const code = codeOf(await browser.open(await fapiPath(fapiClient, {}, { to })))
      return () => redeemFapi(fapiClient, code, {}, { to })
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 10, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorize, nobody signed in',
    prepare: async () => () => get(authorizePath(webClient), {}, to),
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'sign-in page',
    prepare: async () => {
      const stranger = new UserAgent(to)
      const { path } = await stranger.open(authorizePath(webClient))
      return () => stranger.open(path)
    },
    ...{ waits: 0, d1: 0, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'sign-in by password',
    prepare: async () => {
      const stranger = new UserAgent(to)
      const place = await stranger.open(authorizePath(webClient))
      return () => signInAt(stranger, place, user)
    },
    ...{ waits: 2, d1: 2, d1Writes: 2, rows: 10, kv: 0, kvWrites: 0 },
  },
  {
    route: 'sign-in by password, the first of a day',
    prepare: async () => {
      const stranger = new UserAgent(to)
      const place = await stranger.open(authorizePath(webClient))
      const somebody = await registerUser()
      return () => signInAt(stranger, place, somebody)
    },
    ...{ waits: 2, d1: 2, d1Writes: 2, rows: 12, kv: 0, kvWrites: 0 },
  },
  {
    route: 'userinfo',
    prepare: async () => () => userinfo(grant.access_token, to),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 1, kvWrites: 0 },
  },
  {
    route: 'client_credentials with DPoP',
    prepare: async () => {
      const proof = await proofOf(key)
      return () => postProved(client, proof, { grant_type: 'client_credentials' }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 1, kv: 0, kvWrites: 0 },
  },
  {
    route: 'authorization_code with DPoP',
    prepare: async () => {
      const proof = await proofOf(key)
      const form = codeForm(await codeFor(browser, webClient))
      return () => postProved(webClient, proof, form, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 9, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh with DPoP',
    prepare: async () => {
      const { refresh_token } = await freshGrant()
      const proof = await proofOf(key)
      return () => postProved(client, proof, { grant_type: 'refresh_token', refresh_token }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 2, kv: 1, kvWrites: 1 },
  },
  {
    route: 'refresh with an assertion and DPoP',
    prepare: async () => {
      const signIn = await assertionOf(signer)
      const { username, password } = user
      const asked = { grant_type: 'password', username, password, scope: 'openid read' }
      const { refresh_token } = await grantOf(tokenWith(signIn, asked, to))
      const [assertion, proof] = [await assertionOf(signer), await proofOf(key)]
      const form = {
        grant_type: 'refresh_token',
        refresh_token,
        client_assertion_type: assertionType,
        client_assertion: assertion,
      }
      return () => post('/oauth2/token', form, { DPoP: proof }, to)
    },
    ...{ waits: 1, d1: 1, d1Writes: 1, rows: 5, kv: 0, kvWrites: 0 },
  },
  {
    route: 'userinfo with DPoP',
    prepare: async () => {
      const { access_token } = await boundSignIn(client, user, { scope: 'openid' }, key)
      const proof = await userinfoProof(key, access_token)
      return () => provedUserinfo(access_token, proof, to)
    },
    ...{ waits: 1, d1: 2, d1Writes: 1, rows: 1, kv: 1, kvWrites: 0 },
  },
  {
    route: 'introspect',
    prepare: async () => () => introspect(client, grant.access_token, to),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 1, kvWrites: 0 },
  },
  {
    route: 'introspect, signed',
    prepare: async () => () => introspectSigned(client, grant.access_token, to),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 1, kvWrites: 0 },
  },
  {
    route: 'introspect, refresh token',
    prepare: async () => () => introspect(client, grant.refresh_token, to),
    ...{ waits: 1, d1: 1, d1Writes: 0, rows: 0, kv: 0, kvWrites: 0 },
  },
  {
    route: 'introspect, private_key_jwt',
    prepare: async () => {
      const form = await signedForm(keyClient, { token: grant.access_token })
      return () => post('/oauth2/introspect', form, {}, to)
    },
    ...{ waits: 1, d1: 2, d1Writes: 1, rows: 1, kv: 1, kvWrites: 0 },
  },
  {
    route: 'revoke, private_key_jwt',
    prepare: async () => {
      const { access_token: token } = await tokensOf(
        tokenWith(await assertionOf(keyClient), {}, to),
      )
      const form = await signedForm(keyClient, { token })
      return () => post('/oauth2/revoke', form, {}, to)
    },
    ...{ waits: 1, d1: 3, d1Writes: 2, rows: 8, kv: 1, kvWrites: 1 },
  },
  {
    route: 'revoke, refresh token',
    prepare: async () => {
      const { refresh_token } = await freshGrant()
      return () => revoke(client, refresh_token, to)
    },
    ...{ waits: 1, d1: 3, d1Writes: 2, rows: 5, kv: 1, kvWrites: 1 },
  },
  {
    route: 'revoke, access token',
    prepare: async () => {
      const { access_token } = await tokensOf(clientCredentials(client, {}, to))
      return () => revoke(client, access_token, to)
    },
    ...{ waits: 1, d1: 3, d1Writes: 2, rows: 7, kv: 1, kvWrites: 1 },
  },
]

describe('round trips: what a request costs a warm isolate', () => {
  it.each(routes)(
    '$route: $waits storage waits one after another',
    async ({ prepare, ...route }) => {
      const ask = await prepare()
      await server.settled()
      expect({ route: route.route, ...(await costOf(ask)) }).toEqual(route)
    },
  )

  it('a sign-in in a fresh browser costs 10 rows of D1, and the first one of a day 2 more', async () => {
    const somebody = await registerUser()
    const rowsOfSignIn = async (): Promise<number> => {
      await server.settled()
      server.plan(noFault)
      const stranger = new UserAgent(to)
      await signInAt(stranger, await stranger.open(authorizePath(webClient)), somebody)
      await server.settled()
      return server.rowsWritten
    }
    expect({ first: await rowsOfSignIn(), next: await rowsOfSignIn() }).toEqual({
      first: 12,
      next: 10,
    })
  })

  it('a pending poll of a device costs one wait and one row', async () => {
    server.plan(noFault)
    const { status } = await poll(device, device_code, {}, to)
    const { waits } = server
    await server.settled()
    const { rowsWritten, calls } = server
    expect({ status, waits, rowsWritten, calls: calls.length }).toEqual({
      status: 400,
      waits: 1,
      rowsWritten: 1,
      calls: 1,
    })
  })

  it('a cold isolate waits for the client once, and for the keys', async () => {
    const cold = new Server()
    await clientCredentials(client, {}, cold.fetch)
    expect(cold.waits).toBe(2)
  })

  it('a page on another origin costs userinfo no further wait', async () => {
    const headers = { Authorization: `Bearer ${grant.access_token}`, Origin: 'https://a.example' }
    await get('/oauth2/userinfo', headers, to)
    expect(server.waits).toBe(1)
  })
})

const head = [
  'route',
  'sequential waits',
  'D1 calls (writing)',
  'D1 rows written',
  'KV calls (writing)',
]
const body = routes.map(({ route, waits, d1, d1Writes, rows, kv, kvWrites }) =>
  [route, waits, `${d1} (${d1Writes})`, rows, `${kv} (${kvWrites})`].join(' | '),
)
const table = [head.join(' | '), head.map(() => '---').join(' | '), ...body].map(
  (text) => `| ${text} |`,
)

it('test/bench/README.md quotes rows of this table alone', () => {
  const [, section = ''] = /^## Round trips$(.*?)^## /ms.exec(readme) ?? []
  const quoted = section.split('\n').filter((line) => line.startsWith('|'))
  expect({
    length: quoted.length > 20,
    others: quoted.filter((line) => !table.includes(line)),
  }).toEqual({ length: true, others: [] })
})

afterAll(() => console.log(table.join('\n')))
