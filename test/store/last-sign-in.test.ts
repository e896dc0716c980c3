// The note of when a user last signed in: who gets one, and when.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Database } from '../../src/store/database.ts'
import { noteOfSignIn } from '../../src/store/last-sign-in.ts'
import { openStore } from '../../src/store/open.ts'
import { sql, statement } from '../../src/store/sql.ts'
import { now, run, storeUser, userRow } from '../support/records.ts'

const { userAdministration } = openStore(env)
const day = 86_400

/** A user whose last sign-in was noted at that instant. */
async function userNotedAt(lastSignedInAt: number) {
  const user = await storeUser(userAdministration)
  await run('UPDATE users SET last_signed_in_at = ?2 WHERE id = ?1', user.id, lastSignedInAt)
  return user
}
/** Signs in a user who was read with a note of that instant, and returns what is noted then. */
async function notedAfter({ id }: { id: number }, asRead: number, hasAudit = true) {
  await new Database(env.DB).batch([
    statement(sql`INSERT INTO mail_counts
      SELECT lower(hex(randomblob(16))), 1, 1 WHERE ${hasAudit}`),
    ...noteOfSignIn({ id, lastSignedInAt: asRead }, now),
  ])
  return (await userRow({ id }))?.['last_signed_in_at']
}

describe('A sign-in is noted', () => {
  it.each([
    ['if none was', 0, now],
    ['if the last note is a day old', now - day, now],
    ['not if the last note is younger', now - day + 0.001, now - day + 0.001],
  ])('%s', async (_what, before, after) => {
    expect(await notedAfter(await userNotedAt(before), before)).toBe(after)
  })

  it('by the first of two at once', async () => {
    expect(await notedAfter(await userNotedAt(now - 1), 0)).toBe(now - 1)
  })

  it('if the statement before it has changed a row', async () => {
    expect(await notedAfter(await userNotedAt(0), 0, false)).toBe(0)
  })

  it('of that user alone', async () => {
    const [before, own, after] = [await userNotedAt(1), await userNotedAt(1), await userNotedAt(1)]
    expect({
      own: await notedAfter(own, 1),
      before: (await userRow(before))?.['last_signed_in_at'],
      after: (await userRow(after))?.['last_signed_in_at'],
    }).toEqual({ own: now, before: 1, after: 1 })
  })

  it('by no statement within a day of the last note', () => {
    expect({
      within: noteOfSignIn({ id: 1, lastSignedInAt: now - day + 0.001 }, now).length,
      after: noteOfSignIn({ id: 1, lastSignedInAt: now - day }, now).length,
    }).toEqual({ within: 0, after: 1 })
  })
})
