// Sessions as rows of D1.
import type { SQL } from 'drizzle-orm'
import { sessions } from './schema/people.ts'
import { type Statement, number, selection, sql, statement } from './sql.ts'

/** The columns of a session; `authTime` is the one that tokens state. */
export const selectedSession = selection({
  id: sessions.id,
  face: sessions.face,
  userId: sessions.userId,
  authTime: number(sql`COALESCE(${sessions.statedAuthTime}, ${sessions.authTime})`),
  amr: sessions.amr,
  secondFactorAt: sessions.secondFactorAt,
  userAgent: sessions.userAgent,
  place: sessions.place,
  createdAt: sessions.createdAt,
  lastSeenAt: sessions.lastSeenAt,
  idleExpiresAt: sessions.idleExpiresAt,
  absoluteExpiresAt: sessions.absoluteExpiresAt,
})

/** The condition that a session has neither ended nor expired. */
export const isAlive = (now: SQL): SQL =>
  sql`${sessions.endedAt} IS NULL AND ${sessions.idleExpiresAt} > ${now}
    AND ${sessions.absoluteExpiresAt} > ${now}`

/** Selects the live sessions of a user, newest use first, after `offset` of them: one more than `limit`. */
export const sessionsOfUser = (
  userId: number,
  now: number,
  limit: number,
  offset: number,
): Statement =>
  statement(sql`SELECT ${selectedSession.columns} FROM ${sessions}
    WHERE ${sessions.userId} = ${userId} AND ${isAlive(sql`${now}`)}
    ORDER BY ${sessions.lastSeenAt} DESC, ${sessions.id} LIMIT ${limit + 1} OFFSET ${offset}`)
