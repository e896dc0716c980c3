// Devices and their users: what a device may ask for, what a typed code finds, and what a decision says.
import { describe, expect, it } from 'vitest'
import { deviceCodes } from '../../../src/core/authorization/device-code.ts'
import { decideDevice, findDevice, requestDevice } from '../../../src/core/authorization/device.ts'
import type { DeviceCodeStore } from '../../../src/core/authorization/storage.ts'
import { deviceCodeGrantType } from '../../../src/core/clients/metadata.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import type { Spending } from '../../../src/core/server/storage.ts'
import { base64url } from '../../../src/crypto/encoding.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import { parseParameters } from '../../../src/protocol/parameters.ts'
import { coreServer, refusalOf } from '../../support/core-server.ts'
import { standingOf } from '../../support/goals.ts'
import { newClient, now } from '../../support/records.ts'

const { metadata } = newClient()
const clientOf = (facts: Partial<Client> = {}, more: Partial<Client['metadata']> = {}): Client =>
  newClient({
    metadata: { ...metadata, grant_types: [deviceCodeGrantType], scope: 'openid read', ...more },
    ...facts,
  })
const client = clientOf()
const standing = standingOf()
const { user, session } = standing

/** A server whose storage answers so, with what it was asked and what was logged. */
function serverOf(deviceCodesStore: Partial<DeviceCodeStore>, known: Client | null = client) {
  const kept: unknown[] = []
  const keep = (...facts: unknown[]) => Promise.resolve(void kept.push(facts))
  const { as, events } = coreServer({
    address: '192.0.2.7',
    clients: { find: () => Promise.resolve(known) },
    detailsTypes: {
      all: () => {
        const locations = { type: 'array', items: { type: 'string' }, maxItems: 3 }
        const schema = { type: 'object', properties: { locations } }
        return Promise.resolve(new Map([['visit', { metadata: { schema } }]]))
      },
    },
    store: { deviceCodes: deviceCodesStore, clientRemoval: { keep } },
  })
  return { as, events, kept }
}

/** What a call is refused with, and after how many seconds it may be repeated. */
async function refusedWith(call: () => Promise<unknown>) {
  try {
    return await call()
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    return { error: thrown.code, retryAfter: thrown.retryAfter }
  }
}

describe('RFC 8628 3.1: the request of a device', () => {
  type Outcome = Awaited<ReturnType<DeviceCodeStore['request']>>

  /** Storage that answers so, the last answer for good; a fifth question is one too many. */
  function storing(...outcomes: Outcome[]) {
    const asked: Parameters<DeviceCodeStore['request']>[] = []
    const request: DeviceCodeStore['request'] = (...facts) => {
      if (asked.push(facts) > 4) throw new Error('asked without end')
      const outcome = outcomes[asked.length - 1] ?? outcomes.at(-1)
      return outcome === undefined ? Promise.reject(new Error('asked')) : Promise.resolve(outcome)
    }
    return { asked, request }
  }
  const stored = { outcome: 'stored' } as const
  const taken = { outcome: 'taken' } as const
  const ask = (
    { as }: ReturnType<typeof serverOf>,
    form: Record<string, string> = {},
    of = client,
    spends: readonly Spending[] = [],
  ) => requestDevice(as, of, parseParameters(new URLSearchParams(form).toString()), spends)

  it('is stored under digests of its codes, and noted in the log', async () => {
    const { asked, request } = storing(stored)
    const server = serverOf({ request })
    const resource = 'https://api.example/'
    const { deviceCode, userCode, ...spans } = await ask(server, { scope: 'read', resource })
    const opened = await deviceCodes.open(server.as, deviceCode)
    const facts = { clientId: client.id, resource: [resource], expiresAt: now + 600 }
    expect({ spans, opened, asked, events: server.events, kept: server.kept }).toEqual({
      spans: { expiresIn: 600, interval: 5 },
      opened: { id: expect.any(String), scope: ['read'], ...facts },
      asked: [
        [
          {
            ...{ ...facts, scope: 'read', authorizationDetails: null, address: '192.0.2.7' },
            ...{ userAgent: null, createdAt: now, pollInterval: 5 },
            digest: await digestOf(String(opened?.id)),
            userCodeDigest: base64url(await server.as.keys.mac('user code', userCode)),
          },
          { most: 20, window: 60 },
          [],
        ],
      ],
      events: [{ event: 'device code issued', client_id: client.id }],
      kept: [],
    })
  })

  it.each<[string, string, Record<string, string>, Client?]>([
    ['unauthorized_client', 'another grant type', {}, clientOf({}, { grant_types: ['password'] })],
    ['invalid_request', 'more than 8,192 bytes', { ui_locales: 'e'.repeat(8_192) }],
    ['invalid_scope', 'a scope that is not its own', { scope: 'write' }],
    [
      'invalid_authorization_details',
      'details elsewhere than at its resource',
      {
        resource: 'https://api.example/',
        authorization_details: '[{"type":"visit","locations":["https://other.example/"]}]',
      },
      clientOf({}, { authorization_details_types: ['visit'] }),
    ],
  ])('is refused by %s for %s, and not stored', async (error, _what, form, of) => {
    const { asked, request } = storing(stored)
    const refusal = await refusalOf(() => ask(serverOf({ request }), form, of))
    expect({ refusal, asked }).toEqual({ refusal: error, asked: [] })
  })

  it('keeps a client that nobody needs from being removed for ten minutes', async () => {
    const { request } = storing(stored)
    const server = serverOf({ request })
    const removable = clientOf({ keptUntil: now + 9 })
    await ask(server, {}, removable)
    expect(server.kept).toEqual([[removable.id, now + 600, now + 4_200]])
  })

  it('tries three user codes, and spends with the first one what is spent once', async () => {
    const spends = [
      { digest: 'a proof', expiresAt: now, refusal: () => new OAuthError('server_error', '') },
    ]
    const third = storing(taken, taken, stored)
    const { userCode } = await ask(serverOf(third), {}, client, spends)
    const { as } = serverOf({})
    const none = storing(taken)
    const refusal = await refusedWith(() => ask(serverOf(none)))
    expect({
      spent: third.asked.map(([, , spent]) => spent),
      codes: new Set(third.asked.map(([{ userCodeDigest }]) => userCodeDigest)).size,
      last: third.asked.at(-1)?.[0].userCodeDigest,
      refusal,
      tries: none.asked.length,
    }).toEqual({
      spent: [spends, [], []],
      codes: 3,
      last: base64url(await as.keys.mac('user code', userCode)),
      refusal: expect.objectContaining({ error: 'temporarily_unavailable' }),
      tries: 3,
    })
  })

  it.each([
    [now + 7.2, 8],
    [now + 7, 7],
    [now - 3, 1],
  ])('is one too many until %d, in whole seconds', async (retryAt, retryAfter) => {
    const { asked, request } = storing({ outcome: 'throttled', retryAt })
    const refusal = await refusedWith(() => ask(serverOf({ request })))
    expect({ refusal, asked: asked.length }).toEqual({
      refusal: { error: 'too_many_requests', retryAfter },
      asked: 1,
    })
  })
})

describe('RFC 8628 3.3: a typed user code', () => {
  type Found = Awaited<ReturnType<DeviceCodeStore['find']>>
  const request = {
    ...{ clientId: client.id, scope: 'openid read', resource: [], authorizationDetails: null },
    ...{ address: '192.0.2.9', userAgent: null, createdAt: now, expiresAt: now + 600 },
  }
  const found: Found = { outcome: 'found', request }

  async function find(typed: string, outcome: Found, known: Client | null = client) {
    const asked: unknown[] = []
    const finding: DeviceCodeStore['find'] = (...facts) => {
      asked.push(facts)
      return Promise.resolve(outcome)
    }
    const { as, events } = serverOf({ find: finding }, known)
    return { result: await findDevice(as, standing, typed), asked, events, as }
  }

  it('finds the device that waits, and counts by its user and their address', async () => {
    const { result, asked, events, as } = await find('bcdf ghjk', found)
    expect({ result, asked, events }).toEqual({
      result: {
        ...{ outcome: 'found', client, userCode: 'BCDF-GHJK', request, targets: [] },
        scope: ['openid', 'read'],
      },
      asked: [
        [
          [base64url(await as.keys.mac('user code', 'BCDF-GHJK'))],
          {
            nameDigest: await digestOf(JSON.stringify(['user code', user.id])),
            address: 'device 192.0.2.7',
          },
          now,
          {
            ...{ perAccount: 10, perAccountEverywhere: 10, perAddress: 30 },
            ...{ window: 900, pace: 900 },
          },
        ],
      ],
      events: [],
    })
  })

  it('that can be none is counted as a wrong one', async () => {
    const { result, asked } = await find('no code', { outcome: 'unknown' })
    expect({ result, asked }).toEqual({
      result: { outcome: 'unknown' },
      asked: [[[], expect.anything(), now, expect.anything()]],
    })
  })

  it.each<[string, string, Found, Client | null]>([
    ['no device', 'BCDFGHJK', { outcome: 'unknown' }, client],
    ['a device, and can be no code', 'no code', found, client],
    ['a device of a deleted client', 'BCDFGHJK', found, null],
    ['a device of a disabled client', 'BCDFGHJK', found, clientOf({ disabledAt: now })],
  ])('that has %s is unknown', async (_what, typed, outcome, known) => {
    expect((await find(typed, outcome, known)).result).toEqual({ outcome: 'unknown' })
  })

  it('beyond the limits is told when to try again, and noted in the log', async () => {
    const { result, events } = await find('BCDFGHJK', { outcome: 'throttled', retryAt: now + 9.5 })
    expect({ result, events }).toEqual({
      result: { outcome: 'throttled', retryAfter: 10 },
      events: [{ event: 'user codes throttled', user_id: user.id }],
    })
  })
})

describe('RFC 8628 3.3: a decision', () => {
  const shown = { userCode: 'BCDF-GHJK', clientId: client.id, scope: 'openid read' }

  async function decide(
    decision: 'allowed' | 'denied',
    by = standing,
    known: Client | null = client,
  ) {
    const asked: Parameters<DeviceCodeStore['decide']>[] = []
    const deciding: DeviceCodeStore['decide'] = (...facts) => {
      asked.push(facts)
      return Promise.resolve(decision)
    }
    const { as } = serverOf({ decide: deciding }, known)
    const result = await refusedWith(() => decideDevice(as, by, shown, decision))
    return { result, asked, as }
  }

  it.each([
    ['allowed', 'device.allowed'],
    ['denied', 'device.denied'],
  ] as const)('that is %s is recorded with who decided, and as %s', async (decision, kind) => {
    const { result, asked, as } = await decide(decision)
    expect({ result, asked }).toEqual({
      result: decision,
      asked: [
        [
          {
            ...{ decision, clientId: client.id, scope: 'openid read', now },
            userCodeDigests: [base64url(await as.keys.mac('user code', 'BCDF-GHJK'))],
            ...{ userId: user.id, sessionId: session.id },
            ...{ authTime: session.authTime, amr: 'pwd', acr: 'urn:postern:acr:1' },
          },
          expect.objectContaining({ kind, userId: user.id, clientId: client.id }),
        ],
      ],
    })
  })

  it('allows no more than the user may grant by now', async () => {
    const { asked } = await decide('allowed', standingOf({ scope: 'openid' }))
    expect(asked.map(([{ scope }]) => scope)).toEqual(['openid'])
  })

  it('states the class of the sign-in, and that of a fresh factor only to who needs it', async () => {
    const acr = async (secondFactorAt: number | null, known: Client | null = client) => {
      const { asked } = await decide('allowed', standingOf({}, { secondFactorAt }), known)
      return asked[0]?.[0].acr
    }
    const needing = clientOf({}, { require_acr: 'urn:postern:acr:fresh' })
    expect({
      one: await acr(null, needing),
      two: await acr(now),
      fresh: await acr(now, needing),
      old: await acr(now - 999, needing),
      deleted: await acr(now, null),
    }).toEqual({
      one: 'urn:postern:acr:1',
      two: 'urn:postern:acr:2',
      fresh: 'urn:postern:acr:fresh',
      old: 'urn:postern:acr:2',
      deleted: 'urn:postern:acr:2',
    })
  })

  it('waits until the clock has reached the last revocation, of the user and of the client', async () => {
    const refusal = { error: 'temporarily_unavailable', retryAfter: 5 }
    const revoked = await decide('allowed', standingOf({ notBefore: now + 5 }))
    const ended = await decide('allowed', standing, clientOf({ notBefore: now + 5 }))
    expect([revoked, ended].map(({ result, asked }) => ({ result, asked }))).toEqual([
      { result: refusal, asked: [] },
      { result: refusal, asked: [] },
    ])
  })
})
