// Users, found by what identifies them.
import type { UserStore } from '../core/people/storage.ts'
import type { Database } from './database.ts'
import { users } from './schema/people.ts'
import { prepared, sql } from './sql.ts'
import { findUser, userByName, userWhere } from './user-rows.ts'

/** Opens the users for finding them. */
export const openUsers = (database: Database): UserStore => ({
  find: (id) => findUser(database, userById({ id })),
  findBySub: (sub) => findUser(database, userBySub({ sub })),
  findByName: (foldedName) => findUser(database, userByName({ foldedName })),
})

const userById = prepared<{ id: number }>(({ id }) => userWhere(sql`${users.id} = ${id}`))

const userBySub = prepared<{ sub: string }>(({ sub }) => userWhere(sql`${users.sub} = ${sub}`))
