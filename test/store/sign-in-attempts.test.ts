// How tries are counted in D1, each rule by itself: what a bucket is, when its window is over, which rows
// a limit sums up, from when on it admits a try again, and what clears or takes back a try.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Guess, TryLimits } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { Database } from '../../src/store/database.ts'
import { openStore } from '../../src/store/open.ts'
import { signInAttempts } from '../../src/store/schema/people.ts'
import {
  clearTries,
  clearTriesOfName,
  countTry,
  countingWhere,
  giveBackTry,
  readTries,
  retryAtOf,
  takeBackTry,
  tryOutcome,
} from '../../src/store/sign-in-attempts.ts'
import { set, sql, statement } from '../../src/store/sql.ts'
import { now, storeUser } from '../support/records.ts'

const database = new Database(env.DB)

/** Limits that nothing here reaches, with a pace at which a window is over before one more try. */
const limits: TryLimits = {
  perAccount: 100,
  perAccountEverywhere: 100,
  perAddress: 100,
  window: 900,
  pace: 10_000,
}

async function outcomeOf(guess: Guess, at = now, facts: Partial<TryLimits> = {}) {
  const own = { ...limits, ...facts }
  const [counted = [], tried = []] = await database.batch([
    countTry(guess, at, own),
    readTries(guess, at, own),
  ])
  return tryOutcome(guess, own, counted, tried)
}
const isAdmitted = async (guess: Guess, at = now, facts: Partial<TryLimits> = {}) =>
  (await outcomeOf(guess, at, facts)).admitted

/** From when on the limits admit a try that is not counted. */
async function retryAt(guess: Guess, facts: Partial<TryLimits>, at = now) {
  const own = { ...limits, ...facts }
  return retryAtOf(await database.all(readTries(guess, at, own)), own)
}

const from = (nameDigest: string, address: string = randomSecret()) => ({ nameDigest, address })
const by = (nameDigest: string, browserId: string = randomSecret()) => ({ nameDigest, browserId })

const rowOf = (bucket: string) =>
  env.DB.prepare('SELECT * FROM sign_in_attempts WHERE bucket = ?1').bind(bucket).first()
const triesOf = async (bucket: string) => (await rowOf(bucket))?.tries ?? null
const bucketOf = (guess: Guess) =>
  'address' in guess
    ? `${guess.nameDigest}:${guess.address}`
    : `${guess.nameDigest}/${guess.browserId}`

describe('A try', () => {
  it('is a row of its name and address, or of its name and browser', async () => {
    const name = randomSecret()
    const [one, known] = [from(name, '192.0.2.1'), by(name, 'a browser')]
    const row = { tries: 1, window_started_at: now }
    expect({
      one: { outcome: await outcomeOf(one), row: await rowOf(`${name}:192.0.2.1`) },
      known: { outcome: await outcomeOf(known), row: await rowOf(`${name}/a browser`) },
    }).toEqual({
      one: {
        outcome: { admitted: true, bucket: `${name}:192.0.2.1` },
        row: { ...row, bucket: `${name}:192.0.2.1`, address: '192.0.2.1' },
      },
      known: {
        outcome: { admitted: true, bucket: `${name}/a browser` },
        row: { ...row, bucket: `${name}/a browser`, address: null },
      },
    })
  })

  it('counts in the window that is open, which a later one does not move', async () => {
    const one = from(randomSecret())
    for (const at of [0, 10, 899]) await isAdmitted(one, now + at)
    expect(await rowOf(bucketOf(one))).toMatchObject({ tries: 3, window_started_at: now })
    await isAdmitted(one, now + 900)
    expect(await rowOf(bucketOf(one))).toMatchObject({ tries: 1, window_started_at: now + 900 })
  })

  it('is locked out by no window that began further ahead than it is long', async () => {
    const one = from(randomSecret())
    await isAdmitted(one, now + 900)
    const few = { perAccount: 1 }
    expect({
      withinItsLength: await isAdmitted(one, now + 0.001, few),
      furtherAhead: await isAdmitted(one, now, few),
    }).toEqual({ withinItsLength: false, furtherAhead: true })
  })

  it('counts only where its condition holds', async () => {
    const counting = countingWhere<{ holds: number }>(({ holds }) => sql`${holds}`)
    const [one, other] = [from(randomSecret()), from(randomSecret())]
    await database.batch([
      counting(one, now, limits, { holds: 0 }),
      counting(other, now, limits, { holds: 1 }),
    ])
    expect({
      failing: await triesOf(bucketOf(one)),
      holding: await triesOf(bucketOf(other)),
    }).toEqual({ failing: null, holding: 1 })
  })
})

describe('The limit of a name from everywhere', () => {
  const one = { perAccountEverywhere: 1 }

  it('counts neither other names, before or after it, nor browsers that the account knows', async () => {
    const prefix = randomSecret()
    const [before, name, after] = [`${prefix}a`, `${prefix}b`, `${prefix}c`]
    for (const each of [from(before), from(after), by(name)]) await isAdmitted(each)
    expect({
      first: await isAdmitted(from(name), now, one),
      again: await isAdmitted(from(name), now, one),
    }).toEqual({ first: true, again: false })
  })

  it('counts no window that is over', async () => {
    const name = randomSecret()
    await isAdmitted(from(name))
    expect({
      lastSecond: await isAdmitted(from(name), now + 899, one),
      over: await isAdmitted(from(name), now + 900, one),
    }).toEqual({ lastSecond: false, over: true })
  })

  it('admits one more each time the pace has passed since the first try that counts', async () => {
    const name = randomSecret()
    const paced = { perAccountEverywhere: 2, pace: 60 }
    const admitted = []
    for (const at of [0, 0, 30, 59.999, 60]) {
      admitted.push(await isAdmitted(from(name), now + at, paced))
    }
    expect(admitted).toEqual([true, true, false, false, true])
    const another = randomSecret()
    for (const at of [0, 30, 60]) admitted.push(await isAdmitted(from(another), now + at, paced))
    expect(admitted.slice(5)).toEqual([true, true, true])
  })
})

describe('The limit of an address', () => {
  it('counts all names from there, and nothing from another one', async () => {
    const few = { perAddress: 2 }
    const address = randomSecret()
    for (let index = 0; index < 5; index += 1) await isAdmitted(from(randomSecret()))
    const admitted = []
    for (let index = 0; index < 3; index += 1) {
      admitted.push(await isAdmitted(from(randomSecret(), address), now, few))
    }
    expect(admitted).toEqual([true, true, false])
  })

  it('counts no window that is over, and tells of the first one that is not', async () => {
    const address = randomSecret()
    const few = { perAddress: 2 }
    for (const at of [0, 10]) await isAdmitted(from(randomSecret(), address), now + at, few)
    expect({
      lastSecond: await outcomeOf(from(randomSecret(), address), now + 899, few),
      over: await outcomeOf(from(randomSecret(), address), now + 900, few),
    }).toEqual({
      lastSecond: { admitted: false, retryAt: now + 900 },
      over: { admitted: true, bucket: expect.any(String) },
    })
  })
})

describe('From when on a try is admitted again', () => {
  it('is at once where no limit is reached', async () => {
    const one = from(randomSecret())
    await isAdmitted(one)
    expect(await retryAt(one, {})).toBe(0)
  })

  it.each<[string, Partial<TryLimits>, number]>([
    ['one below the limit of its bucket', { perAccount: 3 }, 0],
    ['at the limit of its bucket', { perAccount: 2 }, now + 900],
    ['one below the limit of its address', { perAddress: 3 }, 0],
    ['at the limit of its address', { perAddress: 2 }, now + 900],
    ['one below the limit from everywhere', { perAccountEverywhere: 3, pace: 60 }, 0],
    ['at the limit from everywhere', { perAccountEverywhere: 2, pace: 60 }, now + 60],
    ['one beyond it', { perAccountEverywhere: 1, pace: 60 }, now + 120],
    ['where the window is over sooner', { perAccountEverywhere: 1, pace: 600 }, now + 900],
    ['at the pace that no limit names', { perAccountEverywhere: 2, pace: undefined }, now + 60],
    ['by the last of several', { perAccount: 2, perAccountEverywhere: 2, pace: 60 }, now + 900],
  ])('is told %s', async (_what, facts, expected) => {
    const one = from(randomSecret())
    for (const at of [now, now + 10]) await isAdmitted(one, at)
    expect(await retryAt(one, facts, now + 20)).toBe(expected)
  })

  it('is told by the buckets of the name and by its own, and by no other', async () => {
    const name = randomSecret()
    const [own, other] = [from(name), from(name)]
    await isAdmitted(own)
    await isAdmitted(other, now + 10)
    expect(await retryAt(own, { perAccount: 1 }, now + 20)).toBe(now + 900)
  })

  it('depends on nothing but its own bucket for a browser that the account knows', async () => {
    const name = randomSecret()
    const known = by(name)
    await isAdmitted(known)
    for (let index = 0; index < 3; index += 1) await isAdmitted(from(name), now + 500)
    const few = { perAccount: 1, perAccountEverywhere: 1, perAddress: 1 }
    expect(await outcomeOf(known, now + 510, few)).toEqual({ admitted: false, retryAt: now + 900 })
  })
})

describe('A try that was counted', () => {
  it('is cleared with its bucket alone', async () => {
    const name = randomSecret()
    const [one, other] = [from(name), from(name)]
    for (const each of [one, other]) await isAdmitted(each)
    const user = await storeUser(openStore(env).userAdministration)
    await database.batch(clearTries({ user, provedBuckets: [bucketOf(one)] }))
    expect({
      proved: await triesOf(bucketOf(one)),
      other: await triesOf(bucketOf(other)),
    }).toEqual({ proved: null, other: 1 })
  })

  it('is taken back from its bucket alone, as long as there is one', async () => {
    const [one, other] = [from(randomSecret()), from(randomSecret())]
    for (const each of [one, one, other]) await isAdmitted(each)
    const left = []
    for (let index = 0; index < 3; index += 1) {
      await database.all(takeBackTry(bucketOf(one)))
      left.push(await triesOf(bucketOf(one)))
    }
    expect({ left, other: await triesOf(bucketOf(other)) }).toEqual({ left: [1, 0, 0], other: 1 })
  })

  it('is given back if the statement before changed a row, from its bucket alone', async () => {
    const [one, other] = [from(randomSecret()), from(randomSecret())]
    for (const each of [one, other]) await isAdmitted(each)
    const changing = (bucket: string) =>
      statement(sql`UPDATE ${signInAttempts} ${set(signInAttempts, { address: null })}
        WHERE ${signInAttempts.bucket} = ${bucket}`)
    const left = []
    for (const before of ['none', bucketOf(other), bucketOf(other)]) {
      await database.batch([changing(before), giveBackTry(bucketOf(one))])
      left.push(await triesOf(bucketOf(one)))
    }
    expect({ left, other: await triesOf(bucketOf(other)) }).toEqual({ left: [1, 0, 0], other: 1 })
  })

  it('is cleared with its name, from each address and each browser, and no other name', async () => {
    const prefix = randomSecret()
    const [before, name, after] = [`${prefix}a`, `${prefix}b`, `${prefix}c`]
    const [nameBefore, nameAfter] = [from(before), from(after)]
    const [address, another, browser] = [from(name), from(name), by(name)]
    for (const each of [nameBefore, nameAfter, address, another, browser]) await isAdmitted(each)
    await database.all(clearTriesOfName(name))
    expect({
      nameBefore: await triesOf(bucketOf(nameBefore)),
      nameAfter: await triesOf(bucketOf(nameAfter)),
      address: await triesOf(bucketOf(address)),
      another: await triesOf(bucketOf(another)),
      browser: await triesOf(bucketOf(browser)),
    }).toEqual({ nameBefore: 1, nameAfter: 1, address: null, another: null, browser: null })
  })
})
