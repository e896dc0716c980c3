// A superseded refresh token, by what the row of its grant says: a retry, a theft, or neither.
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import {
  expiryOfRetry,
  retryableRotations,
  successorOfRetry,
} from '../../../src/core/exchange/refresh-retry.ts'
import type { FoundGrant } from '../../../src/core/tokens/storage.ts'
import { KeyRing } from '../../../src/crypto/key-ring.ts'
import {
  firstRefreshToken,
  parseRefreshToken,
  successorOf,
} from '../../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../src/crypto/secret.ts'
import { newClient, newGrant, now } from '../../support/records.ts'

const keyOf = (id: string, byte: number) => ({ id, bytes: new Uint8Array(32).fill(byte) })
const keys = new KeyRing([keyOf('one', 1), keyOf('two', 2)])

const { metadata } = newClient()
const clientOf = (change: object = {}, facts: Partial<Client> = {}): Client =>
  newClient({ ...facts, metadata: { ...metadata, refresh_token_grace: 100, ...change } })
const isPublic = { token_endpoint_auth_method: 'none' }
const confidential = clientOf()
const open = clientOf(isPublic)
const agent = clientOf(isPublic, { origin: 'dcr' })

let events: unknown[] = []
let raised: unknown[] = []
let told = 0

beforeEach(() => {
  events = []
  raised = []
  told = 0
})

/** A server that says what it is told to do. */
const serverOf = ({ isGivenBack = false, isRaised = true } = {}): AuthorizationServer =>
  Object.assign(Object.create(null), {
    ...{ keys, now, requestId: 'a request' },
    settings: { lifetimes: { accessToken: 600, refreshTokenGrace: 50 } },
    log: ({ event }: { event: string }) => events.push(event),
    waitUntil: () => ++told,
    outage: { wasGivenBack: () => Promise.resolve(isGivenBack) },
    store: {
      revocationLists: { drainOutbox: () => undefined },
      grants: {
        raiseAccessExpiry: (...values: unknown[]) =>
          Promise.resolve(raised.push(values) > 0 && isRaised),
        revoke: (id: string, kind: string) => Promise.resolve(events.push(`${kind} of ${id}`)),
      },
    },
  })

/** A token, its successor, and the row of the grant in which the successor is current. */
async function rotated(keyId = 'one') {
  const grantId = randomSecret(16)
  const text = await firstRefreshToken(keys, grantId)
  const token = parseRefreshToken(text)
  if (token === null) throw new Error('no refresh token')
  const successor = await successorOf(keys, token, keyId)
  const digest = await digestOf(text)
  const found = async (facts: object = {}, grant: object = {}): Promise<FoundGrant> =>
    Object.assign(Object.create(null), {
      ...{ previousDigest: digest, currentDigest: await digestOf(successor) },
      ...{ rotatedAt: now - 10, retryRounds: 0 },
      grant: {
        ...newGrant({ userId: 1, clientId: confidential.id }, { id: grantId }),
        ...{ generation: 1 },
        ...grant,
      },
      ...facts,
    })
  return { grantId, token, successor, digest, found }
}

type Case = {
  client?: Client
  facts?: object
  grant?: object
  isGivenBack?: boolean
  digest?: string
}

/** What becomes of a superseded token: its successor again, or the reason of its refusal. */
async function outcomeOf({ client = confidential, facts, grant, isGivenBack, digest }: Case = {}) {
  const { token, successor, found, digest: own, grantId } = await rotated()
  const as = serverOf(isGivenBack === undefined ? {} : { isGivenBack })
  const answer = await successorOfRetry(
    as,
    client,
    token,
    digest ?? own,
    await found(facts, grant),
  ).catch((failure: unknown) => Object(failure).reason ?? Object(failure).code)
  const known = events.map((event) => String(event).replace(grantId, 'the grant'))
  return { answer: answer === successor ? 'the successor' : answer, events: known, told }
}

const again = { answer: 'the successor', events: [], told: 0 }
const theft = {
  answer: 'refresh_superseded',
  events: ['refresh token reused', 'token.refresh-reused of the grant'],
  told: 1,
}

describe('the previous token', () => {
  it.each<[string, Case, object]>([
    ['at the end of the grace', { facts: { rotatedAt: now - 100 } }, again],
    ['after the grace', { facts: { rotatedAt: now - 100.001 } }, theft],
    ['a minute ahead, as clocks differ', { facts: { rotatedAt: now + 60 } }, again],
    ['further ahead: its age is unknown', { facts: { rotatedAt: now + 60.001 } }, theft],
    ['never rotated', { facts: { rotatedAt: null } }, theft],
    [
      'without a grace',
      { client: clientOf({ refresh_token_grace: 0 }), facts: { rotatedAt: now } },
      theft,
    ],
    [
      'without a grace, ahead',
      { client: clientOf({ refresh_token_grace: 0 }), facts: { rotatedAt: now + 1 } },
      theft,
    ],
    ['that was given back in an outage', { facts: { rotatedAt: 0 }, isGivenBack: true }, again],
    [
      'of a bound grant: nobody has stolen the key',
      { facts: { rotatedAt: 0 }, grant: { keyThumbprint: 'a key' } },
      { answer: 'refresh_superseded', events: [], told: 0 },
    ],
    ['of a public client, once', { client: open, facts: { retryRounds: 1 } }, again],
    [
      'of a public client, a second time in a row: the last',
      { client: open, facts: { retryRounds: 2 } },
      { ...again, events: ['refresh grace ended'] },
    ],
    [
      'of a public client, once more',
      { client: open, facts: { retryRounds: 3 } },
      { ...theft, events: ['refresh grace ended', ...theft.events] },
    ],
    ['of a confidential client, as often as it likes', { facts: { retryRounds: 9 } }, again],
    [
      'whose successor no key derives: another isolate knows',
      { facts: { currentDigest: 'another' } },
      { answer: 'temporarily_unavailable', events: [], told: 0 },
    ],
  ])('%s', async (_which, given, expected) => {
    expect(await outcomeOf(given)).toEqual(expected)
  })

  it('has the successor that any listed master key derives', async () => {
    const { token, successor, digest, found } = await rotated('two')
    const answer = successorOfRetry(serverOf(), confidential, token, digest, await found())
    expect(await answer).toBe(successor)
  })
})

describe('a token that is neither current nor previous', () => {
  const unknown = { answer: 'refresh_unknown', events: [], told: 0 }

  it.each<[string, object, object]>([
    ['two generations ago is reuse', { generation: 2 }, theft],
    ['of the generation before: the database was restored', { generation: 1 }, unknown],
    ['of the generation of the row', { generation: 0 }, unknown],
    ['ahead of the row', { generation: -1 }, unknown],
  ])('%s', async (_which, grant, expected) => {
    expect(await outcomeOf({ grant, digest: 'another' })).toEqual(expected)
  })
})

describe('the rotations that may be retried', () => {
  it('are those of the grace; of an agent, what is at once is no round', () => {
    const as = serverOf()
    expect({
      own: retryableRotations(as, confidential),
      none: retryableRotations(as, clientOf({ refresh_token_grace: 0 })),
      agent: retryableRotations(as, agent),
    }).toEqual({
      own: { from: now - 100, until: now + 60, countedUntil: now + 60 },
      none: { from: now, until: now - 1, countedUntil: now - 1 },
      agent: { from: now - 100, until: now + 60, countedUntil: now - 10 },
    })
  })
})

describe('the access token of a retry', () => {
  const expiry = async (accessExpiresAt: number, isRaised = true) => {
    const { found } = await rotated()
    return expiryOfRetry(
      serverOf({ isRaised }),
      confidential,
      await found({}, { id: 'a grant', accessExpiresAt }),
      now + 600,
    )
  }

  it('expires with the row where half of the lifetime is left, and no later than asked', async () => {
    expect({
      half: await expiry(now + 300),
      more: await expiry(now + 900),
      raised,
    }).toEqual({ half: now + 300, more: now + 600, raised: [] })
  })

  it('has the row raised first where less is left', async () => {
    expect({ expiry: await expiry(now + 299), raised }).toEqual({
      expiry: now + 600,
      raised: [['a grant', now + 600]],
    })
  })

  it('is refused if the grant was revoked meanwhile', async () => {
    await expect(expiry(now + 299, false)).rejects.toMatchObject({
      code: 'invalid_grant',
      reason: 'refresh_revoked',
    })
  })
})
