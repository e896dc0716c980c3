// The JWT bearer grant by assertions of providers: RFC 7523, and identity assertion grants (ID-JAG,
// draft-ietf-oauth-identity-assertion-authz-grant-04).
import { env } from 'cloudflare:workers'
import { SignJWT, type JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeKey, ScriptedProvider, seconds, signToken } from '../federation/providers.ts'
import { scriptedSignIn } from '../federation/sign-in.ts'
import { payment, registerType } from '../openid/rich-authorization.ts'
import { grantsOf, grant_type, invalidGrant, issuedFor } from '../support/asserted.ts'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { get, issuer, post, postern, read, type Answerer, type Form } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
  type TestClient,
  type TestUser,
} from '../support/registry.ts'
import { postAs } from '../support/tokens.ts'

const tokenEndpoint = `${issuer}/oauth2/token`
const identityAssertion = { typ: 'oauth-id-jag+jwt' }
const user = await registerUser()
const nobody = invalidGrant('names no known user in its sub claim')

const client = await registerClient({
  grant_types: [grant_type],
  scope: 'openid email read write',
  trusted: false,
})
const company = await scriptedSignIn({
  assertions: true,
  assertion_clients: [client.client_id],
})

/** Links a person of a provider's to a user, as a sign-in would. */
const link = (provider: string, subject: string, { id }: Pick<TestUser, 'id'>) =>
  env.DB.prepare(
    `INSERT INTO provider_links (issuer, subject, user_id, email, created_at) VALUES (?, ?, ?, NULL, 1)`,
  )
    .bind(provider, subject, id)
    .run()

/** A user whom the company's provider knows. */
async function linked(facts: object = {}): Promise<TestUser & { subject: string }> {
  const person = await registerUser(facts)
  const subject = `employee-${person.id}`
  await link(company.document.issuer, subject, person)
  return { ...person, subject }
}
const employee = await linked()

const claimsWith = (claims: JWTPayload) => ({
  iss: company.document.issuer,
  sub: employee.subject,
  aud: issuer,
  client_id: client.client_id,
  exp: seconds() + 300,
  iat: seconds(),
  jti: crypto.randomUUID(),
  ...claims,
})
const grantOf = (claims: JWTPayload = {}, header: object = {}) =>
  signToken(company.key, claimsWith(claims), { ...identityAssertion, ...header })
const plainOf = (claims: JWTPayload = {}) =>
  signToken(company.key, claimsWith({ client_id: undefined, ...claims }))

const present = (
  assertion: string,
  form: Exclude<Form, string> = {},
  as: TestClient = client,
  to: Answerer = postern,
) => postAs(as, '/oauth2/token', { grant_type, assertion, ...form }, to)

describe('assertions of a provider', () => {
  it('is announced where a provider is trusted with assertions, and only there', async () => {
    const profiles = async () => {
      const answer = await get('/.well-known/oauth-authorization-server')
      return (await answer.json<Record<string, unknown>>()).authorization_grant_profiles_supported
    }
    const trusted = await profiles()
    await admin('PATCH', `/providers/${company.id}`, { assertions: false })
    const distrusted = await profiles()
    await admin('PATCH', `/providers/${company.id}`, { assertions: true })
    expect({ trusted, distrusted }).toEqual({
      trusted: ['urn:ietf:params:oauth:grant-profile:id-jag'],
      distrusted: undefined,
    })
  })

  it('JB6: an ID-JAG gives its client a token for the linked user', async () => {
    const auth_time = seconds() - 50
    const answer = await present(await grantOf({ scope: 'read', auth_time }))
    const { status, body } = await read(answer.clone())
    expect({ status, body }).toEqual(issuedFor('read'))
    const { access_token } = await answer.json<{ access_token: string }>()
    expect(claimsOf(access_token)).toMatchObject({
      sub: employee.sub,
      client_id: client.client_id,
      aud: issuer,
      auth_time,
    })
  })

  it('JB2: so does a plain assertion', async () => {
    const statusFor = async (aud: string) => (await present(await plainOf({ aud }))).status
    expect({
      issuer: await statusFor(issuer),
      tokenEndpoint: await statusFor(tokenEndpoint),
    }).toEqual({ issuer: 200, tokenEndpoint: 200 })
  })

  it('M088: a disabled user and a link that ended count for nothing', async () => {
    const [left, gone] = [await linked(), await linked()]
    await patchUser(left, { disabled: true })
    const links = await admin('GET', `/users/${gone.id}/provider-links`)
    const { items } = await links.json<{ items: { id: string }[] }>()
    await admin('DELETE', `/users/${gone.id}/provider-links/${items[0]?.id}`)
    const outcomes = {
      disabled: await read(await present(await grantOf({ sub: left.subject }))),
      unlinked: await read(await present(await grantOf({ sub: gone.subject }))),
      rows: { disabled: await grantsOf(left), unlinked: await grantsOf(gone) },
    }
    expect(outcomes).toEqual({
      disabled: nobody,
      unlinked: nobody,
      rows: { disabled: { grants: 0 }, unlinked: { grants: 0 } },
    })
  })

  it('M088: a provider that was disabled a moment ago counts nowhere, whatever an isolate remembers', async () => {
    const { fetch } = new Server()
    const own = await scriptedSignIn({ assertions: true, assertion_clients: [client.client_id] })
    const person = await registerUser()
    await link(own.document.issuer, 'a', person)
    const assertion = async () =>
      signToken(own.key, claimsWith({ iss: own.document.issuer, sub: 'a' }), identityAssertion)
    const before = await present(await assertion(), {}, client, fetch)
    await admin('PATCH', `/providers/${own.id}`, { disabled: true })
    const remembered = await read(await present(await assertion(), {}, client, fetch))
    const fresh = await read(await present(await assertion()))
    expect({ before: before.status, remembered, fresh }).toEqual({
      before: 200,
      remembered: nobody,
      fresh: invalidGrant('has an iss claim that is not trusted'),
    })
  })

  it('M089: nothing but a key of that provider, and no other kind of token', async () => {
    const stranger = await makeKey('ES256', company.key.kid)
    const secret = new TextEncoder().encode(JSON.stringify(company.key.jwk))
    const hmac = await new SignJWT(claimsWith({}))
      .setProtectedHeader({ alg: 'HS256', kid: company.key.kid, ...identityAssertion })
      .sign(secret)
    const nonce = { aud: 'portal', nonce: 'a nonce' }
    expect({
      hmac: await read(await present(hmac)),
      stranger: await read(
        await present(await signToken(stranger, claimsWith({}), identityAssertion)),
      ),
      idToken: await read(await present(await plainOf(nonce))),
      idTokenForUs: await read(await present(await plainOf({ ...nonce, aud: issuer }))),
      accessToken: await read(
        await present(await signToken(company.key, claimsWith({}), { typ: 'at+jwt' })),
      ),
    }).toEqual({
      hmac: invalidGrant('is not a JWT with an acceptable header (alg, typ)'),
      stranger: invalidGrant('is not signed by a key of its issuer'),
      idToken: invalidGrant('is another kind of token: it has the claim nonce'),
      idTokenForUs: invalidGrant('is another kind of token: it has the claim nonce'),
      accessToken: invalidGrant('is not a JWT with an acceptable header (alg, typ)'),
    })
  })

  it('M090: an ID-JAG is for its own client, confidential and listed, and for this server alone', async () => {
    const unlisted = await registerClient({ grant_types: [grant_type], scope: 'read' })
    const open = await registerPublicClient({ grant_types: [grant_type] })
    const fitting = (as: TestClient) => grantOf({ client_id: as.client_id })
    expect({
      typ: await read(await present(await grantOf({}, { typ: 'JWT' }))),
      aud: await read(await present(await grantOf({ aud: [issuer, 'https://a.example'] }))),
      endpoint: await read(await present(await grantOf({ aud: tokenEndpoint }))),
      other: await read(await present(await grantOf({ client_id: unlisted.client_id }))),
      none: await read(await present(await grantOf({ client_id: undefined }))),
      public: await read(await present(await fitting(open), {}, open)),
      unlisted: await read(await present(await fitting(unlisted), {}, unlisted)),
      unauthenticated: (await post('/oauth2/token', { grant_type, assertion: await grantOf() }))
        .status,
    }).toMatchObject({
      typ: invalidGrant('is another kind of token: it has the claim client_id'),
      aud: invalidGrant('has an aud claim that is not the issuer alone'),
      endpoint: invalidGrant('has an aud claim that is not the issuer alone'),
      other: invalidGrant('has a client_id claim that is not the authenticated client'),
      none: invalidGrant('has a client_id claim that is not the authenticated client'),
      public: { status: 400, body: { error: 'unauthorized_client' } },
      unlisted: invalidGrant('is of a provider whose assertions the client may not present'),
      unauthenticated: 400,
    })
  })

  it('M091: a bound ID-JAG needs a proof of its key', async () => {
    const [key, other] = [await newProofKey(), await newProofKey()]
    const cnf = { jkt: key.thumbprint }
    const presentWith = async (proof: string | null) =>
      read(await postProved(client, proof, { grant_type, assertion: await grantOf({ cnf }) }))
    const refusal = invalidGrant('has a cnf claim with a key that the request does not prove')
    expect({
      none: await presentWith(null),
      other: await presentWith(await proofOf(other)),
      own: await presentWith(await proofOf(key)),
    }).toMatchObject({
      none: refusal,
      other: refusal,
      own: { status: 200, body: { token_type: 'DPoP' } },
    })
  })

  it('M091: what the server does not know is refused, what is too much is narrowed', async () => {
    const unknownTenant = invalidGrant('is for a tenant that is unknown')
    expect({
      tenant: await read(await present(await grantOf({ tenant: 't1' }))),
      audTenant: await read(await present(await grantOf({ aud_tenant: 't1' }))),
      cnf: await read(await present(await grantOf({ cnf: 'a key' }))),
      scope: await read(await present(await grantOf({ scope: 'read' }), { scope: 'read write' })),
    }).toEqual({
      tenant: unknownTenant,
      audTenant: unknownTenant,
      cnf: invalidGrant('has a cnf claim with a key that the request does not prove'),
      scope: issuedFor('read'),
    })
  })

  it('JB6: the resource of the claim is the upper bound', async () => {
    const resource = 'https://api.example/mcp'
    const audienceOf = async (claim: unknown, asked?: string) => {
      const form = asked === undefined ? {} : { resource: asked }
      const { body } = await read(await present(await grantOf({ resource: claim }), form))
      const token = typeof body === 'object' && body !== null && 'access_token' in body
      return token ? claimsOf(String(body.access_token)).aud : body
    }
    expect({
      claimed: await audienceOf(resource),
      several: await audienceOf([resource, 'https://b.example/']),
      part: await audienceOf([resource, 'https://b.example/'], resource),
      beyond: await audienceOf(resource, 'https://b.example/'),
      malformed: await audienceOf(['no uri']),
    }).toMatchObject({
      claimed: resource,
      several: [resource, 'https://b.example/'],
      part: resource,
      beyond: { error: 'invalid_target' },
      malformed: { error: 'invalid_grant' },
    })
  })

  it('JB6: the authorization details of the claim are the upper bound', async () => {
    const type = await registerType()
    await patchClient(client, { authorization_details_types: [type] })
    const [alice, bob] = [payment({ type }), payment({ type, payee: 'Bob' })]
    const detailsOf = async (claim: unknown, asked?: unknown) => {
      const form = asked === undefined ? {} : { authorization_details: JSON.stringify(asked) }
      const claims = claim === undefined ? {} : { authorization_details: claim }
      const { body } = await read(await present(await grantOf(claims), form))
      const { access_token, authorization_details, error } = Object(body)
      if (access_token === undefined) return error
      return { told: authorization_details, token: claimsOf(access_token).authorization_details }
    }
    const given = (details: unknown) => ({ told: details, token: details })
    expect({
      claimed: await detailsOf([alice, bob]),
      part: await detailsOf([alice, bob], [bob]),
      beyond: await detailsOf([alice], [bob]),
      unclaimed: await detailsOf(undefined, [bob]),
      unknownType: await detailsOf([alice, { type: 'a' }]),
      malformed: await detailsOf('a'),
    }).toEqual({
      claimed: given([alice, bob]),
      part: given([bob]),
      beyond: 'invalid_authorization_details',
      unclaimed: 'invalid_authorization_details',
      unknownType: 'invalid_authorization_details',
      malformed: 'invalid_authorization_details',
    })
  })

  it('M092: the same e-mail address is no link, and none is made', async () => {
    const person = await registerUser({ email_verified: true })
    const claims = { sub: 'a newcomer', email: person.email, email_verified: true }
    const answer = await read(await present(await grantOf(claims)))
    const links = await env.DB.prepare('SELECT 1 FROM provider_links WHERE user_id = ?1')
      .bind(person.id)
      .all()
    expect({ answer, links: links.results }).toEqual({ answer: nobody, links: [] })
  })

  it('JB6: an ID-JAG that names this server as its issuer is refused', async () => {
    expect(await read(await present(await grantOf({ iss: issuer })))).toEqual(
      invalidGrant('was issued by this server'),
    )
  })

  it('of 50 requests with one ID-JAG one wins', async () => {
    const person = await linked()
    const assertion = await grantOf({ sub: person.subject })
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(assertion)))
    expect({
      won: answers.filter(({ status }) => status === 200).length,
      lost: answers.filter(({ status }) => status === 400).length,
      rows: await grantsOf(person),
    }).toEqual({ won: 1, lost: 49, rows: { grants: 1 } })
  })

  it('a provider that cannot be asked is 503, and the assertion works afterwards', async () => {
    const host = new ScriptedProvider()
    const key = await makeKey()
    const document = { ...company.document, issuer: host.url(''), jwks_uri: host.url('/keys') }
    await admin('POST', '/providers', {
      label: 'Away',
      issuer: host.url(''),
      client_id: 'portal',
      client_secret: 'the secret',
      assertions: true,
      assertion_clients: [client.client_id],
    })
    await link(host.url(''), 'a', user)
    const claims = claimsWith({ iss: host.url(''), sub: 'a' })
    const assertion = await signToken(key, claims, identityAssertion)
    const away = await present(assertion)
    await host.answer('/.well-known/openid-configuration', { body: document })
    await host.answer('/keys', { status: 500, body: {} })
    const keyless = await present(assertion)
    await host.answer('/keys', { body: { keys: [key.jwk] } })
    expect({
      away: away.status,
      keyless: keyless.status,
      back: (await present(assertion)).status,
    }).toEqual({ away: 503, keyless: 503, back: 200 })
  })

  it('a client that is no longer enabled gets nothing', async () => {
    const own = await registerClient({ grant_types: [grant_type], scope: 'read' })
    await admin('PATCH', `/providers/${company.id}`, {
      assertion_clients: [client.client_id, own.client_id],
    })
    const assertion = await grantOf({ client_id: own.client_id })
    await patchClient(own, { disabled: true })
    expect((await present(assertion, {}, own)).status).toBe(401)
  })
})
