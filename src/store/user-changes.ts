// Users made and changed, with the folded names they sign in with, all or nothing in one batch.
// `updated_at` only rises: it is the version by which D1 decides between changes made at once.
import { foldLoginName } from '../core/login-name.ts'
import type { LinkSuspicion } from '../core/provider.ts'
import type { AuditEvent, NewUser, User, UserChange } from '../core/records.ts'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { auditStatement } from './audit.ts'
import { Conflict, statement, type Database, type Statement } from './database.ts'
import { noticesTo } from './logout-notices.ts'
import { endingOfUser } from './revocations.ts'
import { userColumns, userOf } from './rows.ts'
import { grants } from './schema/grants.ts'
import { sql } from './sql.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'

/** The query for users `u` that meet a condition. */
export const userWhere = (condition: string): string =>
  `SELECT ${userColumns} FROM users u WHERE ${condition}`

/** Username and e-mail, folded, each once. */
const namesOf = ({ username, email }: Pick<User, 'username' | 'email'>): string[] => [
  ...new Set([foldLoginName(username), ...(email === null ? [] : [foldLoginName(email)])]),
]

// Selected from the user's own row: a user who is gone leaves no names behind.
const nameStatements = (user: Pick<User, 'sub' | 'username' | 'email'>): Statement[] =>
  namesOf(user).map((name) =>
    statement(
      'INSERT INTO login_names (folded_name, user_id) SELECT ?1, id FROM users WHERE sub = ?2',
      name,
      user.sub,
    ),
  )

const columnsOf = (user: NewUser) =>
  [
    user.sub,
    user.username,
    user.email,
    user.emailVerified ? 1 : 0,
    user.name,
    user.role,
    user.scope,
    JSON.stringify(user.claims),
    user.passwordHash,
    user.disabledAt,
    user.updatedAt,
  ] as const

/** Inserts a user and both names, with what `beside` adds to the batch. */
export async function createUser(
  database: Database,
  user: NewUser,
  audit: AuditEvent,
  beside: readonly Statement[] = [],
): Promise<User | 'taken'> {
  const rows = await attempt(database, [
    statement(
      `INSERT INTO users (sub, username, email, email_verified, name, role, scope, claims,
         password_hash, disabled_at, updated_at, created_at, pairwise_salt)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
      ...columnsOf(user),
      user.createdAt,
      user.pairwiseSalt,
    ),
    ...nameStatements(user),
    ...beside,
    auditStatement(audit),
    statement(userWhere('u.sub = ?1'), user.sub),
  ])
  if (rows === 'conflict') return 'taken'
  const [row] = rows
  if (row === undefined) throw new Error('the user that was just made is not there')
  return userOf(row)
}

/** How often a change is tried anew where others come first. */
const mostRounds = 20

/** Applies what `decide` makes of the user as stored, as the port says. */
export async function changeUser(
  database: Database,
  id: number,
  decide: (user: User) => UserChange,
  endsEverything: boolean,
  audit: AuditEvent,
  suspicion: LinkSuspicion | null = null,
): Promise<User | 'taken' | null> {
  let seen: number | null = null
  for (let round = 0; round < mostRounds; round++) {
    const read = await database.first(statement(userWhere('u.id = ?1'), id))
    if (read === null) return null
    const before = userOf(read)
    // The last round conflicted and yet nobody changed the row: then it was the names.
    if (before.updatedAt === seen) return 'taken'
    seen = before.updatedAt
    const rows = await attempt(database, [
      ...(suspicion === null ? [] : endingsOfSuspectLinks(id, suspicion, audit)),
      ...changeStatements(before, decide(before), endsEverything, audit),
    ])
    if (rows !== 'conflict') return rows[0] === undefined ? null : userOf(rows[0])
  }
  throw temporarilyUnavailable(new Error('too many changes of one user at once'))
}

function changeStatements(
  before: User,
  change: UserChange,
  endsEverything: boolean,
  audit: AuditEvent,
): Statement[] {
  const { id, updatedAt } = before
  const after = { ...before, ...change, updatedAt: Math.max(audit.at, updatedAt + 0.001) }
  const renames = namesOf(after).join('\n') !== namesOf(before).join('\n')
  return [
    // An UPDATE that matches nothing would not stop the batch; this fails it (the id exists) where
    // the row is no longer the one that was read.
    statement(
      'INSERT INTO users SELECT * FROM users WHERE id = ?1 AND updated_at <> ?2',
      id,
      updatedAt,
    ),
    statement(
      `UPDATE users SET username = ?2, email = ?3, email_verified = ?4, name = ?5, role = ?6,
         scope = ?7, claims = ?8, password_hash = ?9, disabled_at = ?10, updated_at = ?11,
         not_before = MAX(not_before, ?12)
       WHERE sub = ?1`,
      ...columnsOf(after),
      endsEverything ? audit.at : after.notBefore,
    ),
    ...(renames
      ? [statement('DELETE FROM login_names WHERE user_id = ?1', id), ...nameStatements(after)]
      : []),
    ...(endsEverything ? endings(id, audit) : []),
    auditStatement(audit),
    statement(userWhere('u.id = ?1'), id),
  ]
}

const endings = (id: number, audit: AuditEvent): Statement[] => [
  noticesTo(sql`${grants.userId} = ${id}`, audit.at),
  ...endingOfUser(id, audit.at, audit.kind),
  statement(
    'UPDATE sessions SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL',
    id,
    audit.at,
  ),
]

/** The rows of the last statement, or that a unique column refused the whole batch. */
async function attempt(database: Database, statements: readonly Statement[]) {
  try {
    return (await database.batch(statements)).at(-1) ?? []
  } catch (failure) {
    if (failure instanceof Conflict) return 'conflict' as const
    throw failure
  }
}
