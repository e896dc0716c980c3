// What people see of their own account and do with it.
import type { SQL } from 'drizzle-orm'
import type { SelfStore } from '../core/people/self/storage.ts'
import { accessOf } from './access.ts'
import type { Database } from './database.ts'
import { credentials } from './schema/factors.ts'
import { sessions } from './schema/people.ts'
import { isAlive } from './session-rows.ts'
import { number, selection, sql, statement } from './sql.ts'

const credentialsOf = (userId: number, kind: 'passkey' | 'recovery'): SQL =>
  sql`(SELECT COUNT(*) FROM ${credentials}
    WHERE ${credentials.userId} = ${userId} AND ${credentials.kind} = ${kind})`

/** Opens what people see of their own account and do with it. */
export const openSelf = (database: Database): SelfStore => ({
  async counts(userId, now) {
    const selected = selection({
      passkeys: number(credentialsOf(userId, 'passkey')),
      recoveryCodes: number(credentialsOf(userId, 'recovery')),
      sessions: number(sql`(SELECT COUNT(*) FROM ${sessions}
        WHERE ${sessions.userId} = ${userId} AND ${isAlive(sql`${now}`)})`),
      apps: number(sql`(SELECT COUNT(*) FROM (${accessOf(sql`${userId}`, sql`${now}`)}))`),
    })
    const row = await database.first(statement(sql`SELECT ${selected.columns}`))
    if (row === null) throw new Error('a SELECT without FROM has one row')
    return selected.read(row)
  },
})
