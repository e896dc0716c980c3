// Polling with a device code: what refuses before storage, what storage says, and what it gives.
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type DeviceCodeFacts,
  deviceCodes,
} from '../../../../src/core/authorization/device-code.ts'
import type { DevicePollOutcome } from '../../../../src/core/authorization/storage.ts'
import { exchange } from '../../../../src/core/exchange/grants/device-code.ts'
import type { Confirmation } from '../../../../src/core/tokens/storage.ts'
import { randomSecret } from '../../../../src/crypto/secret.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { claimsOf } from '../../../support/forge.ts'
import { coreServer, refusalOf, store, storeResource } from '../../../support/core-server.ts'
import { openedRecord } from '../../../support/outage.ts'
import { newClient, now, storeUser } from '../../../support/records.ts'

const [one, two] = ['https://one.example/', 'https://two.example/']
const demanding = 'https://proved.example/'
const { metadata } = newClient()
const client = newClient({
  metadata: { ...metadata, grant_types: ['refresh_token'], scope: 'openid read' },
})
const user = await storeUser(store.userAdministration)
beforeAll(() => storeResource({ resource: demanding, dpop_required: true }))

const granted = {
  ...{ scope: 'openid', authTime: now - 9, amr: 'pwd otp', acr: 'an acr', sessionId: null },
  ...{ claimsRequest: null },
}
const redeemed: DevicePollOutcome = Object.assign(
  { outcome: 'redeemed' as const },
  { user, granted },
)

type Given = {
  facts?: Partial<DeviceCodeFacts>
  form?: Record<string, string>
  outcome?: DevicePollOutcome
  confirmation?: Confirmation
  at?: number
}

/** Polls once, and tells how often storage was asked, and with what. */
async function poll({ facts = {}, form = {}, outcome = redeemed, confirmation, at = now }: Given) {
  const polls: Record<string, unknown>[] = []
  const answer = (facts_: Record<string, unknown>) => {
    polls.push(facts_)
    return Promise.resolve(outcome)
  }
  const { as, waiting } = coreServer({
    now: at,
    store: { ...store, deviceCodes: { poll: answer } },
  })
  const device_code = await deviceCodes.seal(as, {
    ...{ id: randomSecret(), clientId: client.id, scope: ['openid', 'read'], resource: [] },
    ...{ expiresAt: now + 60, ...facts },
  })
  const parameters = parseParameters(new URLSearchParams({ device_code, ...form }).toString())
  const result = { refusal: 'none' as unknown, claims: {}, polls }
  result.refusal = await refusalOf(async () => {
    const { accessToken } = await exchange(as, client, { parameters, confirmation })
    result.claims = claimsOf(accessToken)
  })
  await Promise.all(waiting)
  return result
}

describe('a device code', () => {
  it('gives what its user has granted of what the device asked for', async () => {
    const { refusal, claims, polls } = await poll({})
    expect({ refusal, polls, claims }).toMatchObject({
      refusal: 'none',
      claims: { sub: user.sub, scope: 'openid', auth_time: now - 9, amr: ['pwd', 'otp'] },
      polls: [{ amr: '', authTime: now, consentResources: [''] }],
    })
  })

  it.each<[string, Given, string]>([
    ['that is unknown', { form: { device_code: 'dc_none' } }, 'invalid_grant: device_code_unknown'],
    ['of another client', { facts: { clientId: 'other' } }, 'invalid_grant: device_code_foreign'],
    ['that expires now', { at: now + 60 }, 'expired_token'],
    [
      'for a resource that demands a proof',
      { facts: { resource: [demanding] } },
      'invalid_dpop_proof',
    ],
    [
      'whose scope the client has lost',
      { facts: { scope: ['write'], resource: [one] } },
      'invalid_scope',
    ],
  ])('%s is refused without storage', async (_which, given, refusal) => {
    expect(await poll(given)).toEqual({ refusal, claims: {}, polls: [] })
  })

  it('is good until the instant of its expiry, and for a proved key', async () => {
    const proved = { facts: { resource: [demanding] }, confirmation: { jkt: 'a key' } }
    expect({
      lastInstant: (await poll({ at: now + 59.999 })).refusal,
      proved: (await poll(proved)).refusal,
    }).toEqual({ lastInstant: 'none', proved: 'none' })
  })

  it.each<[DevicePollOutcome, string]>([
    [{ outcome: 'pending', tooSoon: false }, 'authorization_pending'],
    [{ outcome: 'pending', tooSoon: true }, 'slow_down'],
    [{ outcome: 'denied' }, 'access_denied'],
    [{ outcome: 'used' }, 'invalid_grant: device_code_used'],
    [{ outcome: 'refused', decidedAt: null }, 'invalid_grant: device_code_refused'],
    [{ outcome: 'refused', decidedAt: now }, 'invalid_grant: device_code_refused'],
    [{ outcome: 'refused', decidedAt: now + 5 }, 'temporarily_unavailable'],
    [{ outcome: 'unknown' }, 'invalid_grant: device_code_unknown'],
  ])('that is %o', async (outcome, refusal) => {
    expect((await poll({ outcome })).refusal).toBe(refusal)
  })

  it('leaves a record in KV that is whole, unless the poll narrows the resources', async () => {
    const outcome = { ...redeemed, granted: { ...granted, scope: 'openid offline_access' } }
    const kept = async (form: Record<string, string>) => {
      const { claims } = await poll({ facts: { resource: [one, two] }, form, outcome })
      return (await openedRecord(`grant:${String(Object(claims).grant_id)}`)).isWhole
    }
    expect({ whole: await kept({}), narrowed: await kept({ resource: one }) }).toEqual({
      whole: true,
      narrowed: false,
    })
  })
})
