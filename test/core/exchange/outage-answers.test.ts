// The notes of refresh tokens that were given back while D1 was away: up to which instant they excuse that a
// superseded token is presented.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { noteAnswer, wasGivenBack } from '../../../src/core/exchange/outage-answers.ts'
import type { FoundGrant } from '../../../src/core/tokens/storage.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { openOutageRecords } from '../../../src/store/outage-records.ts'
import { kept, openedRecord } from '../../support/outage.ts'
import { testKeys } from '../../support/settings.ts'

const keys = testKeys()
const outageRecords = openOutageRecords(env.KV)
const noted = 1_800_000_000
let grantId = ''

beforeEach(async () => {
  grantId = crypto.randomUUID()
  await noteAnswer(serverAt(noted), grantId, await digestOf('a token'))
})

/** A server at an instant. */
const serverAt = (
  now: number,
  outageRefresh = true,
  records = outageRecords,
): AuthorizationServer =>
  Object.assign(Object.create(null), {
    ...{ keys, now, settings: { outageRefresh }, store: { outageRecords: records } },
  })

/** Whether the note excuses that a token is presented that was rotated at an instant. */
async function isExcused(
  as: AuthorizationServer,
  rotatedAt: number | null,
  token = 'a token',
): Promise<boolean> {
  const grant: FoundGrant = Object.assign(Object.create(null), {
    grant: { id: grantId },
    rotatedAt,
  })
  return wasGivenBack(as, await digestOf(token), grant)
}

describe('the note', () => {
  it('has the digest of the token and the instant', async () => {
    expect(await openedRecord(`outage:${grantId}`)).toEqual({
      version: 1,
      digest: await digestOf('a token'),
      at: noted,
    })
    expect(await kept(`outage:${grantId}`)).not.toContain('a token')
  })

  it('excuses what was rotated before it or up to a minute later, however long ago', async () => {
    const as = serverAt(noted + 86_400)
    expect({
      before: await isExcused(as, noted - 1),
      never: await isExcused(as, null),
      aMinute: await isExcused(as, noted + 60),
      later: await isExcused(as, noted + 60.001),
    }).toEqual({ before: true, never: true, aMinute: true, later: false })
  })

  it('excuses whatever was rotated for ten minutes', async () => {
    expect({
      tenMinutes: await isExcused(serverAt(noted + 600), noted + 300),
      later: await isExcused(serverAt(noted + 600.001), noted + 300),
    }).toEqual({ tenMinutes: true, later: false })
  })

  it('excuses no other token, and without one nothing is excused', async () => {
    const as = serverAt(noted)
    const other = await isExcused(as, noted, 'another token')
    grantId = crypto.randomUUID()
    expect({ other, none: await isExcused(as, noted) }).toEqual({ other: false, none: false })
  })

  it('is not looked at where the operator has turned that off', async () => {
    expect(await isExcused(serverAt(noted, false), noted)).toBe(false)
  })

  it('is missed where KV fails: nothing is decided', async () => {
    const away = { ...outageRecords, read: () => Promise.resolve(null) }
    await expect(isExcused(serverAt(noted, true, away), noted)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
      status: 503,
    })
  })
})
