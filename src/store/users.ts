// Users and the folded names they sign in with, all or nothing in one batch.
import type { AuditEvent, NewUser, Tries, User, UserChange, UserStore } from '../core/store.ts'
import { foldLoginName } from '../core/login-name.ts'
import { auditStatement } from './audit.ts'
import {
  Conflict,
  numberOf,
  statement,
  textOf,
  type Database,
  type Row,
  type Statement,
} from './database.ts'
import { linesOfUser, revocationStatements } from './revocations.ts'
import { userColumns, userOf } from './rows.ts'

const find = (where: string): string => `SELECT ${userColumns} FROM users u WHERE ${where}`

export function openUsers(database: Database): UserStore {
  const one = async (where: string, value: string | number): Promise<User | null> => {
    const row = await database.first(statement(find(where), value))
    return row === null ? null : userOf(row)
  }
  return {
    find: (id) => one('u.id = ?1', id),
    findBySub: (sub) => one('u.sub = ?1', sub),
    findByName: (foldedName) => one(byFoldedName, foldedName),
    create: (user, audit) => create(database, user, audit),
    async list(limit, cursor) {
      const rows = await database.all(
        statement(`${find('u.id > ?1')} ORDER BY u.id LIMIT ?2`, cursor, limit + 1),
      )
      const items = rows.slice(0, limit).map(userOf)
      const last = items.at(-1)
      const more = rows.length > limit && last !== undefined
      return { items, nextCursor: more ? String(last.id) : null }
    },
    change: (id, change, endsEverything, audit) =>
      changeUser(database, id, change, endsEverything, audit),
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
        statement(find(byFoldedName), foldedName),
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

/** Username and e-mail, folded, each once. */
const namesOf = (username: string, email: string | null): string[] => [
  ...new Set([foldLoginName(username), ...(email === null ? [] : [foldLoginName(email)])]),
]

async function create(
  database: Database,
  user: NewUser,
  audit: AuditEvent,
): Promise<User | 'taken'> {
  const names = namesOf(user.username, user.email).map((name) =>
    statement(
      'INSERT INTO login_names (folded_name, user_id) SELECT ?1, id FROM users WHERE sub = ?2',
      name,
      user.sub,
    ),
  )
  try {
    const results = await database.batch([
      statement(
        `INSERT INTO users (sub, pairwise_salt, username, email, email_verified, name, role, scope, claims,
           password_hash, disabled_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
        user.sub,
        user.pairwiseSalt,
        user.username,
        user.email,
        user.emailVerified ? 1 : 0,
        user.name,
        user.role,
        user.scope,
        JSON.stringify(user.claims),
        user.passwordHash,
        user.disabledAt,
        user.createdAt,
        user.updatedAt,
      ),
      ...names,
      auditStatement(audit),
      statement(find('u.sub = ?1'), user.sub),
    ])
    const [row] = results.at(-1) ?? []
    if (row === undefined) throw new Error('the user that was just made is not there')
    return userOf(row)
  } catch (failure) {
    if (failure instanceof Conflict) return 'taken'
    throw failure
  }
}

const columnOf = {
  username: 'username',
  email: 'email',
  emailVerified: 'email_verified',
  name: 'name',
  role: 'role',
  scope: 'scope',
  claims: 'claims',
  passwordHash: 'password_hash',
  disabledAt: 'disabled_at',
  notBefore: 'not_before',
} as const satisfies Record<keyof UserChange, string>

async function changeUser(
  database: Database,
  id: number,
  change: UserChange,
  endsEverything: boolean,
  audit: AuditEvent,
): Promise<User | 'taken' | null> {
  const before = await database.first(statement(find('u.id = ?1'), id))
  if (before === null) return null
  const after = { ...userOf(before), ...change }
  const assignments: string[] = ['updated_at = ?2']
  const values: (string | number | null)[] = [id, audit.at]
  for (const field of Object.keys(columnOf) as (keyof typeof columnOf)[]) {
    if (!(field in change)) continue
    const value = after[field]
    values.push(
      typeof value === 'boolean'
        ? Number(value)
        : typeof value === 'object' && value !== null
          ? JSON.stringify(value)
          : value,
    )
    assignments.push(`${columnOf[field]} = ?${values.length}`)
  }
  const renaming = 'username' in change || 'email' in change
  const names = namesOf(after.username, after.email)
  const renames = renaming
    ? [
        statement('DELETE FROM login_names WHERE user_id = ?1', id),
        ...names.map((name) =>
          statement('INSERT INTO login_names (folded_name, user_id) VALUES (?1, ?2)', name, id),
        ),
      ]
    : []
  const endings = endsEverything
    ? [
        ...revocationStatements(linesOfUser(id), audit.at, audit.kind),
        statement(
          'UPDATE sessions SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL',
          id,
          audit.at,
        ),
        statement('UPDATE users SET not_before = MAX(not_before, ?2) WHERE id = ?1', id, audit.at),
      ]
    : []
  try {
    const results = await database.batch([
      statement(`UPDATE users SET ${assignments.join(', ')} WHERE id = ?1`, ...values),
      ...renames,
      ...endings,
      auditStatement(audit),
      statement(find('u.id = ?1'), id),
    ])
    const [row] = results.at(-1) ?? []
    return row === undefined ? null : userOf(row)
  } catch (failure) {
    if (failure instanceof Conflict) return 'taken'
    throw failure
  }
}
