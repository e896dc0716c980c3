// Users: found, listed, deleted, and their sign-in tries counted.
import type { User } from '../core/records.ts'
import type { UserStore } from '../core/store.ts'
import { auditIfChanged } from './audit.ts'
import { consentsOfUser } from './consents.ts'
import { statement, type Database } from './database.ts'
import { noticesTo } from './logout-notices.ts'
import { endingOfUser } from './revocations.ts'
import { userOf } from './rows.ts'
import { grants } from './schema/grants.ts'
import { sql } from './sql.ts'
import {
  countAddressTry,
  countTry,
  readTries,
  takeBackTry,
  tryOutcome,
} from './sign-in-attempts.ts'
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
    change: (id, decide, endsEverything, audit, suspicion) =>
      changeUser(database, id, decide, endsEverything, audit, suspicion),
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
      const results = await database.batch([
        noticesTo(sql`${grants.userId} = ${id}`, audit.at),
        ...endingOfUser(id, audit.at, 'user deleted'),
        statement('DELETE FROM sessions WHERE user_id = ?1', id),
        ...consentsOfUser(id),
        statement('DELETE FROM provider_links WHERE user_id = ?1', id),
        statement('DELETE FROM login_names WHERE user_id = ?1', id),
        statement('DELETE FROM users WHERE id = ?1 RETURNING id', id),
        auditIfChanged(audit),
      ])
      return results.at(-2)?.length === 1
    },
    async countTry(attempt, now, limits) {
      const [users = [], counted = [], , tried = []] = await database.batch([
        statement(userWhere(byFoldedName), attempt.foldedName),
        countTry(attempt, now, limits),
        countAddressTry(attempt, now, limits),
        readTries(attempt, now, limits),
      ])
      const [row] = users
      return {
        user: row === undefined ? null : userOf(row),
        outcome: tryOutcome(attempt, limits, counted, tried),
      }
    },
    async takeBackTries(buckets) {
      await database.batch(buckets.map(takeBackTry))
    },
  }
}

const byFoldedName = 'u.id = (SELECT user_id FROM login_names WHERE folded_name = ?1)'
