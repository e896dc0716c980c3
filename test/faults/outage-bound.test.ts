// Refreshing while D1 is away, by clients and with tokens that need more than a secret. What only D1 can tell,
// such as whether an assertion was used before, is 503; a proof of possession needs no database.
import { decodeProtectedHeader } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { profileParties, refreshFapi, signInFapi } from '../fapi/client.ts'
import {
  authorizePath,
  callback,
  codeOf,
  redeem,
  registerSpa,
  registerWebClient,
} from '../openid/flow.ts'
import { allow, client as detailsClient, details, payment } from '../openid/rich-authorization.ts'
import { assertionOf, assertionType, postWith, registerKeyClient } from '../support/assertions.ts'
import { deployed } from '../support/deployment.ts'
import { boundTokensOf, newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { basic, encodeForm, post, refusal } from '../support/http.ts'
import {
  atHome,
  coldServer,
  cron,
  kept,
  keptGrant,
  offline,
  putBack,
  readAway,
  somebody,
  unavailable,
} from '../support/outage.ts'
import {
  registerClient,
  registerResource,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { grantIdOf } from '../support/time.ts'
import { grantOf, passwordGrant, refresh } from '../support/tokens.ts'

const { browser, user } = await somebody()

beforeAll(cron)

describe('DPoP', () => {
  const invalidProof = { status: 400, error: 'invalid_dpop_proof' }
  const isPublic = { grant_types: ['password', 'refresh_token'], trusted: true }

  /** A new grant by the password, with a proof. */
  async function provedGrant(client: TestClient) {
    const key = await newProofKey()
    const { username, password } = user
    const form = { grant_type: 'password', username, password, scope: 'openid read' }
    const grant = await atHome(async (to) =>
      boundTokensOf(postProved(client, await proofOf(key), form, to)),
    )
    return { key, ...grant }
  }

  const refreshed = (client: TestClient, refresh_token: string, proof: string | null) =>
    postProved(client, proof, { grant_type: 'refresh_token', refresh_token }, coldServer().fetch)

  it('a bound refresh token gets a token that is bound to the same key', async () => {
    const client = await registerSpa(isPublic)
    const { key, refresh_token } = await provedGrant(client)
    const answer = refreshed(client, refresh_token, await proofOf(key))
    const { access_token } = await boundTokensOf(answer)
    expect(claimsOf(access_token).cnf).toEqual({ jkt: key.thumbprint })
  })

  it('without a proof, or with one of another key, time or endpoint, it gets nothing', async () => {
    const client = await registerSpa(isPublic)
    const { key, refresh_token } = await provedGrant(client)
    const proofs = [
      null,
      await proofOf(await newProofKey()),
      await proofOf(key, { iat: Math.floor(Date.now() / 1000) - 3_600 }),
      await proofOf(key, { htu: 'http://localhost:8787/oauth2/introspect' }),
    ]
    const refusals = proofs.map((proof) => refusal(refreshed(client, refresh_token, proof)))
    expect(await Promise.all(refusals)).toEqual(proofs.map(() => invalidProof))
  })

  it('a proof is used once in an isolate', async () => {
    const client = await registerSpa(isPublic)
    const { key, refresh_token } = await provedGrant(client)
    const proof = await proofOf(key)
    const { status } = await refreshed(client, refresh_token, proof)
    const again = await refusal(refreshed(client, refresh_token, proof))
    expect({ status, again }).toEqual({ status: 200, again: invalidProof })
  })

  it('a proof that came with a request that is 503 can be sent again with that request', async () => {
    const client = await registerSpa(isPublic)
    const { key, refresh_token } = await provedGrant(client)
    const proof = await proofOf(key)
    const withoutPuts = coldServer({}, ({ binding, method }) =>
      binding === 'DB' || method === 'put' ? 'fails' : null,
    )
    const form = { grant_type: 'refresh_token', refresh_token }
    const failed = await postProved(client, proof, form, withoutPuts.fetch)
    const again = await refreshed(client, refresh_token, proof)
    expect({ failed: failed.status, again: again.status }).toEqual({ failed: 503, again: 200 })
  })

  it('a client that is registered for it, or a resource that demands it, gets nothing without', async () => {
    const client = await registerClient({ dpop_bound_access_tokens: true })
    const { refresh_token } = await provedGrant(client)
    const { resource } = await registerResource({ scope: 'read', dpop_required: true })
    const plain = await registerClient()
    const key = await newProofKey()
    const { username, password } = user
    const form = { grant_type: 'password', username, password, scope: 'read', resource }
    const demanded = await atHome(async (to) =>
      boundTokensOf(postProved(plain, await proofOf(key), form, to)),
    )
    expect({
      client: await refusal(refreshed(client, refresh_token, null)),
      resource: await refusal(refreshed(plain, demanded.refresh_token, null)),
      proved: (await refreshed(plain, demanded.refresh_token, await proofOf(key))).status,
    }).toEqual({ client: invalidProof, resource: invalidProof, proved: 200 })
  })
})

describe('signed assertions', () => {
  it('private_key_jwt: 503, because only D1 knows which assertions were used', async () => {
    const signer = await registerKeyClient({ grant_types: ['password', 'refresh_token'] })
    const signed = async (form: Record<string, string>, to: Server['fetch']) => {
      const client_assertion = await assertionOf(signer)
      const sent = { client_assertion_type: assertionType, client_assertion, ...form }
      return post('/oauth2/token', sent, {}, to)
    }
    const { username, password } = user
    const { refresh_token } = await atHome((to) =>
      grantOf(signed({ grant_type: 'password', username, password }, to)),
    )
    const form = { grant_type: 'refresh_token', refresh_token }
    const whileAway = await readAway(signed(form, coldServer().fetch))
    const { status } = await signed(form, new Server().fetch)
    expect({ whileAway, status }).toEqual({ whileAway: unavailable, status: 200 })
  })

  it('a client that may sign and need not: 503 if it signs', async () => {
    const { client, key } = await registerKeyClient({
      token_endpoint_auth_method: 'none',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      scope: offline,
    })
    const { refresh_token } = await keptGrant(client, browser)
    const form = { grant_type: 'refresh_token', refresh_token }
    const assertion = await assertionOf({ client, key })
    const signed = postWith(assertion, '/oauth2/token', form, coldServer().fetch)
    const plain = await refresh(client, refresh_token, {}, coldServer().fetch)
    expect({ signed: await readAway(signed), plain: plain.status }).toEqual({
      signed: unavailable,
      plain: 200,
    })
  })

  it('a fapi2 client that signs: 503, and its grant goes on once D1 is back', async () => {
    const { client, agent } = await profileParties()
    const { refresh_token } = await signInFapi(client, agent, { scope: 'openid offline_access' })
    const whileAway = await readAway(refreshFapi(client, refresh_token, { to: coldServer().fetch }))
    const { status } = await refreshFapi(client, refresh_token)
    expect({ whileAway, status }).toEqual({ whileAway: unavailable, status: 200 })
  })
})

describe('certificates (RFC 8705)', () => {
  const shown = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certFingerprintSHA256: '00'.repeat(32),
    certSubjectDNRFC2253: 'CN=payments',
  }
  const settings = { ...deployed, MTLS_HOST: 'mtls.id.example' }
  const send = (server: Server, form: Record<string, string>, certificate: object | null) => {
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: encodeForm(form),
    }
    const cf = certificate === null ? {} : { tlsClientAuth: certificate }
    return server.fetch(
      new Request('https://mtls.id.example/oauth2/token', Object.assign(init, { cf })),
    )
  }

  it('a client that a certificate proves gets a token that is bound to it, and nobody else does', async () => {
    const { client_id } = await registerClient({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=payments',
      tls_client_certificate_bound_access_tokens: true,
    })
    const { username, password } = user
    const grant = { client_id, grant_type: 'password', username, password }
    const server = new Server(settings)
    const { refresh_token } = await grantOf(send(server, grant, shown))
    await server.settled()
    const form = { client_id, grant_type: 'refresh_token', refresh_token }
    const { access_token } = await grantOf(send(coldServer(settings), form, shown))
    const other = { ...shown, certSubjectDNRFC2253: 'CN=somebody' }
    expect({
      cnf: claimsOf(access_token).cnf,
      other: await readAway(send(coldServer(settings), form, other)),
      none: await readAway(send(coldServer(settings), form, null)),
    }).toEqual({ cnf: { 'x5t#S256': 'A'.repeat(43) }, other: unavailable, none: unavailable })
  })
})

describe('what only D1 can judge', () => {
  it('a grant with authorization details has no record', async () => {
    const code = await allow(details(payment()))
    const { refresh_token } = await atHome((to) => grantOf(redeem(detailsClient, code, {}, to)))
    expect(await kept(`grant:${grantIdOf(refresh_token)}`)).toBe(null)
  })

  it('a request that names authorization details, or repeats an audience, is 503', async () => {
    const client = await registerWebClient()
    const { refresh_token } = await keptGrant(client, browser)
    const { client_id, client_secret = '' } = client
    const audience = ['https://a.example', 'https://b.example']
    const form = { grant_type: 'refresh_token', refresh_token, audience }
    const { fetch } = coldServer()
    expect({
      details: await readAway(refresh(client, refresh_token, details(payment()), fetch)),
      twice: await readAway(post('/oauth2/token', form, basic(client_id, client_secret), fetch)),
    }).toEqual({ details: unavailable, twice: unavailable })
  })
})

describe('what tokens say', () => {
  it('the claims that the client is registered for, and no others', async () => {
    const client = await registerClient({ claims: { access_token: ['tenant'] } })
    const person = await registerUser({ claims: { tenant: 'acme', secret: 'other' } })
    const { refresh_token } = await atHome((to) => grantOf(passwordGrant(client, person, {}, to)))
    const { access_token } = await grantOf(refresh(client, refresh_token, {}, coldServer().fetch))
    const { tenant, secret } = claimsOf(access_token)
    expect({ tenant, secret }).toEqual({ tenant: 'acme', secret: undefined })
  })

  it('a resource that has a lifetime, an algorithm and a type of its own', async () => {
    const { resource } = await registerResource({
      scope: 'read',
      access_token_ttl: 60,
      access_token_signing_alg: 'RS256',
      access_token_typ: 'JWT',
    })
    const client = await registerWebClient()
    const { refresh_token } = await keptGrant(client, browser, { resource })
    const answer = refresh(client, refresh_token, {}, coldServer().fetch)
    const { access_token, expires_in } = await grantOf(answer)
    expect({ ...decodeProtectedHeader(access_token), expires_in }).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: expect.any(String),
      expires_in: 60,
    })
  })

  it('a request that names one of two resources leaves no record of the other: that is 503', async () => {
    const client = await registerWebClient()
    const resource = ['https://one.example/', 'https://two.example/']
    // Whatever other tests have registered was long ago.
    await putBack('rev:unregistered', null)
    const path = `${authorizePath(client, { scope: offline })}&${encodeForm({ resource })}`
    const code = codeOf(await browser.open(path))
    const first = await atHome((to) => grantOf(redeem(client, code, {}, to)))
    const whole = await grantOf(refresh(client, first.refresh_token, {}, coldServer().fetch))
    const [one = '', two = ''] = resource
    const { refresh_token } = await atHome((to) =>
      grantOf(refresh(client, first.refresh_token, { resource: one }, to)),
    )
    const asked = (extra: Record<string, string>) =>
      readAway(refresh(client, refresh_token, extra, coldServer().fetch))
    expect({
      aud: claimsOf(whole.access_token).aud,
      one: (await asked({ resource: one })).status,
      two: await asked({ resource: two }),
      both: await asked({}),
    }).toEqual({ aud: resource, one: 200, two: unavailable, both: unavailable })
  })
})
