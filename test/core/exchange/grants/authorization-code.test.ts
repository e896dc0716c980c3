// Redeeming a code: each fact that it carries refuses by itself, and before anything is written.
import { beforeAll, describe, expect, it } from 'vitest'
import { type CodeFacts, issueCode } from '../../../../src/core/authorization/code.ts'
import { exchange } from '../../../../src/core/exchange/grants/authorization-code.ts'
import type { Confirmation } from '../../../../src/core/tokens/storage.ts'
import { digestOf, randomSecret } from '../../../../src/crypto/secret.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { claimsOf } from '../../../support/forge.ts'
import { coreServer, refusalOf, store, storeResource } from '../../../support/core-server.ts'
import { openedRecord } from '../../../support/outage.ts'
import { audit, newClient, newSession, now, storeUser } from '../../../support/records.ts'

const verifier = 'v'.repeat(43)
const callback = 'https://client.example/cb'
const [one, two] = ['https://one.example/', 'https://two.example/']
const { metadata } = newClient()
const client = newClient({
  metadata: {
    ...metadata,
    ...{
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid read offline_access',
    },
  },
})
const demanding = 'https://proved.example/'
const user = await storeUser(store.userAdministration)
const session = newSession(user)
beforeAll(async () => {
  await store.clients.create(client, audit())
  await store.sessions.begin(session, { user, provedBuckets: [] }, audit())
  await storeResource({ resource: demanding, dpop_required: true })
})

type Given = { facts?: Partial<CodeFacts>; form?: Record<string, string | undefined> }

/** A code with these facts, and the form that redeems it but for what differs. */
async function given({ facts = {}, form = {} }: Given) {
  const { as } = coreServer()
  const usual: Omit<CodeFacts, 'issuedAt' | 'expiresAt'> = {
    ...{ id: randomSecret(), clientId: client.id, documentDigest: null, userId: user.id },
    ...{ redirectUri: callback, redirectUriNamed: true, scope: ['openid', 'read'], resource: [] },
    ...{
      codeChallenge: await digestOf(verifier),
      authTime: now - 5,
      amr: ['pwd'],
      acr: 'an acr',
    },
    needsConsent: false,
  }
  const code = await issueCode(as, { ...usual, ...facts }, 60)
  const sent = { code, redirect_uri: callback, code_verifier: verifier, ...form }
  return new URLSearchParams(
    Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ).toString()
}

async function redeem(what: Given, confirmation?: Confirmation, at = now) {
  const parameters = parseParameters(await given(what))
  const server = coreServer({ now: at })
  const issued = await exchange(server.as, client, { parameters, confirmation })
  await Promise.all(server.waiting)
  return issued
}
const refusal = (what: Given = {}, confirmation?: Confirmation, at?: number) =>
  refusalOf(() => redeem(what, confirmation, at))

describe('a code', () => {
  it('gives the tokens that it was authorized for', async () => {
    const issued = await redeem({ facts: { nonce: 'a nonce', sessionId: session.id } })
    expect(claimsOf(issued.accessToken)).toMatchObject({
      ...{ sub: user.sub, client_id: client.id, scope: 'openid read', auth_time: now - 5 },
      ...{ acr: 'an acr', amr: ['pwd'] },
    })
    expect(claimsOf(issued.idToken ?? '')).toMatchObject({ nonce: 'a nonce', sub: user.sub })
    expect(issued.refreshToken).toMatch(/^rt_/)
  })

  it('is known, of the client, and not expired', async () => {
    expect({
      unknown: await refusal({ form: { code: 'ac_none' } }),
      foreign: await refusal({ facts: { clientId: 'another' } }),
      lastInstant: await refusal({}, undefined, now + 59.999),
      expired: await refusal({}, undefined, now + 60),
      missing: await refusal({ form: { code: undefined } }),
    }).toEqual({
      unknown: 'invalid_grant: code_unknown',
      foreign: 'invalid_grant: code_foreign',
      lastInstant: 'none',
      expired: 'invalid_grant: code_expired',
      missing: 'invalid_request: parameter_missing',
    })
  })

  it('is for its redirect URI, which the redemption names if the request did', async () => {
    const missing = { redirect_uri: undefined }
    const different = { redirect_uri: `${callback}/` }
    expect({
      missing: await refusal({ form: missing }),
      different: await refusal({ form: different }),
      unnamed: await refusal({ form: missing, facts: { redirectUriNamed: false } }),
      named: await refusal({ facts: { redirectUriNamed: false } }),
      unnamedDifferent: await refusal({ form: different, facts: { redirectUriNamed: false } }),
    }).toEqual({
      missing: 'invalid_grant: redirect_uri_missing',
      different: 'invalid_grant: redirect_uri_different',
      ...{ unnamed: 'none', named: 'none' },
      unnamedDifferent: 'invalid_grant: redirect_uri_different',
    })
  })

  it('is for its verifier, and without a challenge for none', async () => {
    const by = (code_verifier: string | undefined, facts: Partial<CodeFacts> = {}) =>
      refusal({ form: { code_verifier }, facts })
    const bare = { codeChallenge: undefined }
    expect({
      missing: await by(undefined),
      malformed: await by('short'),
      other: await by('w'.repeat(43)),
      downgrade: await by(verifier, bare),
      bare: await by(undefined, bare),
    }).toEqual({
      missing: 'invalid_grant: verifier_wrong',
      malformed: 'invalid_request',
      other: 'invalid_grant: verifier_wrong',
      downgrade: 'invalid_grant: verifier_wrong',
      bare: 'none',
    })
  })

  it('is for the key that it is bound to', async () => {
    const facts = { keyThumbprint: 'a key' }
    expect({
      own: await refusal({ facts }, { jkt: 'a key' }),
      other: await refusal({ facts }, { jkt: 'another' }),
      none: await refusal({ facts }),
      unbound: await refusal({}, { jkt: 'any' }),
    }).toEqual({
      ...{ own: 'none', other: 'invalid_dpop_proof', none: 'invalid_dpop_proof', unbound: 'none' },
    })
  })

  it('is for a resource that demands a proof with one alone', async () => {
    const facts = { resource: [demanding] }
    expect({
      without: await refusal({ facts }),
      with: await refusal({ facts }, { jkt: 'a key' }),
    }).toEqual({ without: 'invalid_dpop_proof', with: 'none' })
  })

  it('is redeemed once, and its second use ends the grant', async () => {
    const facts = { id: randomSecret() }
    const { accessToken } = await redeem({ facts })
    const again = await refusal({ facts })
    const grantId = String(claimsOf(accessToken)['grant_id'])
    const found = await store.grants.find(grantId, now)
    expect({ again, revokedAt: found?.grant.revokedAt }).toEqual({
      again: 'invalid_grant: code_used',
      revokedAt: now,
    })
  })

  it('is refused where its session has ended, and not where it has none', async () => {
    expect({
      ended: await refusal({ facts: { sessionId: 'ended' } }),
      none: await refusal({ facts: { sessionId: undefined } }),
    }).toEqual({ ended: 'invalid_grant: code_used', none: 'none' })
  })

  it('is refused where the consent that it needs is withdrawn', async () => {
    expect({
      needed: await refusal({ facts: { needsConsent: true } }),
      not: await refusal(),
    }).toEqual({ needed: 'invalid_grant: code_used', not: 'none' })
  })
})

describe('a code from a clock that is ahead', () => {
  /** Redeems it five seconds before it was issued, where the client and the user were ended. */
  const by = async (notBefore: number, ofUser: number | null = 0) => {
    const parameters = parseParameters(await given({}))
    const found = ofUser === null ? null : { ...user, notBefore: ofUser }
    const users = { ...store.users, find: () => Promise.resolve(found) }
    const { as } = coreServer({ now: now - 5, store: { ...store, users } })
    return refusalOf(() => exchange(as, { ...client, notBefore }, { parameters }))
  }

  it('waits for the end before it that this clock has not reached', async () => {
    expect({
      client: await by(now - 2),
      user: await by(0, now - 2),
      reached: await by(now - 5, now - 5),
      after: await by(now, now - 2),
      gone: await by(0, null),
    }).toEqual({
      ...{ client: 'temporarily_unavailable', user: 'temporarily_unavailable' },
      ...{ reached: 'none', after: 'none', gone: 'none' },
    })
  })

  it('alone costs a look at the user', async () => {
    const parameters = parseParameters(await given({}))
    const users = { ...store.users, find: () => Promise.reject(new Error('asked')) }
    const { as } = coreServer({ store: { ...store, users } })
    expect(await refusalOf(() => exchange(as, client, { parameters }))).toBe('none')
  })
})

describe('what KV keeps of the grant', () => {
  it('is whole, unless the redemption narrows the resources', async () => {
    const kept = async (form: Record<string, string>) => {
      const { accessToken } = await redeem({
        facts: { resource: [one, two], scope: ['openid', 'read', 'offline_access'] },
        form,
      })
      return (await openedRecord(`grant:${String(claimsOf(accessToken)['grant_id'])}`)).isWhole
    }
    expect({ whole: await kept({}), narrowed: await kept({ resource: one }) }).toEqual({
      whole: true,
      narrowed: false,
    })
  })
})
