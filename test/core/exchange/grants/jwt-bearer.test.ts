// Exchanging an assertion: whose it may be, what it says, and what storage decides.
import type { JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/core/clients/storage.ts'
import {
  clientOfAssertion,
  exchange,
  grantType,
} from '../../../../src/core/exchange/grants/jwt-bearer.ts'
import { acrOfTwoFactors } from '../../../../src/core/tokens/acr.ts'
import type { Confirmation } from '../../../../src/core/tokens/storage.ts'
import { foreignKey } from '../../../../src/crypto/foreign-key.ts'
import { invalidDpopProof } from '../../../../src/protocol/error.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import * as v from '../../../../src/protocol/schema.ts'
import { makeKey, signToken } from '../../../federation/providers.ts'
import { claimsOf } from '../../../support/forge.ts'
import {
  coreServer,
  descriptionOf,
  refusalOf,
  store,
  storeResource,
} from '../../../support/core-server.ts'
import { issuer } from '../../../support/http.ts'
import { audit, newClient, now, storeUser } from '../../../support/records.ts'

const key = await makeKey()
const { metadata } = newClient()
const demanding = 'https://proved.example/'
const registered: Client['metadata'] = {
  ...{ ...metadata, trusted: true, scope: 'openid read' },
  ...{
    grant_types: [grantType, 'refresh_token'],
    jwks: { keys: [v.parse(foreignKey(), key.jwk)] },
  },
}
const client = newClient({ metadata: registered })
await store.clients.create(client, audit())
await storeResource({ resource: demanding, dpop_required: true })
const user = await storeUser(store.userAdministration)

type Given = {
  claims?: JWTPayload
  header?: object
  of?: Client
  form?: Record<string, string>
  confirmation?: Confirmation
  server?: object
  signedBy?: typeof key
  spends?: Parameters<typeof exchange>[2]['spends']
}

const assertionOf = ({ claims = {}, header = {}, signedBy = key }: Given = {}) =>
  signToken(
    signedBy,
    {
      ...{ iss: client.id, sub: user.username, aud: issuer, exp: now + 60 },
      ...{ jti: crypto.randomUUID(), ...claims },
    },
    header,
  )

async function ask(given: Given = {}) {
  const { of = client, form = {}, confirmation, server = {}, spends } = given
  const sent = { assertion: await assertionOf(given), ...form }
  const parameters = parseParameters(new URLSearchParams(sent).toString())
  const { as } = coreServer(server)
  const request = { parameters, confirmation, ...(spends === undefined ? {} : { spends }) }
  const issued = await exchange(as, of, request)
  return { ...issued, claims: claimsOf(issued.accessToken) }
}
const refusal = (given: Given) => refusalOf(() => ask(given))
const fault = (given: Given) => descriptionOf(() => ask(given))
const clientWith = (change: Partial<Client['metadata']>, facts: Partial<Client> = {}): Client => ({
  ...client,
  ...facts,
  metadata: { ...registered, ...change },
})

describe('an assertion of the client', () => {
  it('gives an access token for the user whom it names, and no refresh token', async () => {
    const { claims, refreshToken } = await ask()
    expect(claims).toMatchObject({
      ...{ sub: user.sub, client_id: client.id, scope: 'openid read', amr: ['fed'] },
      auth_time: now,
    })
    const found = await store.grants.find(String(claims['grant_id']), now)
    expect({ refreshToken, currentDigest: found?.currentDigest }).toEqual({
      refreshToken: undefined,
      currentDigest: null,
    })
  })

  it('tells when the user signed in, never in the future', async () => {
    const authTime = async (claims: JWTPayload) => (await ask({ claims })).claims['auth_time']
    expect({
      stated: await authTime({ auth_time: now - 9, iat: now - 5 }),
      issued: await authTime({ iat: now - 5 }),
      text: await authTime({ auth_time: 'then', iat: now - 5 }),
      future: await authTime({ auth_time: now + 9 }),
      issuedAhead: await authTime({ iat: now + 9 }),
      neither: await authTime({}),
    }).toEqual({
      ...{ stated: now - 9, issued: now - 5, text: now - 5 },
      ...{ future: now, issuedAhead: now, neither: now },
    })
  })

  it('is a JWT of a trusted client, signed by a registered key', async () => {
    const unknown = await makeKey()
    const { jwks: _, ...keyless } = registered
    expect({
      garbage: await fault({ form: { assertion: 'garbage' } }),
      anonymous: await fault({ claims: { iss: undefined } }),
      untrusted: await fault({ of: clientWith({ trusted: false }) }),
      keyless: await fault({ of: { ...client, metadata: keyless } }),
      key: await fault({ signedBy: { ...unknown, kid: key.kid } }),
      type: await fault({ header: { typ: 'at+jwt' } }),
      typed: await fault({ header: { typ: 'JWT' } }),
      expired: await fault({ claims: { exp: now - 60 } }),
    }).toEqual({
      garbage: 'the assertion is not a JWT with an iss claim',
      anonymous: 'the assertion is not a JWT with an iss claim',
      untrusted: 'assertions of its own are for trusted clients only',
      keyless: 'the client has no registered keys',
      key: 'the assertion is not signed by a registered key of its issuer',
      type: 'the assertion is not a JWT with an acceptable header (alg, typ)',
      typed: 'none',
      expired: 'the assertion has expired: see its exp claim',
    })
  })

  it('names somebody else, for this server alone', async () => {
    const notAlone = 'the assertion has an aud claim that is not this server alone'
    expect({
      itself: await fault({ claims: { sub: client.id } }),
      nobody: await fault({ claims: { sub: 'nobody' } }),
      audience: await fault({ claims: { aud: 'another' } }),
      both: await fault({ claims: { aud: [issuer, 'another'] } }),
      endpoint: await fault({ claims: { aud: `${issuer}/oauth2/token` } }),
    }).toEqual({
      itself: 'the assertion has a sub claim that is the client itself',
      nobody: 'the assertion names no known user in its sub claim',
      ...{ audience: notAlone, both: notAlone, endpoint: 'none' },
    })
  })

  it('of another issuer is judged as that of a provider', async () => {
    const providers = { list: () => Promise.resolve([]) }
    expect(await fault({ claims: { iss: 'https://a.example' }, server: { providers } })).toBe(
      'the assertion has an iss claim that is not trusted',
    )
  })

  it('is used once, and so is what the request brings along', async () => {
    const claims = { jti: crypto.randomUUID() }
    const spends = [
      { digest: 'a proof', expiresAt: now + 60, refusal: () => invalidDpopProof('used before') },
    ]
    expect({
      first: await refusal({ claims, spends }),
      again: await refusal({ claims }),
      proof: await refusal({ spends }),
      without: await refusal({}),
    }).toEqual({
      ...{ first: 'none', again: 'invalid_grant: assertion_used', proof: 'invalid_dpop_proof' },
      without: 'none',
    })
  })

  it('is of a client that needs one factor, and was not revoked ahead of this clock', async () => {
    expect({
      factors: await refusal({ of: clientWith({ require_acr: acrOfTwoFactors }) }),
      ahead: await refusal({ of: clientWith({}, { notBefore: now + 1 }) }),
      now: await refusal({ of: clientWith({}, { notBefore: now }) }),
    }).toEqual({ factors: 'unauthorized_client', ahead: 'temporarily_unavailable', now: 'none' })
  })

  it('has a proof for a resource that demands one', async () => {
    const form = { resource: demanding }
    expect({
      without: await refusal({ form }),
      with: await refusal({ form, confirmation: { jkt: 'a key' } }),
    }).toEqual({ without: 'invalid_dpop_proof', with: 'none' })
  })

  it.each([
    [{ outcome: 'refused' }, 'invalid_grant: assertion_wrong'],
    [{ outcome: 'too early', notBefore: now + 5 }, 'temporarily_unavailable'],
    [{ outcome: 'nothing left' }, 'invalid_scope'],
  ])('is refused where storage says %o', async (outcome, expected) => {
    const grants = { ...store.grants, openAsserted: () => Promise.resolve(outcome) }
    expect(await refusal({ server: { store: { ...store, grants } } })).toBe(expected)
  })
})

describe('the client of a request without one', () => {
  const by = async (
    given: { form?: Record<string, string>; found?: Client | null; claims?: JWTPayload } = {},
  ) => {
    const { form = {}, found = client, claims = {} } = given
    const named: string[] = []
    const find = (id: string) => Promise.resolve(id === client.id ? found : null)
    const { as } = coreServer({ clients: { find }, nameClient: (id: string) => named.push(id) })
    const sent = { grant_type: grantType, assertion: await assertionOf({ claims }), ...form }
    const parameters = parseParameters(new URLSearchParams(sent).toString())
    const answer = await clientOfAssertion(as, parameters).catch(
      (failure: unknown) => `refused: ${Object(failure).code}`,
    )
    return { answer: answer === found && answer !== null ? 'the issuer' : answer, named }
  }
  const refused = { answer: 'refused: invalid_grant', named: [] }

  it('is the issuer of the assertion, unless it must authenticate', async () => {
    expect({
      issuer: await by(),
      otherGrant: await by({ form: { grant_type: 'password' } }),
      noAssertion: await by({ form: { assertion: '' } }),
      fapi2: await by({ found: clientWith({ profile: 'fapi2' }) }),
      unknown: await by({ claims: { iss: 'https://a.example' } }),
      disabled: await by({ found: clientWith({}, { disabledAt: 1 }) }),
    }).toEqual({
      issuer: { answer: 'the issuer', named: [client.id] },
      otherGrant: { answer: null, named: [] },
      noAssertion: { answer: null, named: [] },
      fapi2: { answer: null, named: [] },
      ...{ unknown: refused, disabled: refused },
    })
  })
})
