// Mails in D1: which are admitted by the limits, whose turn it is, and when one is gone.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MailLimit, SealedMail } from '../../src/core/people/mail/storage.ts'
import { auditIfChanged } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { mailInsertion, mailsIfNoted } from '../../src/store/mails.ts'
import { openStore } from '../../src/store/open.ts'
import { statement, sql } from '../../src/store/sql.ts'
import { audit, now, run } from '../support/records.ts'

const { mails } = openStore(env)
const database = new Database(env.DB)

beforeEach(async () => {
  for (const table of ['mails', 'mail_counts', 'audit_events']) await run(`DELETE FROM ${table}`)
})

describe('A mail is admitted', () => {
  const hour = (most: number): MailLimit => ({ bucket: 'hour', most, window: 3_600 })
  const day = (most: number): MailLimit => ({ bucket: 'day', most, window: 86_400 })
  const counts = async () =>
    (await env.DB.prepare('SELECT * FROM mail_counts ORDER BY bucket').all()).results
  /** Asks once at each of those instants. */
  async function admitted(limits: readonly MailLimit[], ...instants: number[]) {
    const answers: boolean[] = []
    for (const at of instants) answers.push(await mails.admit(limits, at))
    return answers
  }

  it('until a bucket is full, which counts it no more', async () => {
    expect({ admitted: await admitted([hour(2)], now, now, now), counts: await counts() }).toEqual({
      admitted: [true, true, false],
      counts: [{ bucket: 'hour', count: 2, expires_at: now + 3_600 }],
    })
  })

  it('by all of its limits or counted by none', async () => {
    expect({
      admitted: await admitted([hour(1), day(9)], now, now),
      counts: await counts(),
    }).toEqual({
      admitted: [true, false],
      counts: [
        { bucket: 'day', count: 1, expires_at: now + 86_400 },
        { bucket: 'hour', count: 1, expires_at: now + 3_600 },
      ],
    })
  })

  it('again from the end of the window on, which later mails do not put off', async () => {
    const answers = await admitted([hour(2)], now, now + 1_800, now + 3_599.999, now + 3_600)
    expect({ answers, counts: await counts() }).toEqual({
      answers: [true, true, false, true],
      counts: [{ bucket: 'hour', count: 1, expires_at: now + 7_200 }],
    })
  })

  it('again after the clock was set back by more than a window', async () => {
    const at = now - 3_600
    expect({
      byOneWindow: await admitted([hour(1)], now, at),
      byMore: await admitted([hour(1)], at - 0.001),
      counts: await counts(),
    }).toEqual({
      byOneWindow: [true, false],
      byMore: [true],
      counts: [{ bucket: 'hour', count: 1, expires_at: now - 0.001 }],
    })
  })

  it('after a clock that was set back by the window of each bucket itself', async () => {
    const at = now - 7_200
    expect({
      before: await admitted([hour(1)], now),
      longer: await admitted([day(1)], now),
    }).toEqual({ before: [true], longer: [true] })
    expect({
      longer: await admitted([hour(9), day(1)], at),
      other: await admitted([hour(1), day(9)], at),
    }).toEqual({ longer: [false], other: [true] })
  })
})

const mailOf = (id: string, facts: Partial<SealedMail> = {}): SealedMail => ({
  ...{ id, sealed: `sealed ${id}`, purpose: 'notice', userId: null, createdAt: now, dueAt: now },
  ...facts,
})
const store = async (id: string, facts: Partial<SealedMail> = {}, tries = 0) => {
  await database.all(mailInsertion(mailOf(id, facts)))
  await run('UPDATE mails SET tries = ?2 WHERE id = ?1', id, tries)
}
const waiting = async () =>
  (await env.DB.prepare('SELECT id, tries, due_at FROM mails ORDER BY id').all()).results
const idsOf = (taken: readonly { id: string }[]) => taken.map(({ id }) => id).toSorted()

describe('The turn of mails', () => {
  it('comes to one that is due, and at that instant', async () => {
    await store('due', { userId: 3, createdAt: now - 9 })
    await store('later', { dueAt: now + 0.001 })
    expect({ taken: await mails.take(now, [60], 9), waiting: await waiting() }).toEqual({
      taken: [{ ...mailOf('due', { userId: 3, createdAt: now - 9 }), tries: 1, dueAt: now + 60 }],
      waiting: [
        { id: 'due', tries: 1, due_at: now + 60 },
        { id: 'later', tries: 0, due_at: now + 0.001 },
      ],
    })
  })

  it('comes first to those that were never tried, then to those that have waited longest', async () => {
    await store('tried', { dueAt: now - 9 }, 1)
    await store('late', { dueAt: now - 1 })
    await store('early', { dueAt: now - 2 })
    const turns: string[][] = []
    for (let turn = 0; turn < 4; turn++) turns.push(idsOf(await mails.take(now, [60], 1)))
    expect(turns).toEqual([['early'], ['late'], ['tried'], []])
  })

  it('comes to as many as are asked for', async () => {
    for (const id of ['a', 'b', 'c']) await store(id)
    expect((await mails.take(now, [60], 2)).length).toBe(2)
  })

  it('comes again after the pause of each try, and after the last pause from then on', async () => {
    await store('a')
    const pauses: number[] = []
    let at = now
    for (let attempt = 0; attempt < 4; attempt++) {
      const [taken] = await mails.take(at, [60, 300, 900], 9)
      pauses.push((taken?.dueAt ?? 0) - at)
      at = taken?.dueAt ?? 0
    }
    expect(pauses).toEqual([60, 300, 900, 900])
  })
})

describe('A mail that was sent', () => {
  const events = async () =>
    (await env.DB.prepare('SELECT request_id FROM audit_events').all()).results

  it('is removed, and no other is', async () => {
    for (const id of ['a', 'b', 'c']) await store(id)
    await mails.remove('b')
    expect({ left: idsOf(await mails.take(now, [60], 9)), events: await events() }).toEqual({
      left: ['a', 'c'],
      events: [],
    })
  })

  it('or given up leaves the event that it was given up with', async () => {
    await store('a')
    await mails.remove('a', audit('given up'))
    expect({ left: await waiting(), events: await events() }).toEqual({
      left: [],
      events: [{ request_id: 'given up' }],
    })
  })
})

describe('Mails about a change', () => {
  const about = [mailOf('one'), mailOf('two')]
  const change = (isMade: boolean) =>
    statement(sql`INSERT INTO mail_counts SELECT 'a bucket', 1, 1 WHERE ${isMade}`)

  it.each([
    ['wait if its event was inserted', true, ['one', 'two']],
    ['do not wait if it was not', false, []],
  ])('%s', async (_what, isMade, expected) => {
    await database.batch([change(isMade), auditIfChanged(audit()), ...mailsIfNoted(about)])
    expect((await waiting()).map(({ id }) => id)).toEqual(expected)
  })
})
