// Users: found, listed, deleted, and their sign-in tries counted.
import type { UserStore } from '../core/people/storage.ts'
import { auditIfChanged } from './audit.ts'
import { forgetOfUser } from './consents.ts'
import type { Database } from './database.ts'
import { noticesOfUser } from './logout-notices.ts'
import { pageOf } from './page.ts'
import { endingOfUser } from './revocations.ts'
import { loginNames, providerLinks, sessions, users } from './schema/people.ts'
import {
  countAddressTry,
  countTry,
  readTries,
  takeBackTry,
  tryOutcome,
} from './sign-in-attempts.ts'
import { type Statement, prepared, set, sql, statement } from './sql.ts'
import { changeUser, createUser } from './user-changes.ts'
import { findUser, userWhere, wholeUser } from './user-rows.ts'

export const openUsers = (database: Database): UserStore => ({
  find: (id) => findUser(database, userById({ id })),
  findBySub: (sub) => findUser(database, userBySub({ sub })),
  findByName: (foldedName) => findUser(database, userByName({ foldedName })),
  create: (user, audit) => createUser(database, user, audit),
  async list(limit, cursor) {
    const next = sql`${userWhere(sql`${users.id} > ${cursor}`)} ORDER BY ${users.id} LIMIT ${limit + 1}`
    const rows = await database.all(statement(next))
    return pageOf(rows.map(wholeUser.read), limit, (last) => last.id)
  },
  change: (id, decide, endsEverything, audit, suspicion) =>
    changeUser(database, id, decide, endsEverything, audit, suspicion),
  async upgradePassword(id, from, to) {
    await database.all(
      statement(sql`UPDATE ${users} ${set(users, { passwordHash: to })}
        WHERE ${users.id} = ${id} AND ${users.passwordHash} = ${from}`),
    )
  },
  async delete(id, audit) {
    const results = await database.batch([
      noticesOfUser({ userId: id, now: audit.at }),
      ...endingOfUser(id, audit.at, 'user deleted'),
      ...belongings(id),
      statement(sql`DELETE FROM ${users} WHERE ${users.id} = ${id} RETURNING ${users.id}`),
      auditIfChanged(audit),
    ])
    return results.at(-2)?.length === 1
  },
  async countTry(attempt, now, limits) {
    const [found = [], counted = [], , tried = []] = await database.batch([
      userByName({ foldedName: attempt.foldedName }),
      countTry(attempt, now, limits),
      countAddressTry(attempt, now, limits),
      readTries(attempt, now, limits),
    ])
    const [row] = found
    return {
      user: row === undefined ? null : wholeUser.read(row),
      outcome: tryOutcome(attempt, limits, counted, tried),
    }
  },
  async takeBackTries(buckets) {
    await database.batch(buckets.map(takeBackTry))
  },
})

const userById = prepared<{ id: number }>(({ id }) => userWhere(sql`${users.id} = ${id}`))

const userBySub = prepared<{ sub: string }>(({ sub }) => userWhere(sql`${users.sub} = ${sub}`))

const userByName = prepared<{ foldedName: string }>(({ foldedName }) =>
  userWhere(sql`${users.id} = (SELECT ${loginNames.userId} FROM ${loginNames}
    WHERE ${loginNames.foldedName} = ${foldedName})`),
)

/** Deletes what is a user's own and what nobody asks for once the user is gone. */
const belongings = (id: number): Statement[] => [
  ...[sessions, providerLinks, loginNames].map((table) =>
    statement(sql`DELETE FROM ${table} WHERE ${table.userId} = ${id}`),
  ),
  ...forgetOfUser({ userId: id }),
]
