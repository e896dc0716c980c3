// Users: found, listed, deleted, and their sign-in tries counted.
import type { Tries, User } from '../core/records.ts'
import type { UserStore } from '../core/store.ts'
import { auditStatement } from './audit.ts'
import { numberOf, statement, textOf, type Database, type Row, type Statement } from './database.ts'
import { noticesTo } from './logout-notices.ts'
import { linesOfUser, revocationStatements } from './revocations.ts'
import { userOf } from './rows.ts'
import { changeUser, createUser, userWhere } from './user-changes.ts'

export function openUsers(database: Database): UserStore {
  const one = async (where: string, value: string | number): Promise<User | null> => {
    const row = await database.first(statement(userWhere(where), value))
    return row === null ? null : userOf(row)
  }
  return {
    find: (id) => one('u.id = ?1', id),
    findBySub: (sub) => one('u.sub = ?1', sub),
    findByName: (foldedName) => one(byFoldedName, foldedName),
    create: (user, audit) => createUser(database, user, audit),
    async list(limit, cursor) {
      const rows = await database.all(
        statement(`${userWhere('u.id > ?1')} ORDER BY u.id LIMIT ?2`, cursor, limit + 1),
      )
      const items = rows.slice(0, limit).map(userOf)
      const last = items.at(-1)
      const more = rows.length > limit && last !== undefined
      return { items, nextCursor: more ? String(last.id) : null }
    },
    change: (id, decide, endsEverything, audit) =>
      changeUser(database, id, decide, endsEverything, audit),
    async upgradePassword(id, from, to) {
      await database.all(
        statement(
          'UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2',
          id,
          from,
          to,
        ),
      )
    },
    async delete(id, audit) {
      if ((await one('u.id = ?1', id)) === null) return false
      const results = await database.batch([
        noticesTo('g.user_id = ?1', id, audit.at),
        ...revocationStatements(linesOfUser(id), audit.at, 'user deleted'),
        statement('DELETE FROM sessions WHERE user_id = ?1', id),
        statement('DELETE FROM consents WHERE user_id = ?1', id),
        statement('DELETE FROM provider_links WHERE user_id = ?1', id),
        statement('DELETE FROM login_names WHERE user_id = ?1', id),
        auditStatement(audit),
        statement('DELETE FROM users WHERE id = ?1 RETURNING id', id),
      ])
      return results.at(-1)?.length === 1
    },
    async countTries(attempt, now, window) {
      const { foldedName, nameDigest, scope, address } = attempt
      const [users = [], accounts = [], addresses = []] = await database.batch([
        statement(userWhere(byFoldedName), foldedName),
        countTry(
          `COALESCE((SELECT ?4 || 'user:' || user_id FROM login_names WHERE folded_name = ?1), ?4 || 'name:' || ?5)`,
          foldedName,
          now,
          window,
          scope,
          nameDigest,
        ),
        countTry('?1', `address:${address}`, now, window),
      ])
      const [row] = users
      return {
        user: row === undefined ? null : userOf(row),
        account: triesOf(accounts),
        address: triesOf(addresses),
      }
    },
  }
}

const byFoldedName = 'u.id = (SELECT user_id FROM login_names WHERE folded_name = ?1)'

/** Counts one try; `bucket` is SQL over the values, of which ?2 is now and ?3 the window. */
const countTry = (
  bucket: string,
  name: string,
  now: number,
  window: number,
  ...values: string[]
): Statement =>
  statement(
    `INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (${bucket}, 1, ?2)
     ON CONFLICT (bucket) DO UPDATE SET
       tries = CASE WHEN window_started_at <= ?2 - ?3 THEN 1 ELSE tries + 1 END,
       window_started_at = CASE WHEN window_started_at <= ?2 - ?3 THEN ?2 ELSE window_started_at END
     RETURNING bucket, tries, window_started_at`,
    name,
    now,
    window,
    ...values,
  )

function triesOf([row]: readonly Row[]): Tries {
  if (row === undefined) throw new Error('a try was not counted')
  return {
    bucket: textOf(row, 'bucket'),
    tries: numberOf(row, 'tries'),
    windowStartedAt: numberOf(row, 'window_started_at'),
  }
}
