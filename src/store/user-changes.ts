// Users, created and changed in one batch with the folded names that they sign in with. `updated_at`
// only rises: D1 decides by it between changes made at the same time.
import { loginNamesOf } from '../core/people/login-name.ts'
import type { LinkSuspicion, NewUser, User, UserChange } from '../core/people/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditIfChanged, auditRowOf } from './audit.ts'
import { changeRow, failUnless, nextVersion } from './changes.ts'
import { Conflict, type Database } from './database.ts'
import { noticesOfUser } from './logout-notices.ts'
import { endingOfUser, outdatingUsers } from './revocations.ts'
import { loginNames, sessions, users } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import { type Statement, insertInto, set, sql, statement } from './sql.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'
import { findUser, userWhere, wholeUser } from './user-rows.ts'

// Selected from the user's own row: a user who was deleted meanwhile leaves no names behind.
const nameStatements = (user: Pick<User, 'sub' | 'username' | 'email'>): Statement[] =>
  loginNamesOf(user).map((foldedName) =>
    statement(sql`${insertInto(loginNames, { foldedName, userId: users.id })}
      FROM ${users} WHERE ${users.sub} = ${user.sub}`),
  )

/** Inserts a user with their names; the batch also runs the statements of `beside`. */
export async function createUser(
  database: Database,
  user: NewUser,
  audit: AuditEvent,
  beside: readonly Statement[] = [],
): Promise<User | 'taken'> {
  const created = await orTaken(
    lastUser(database, [
      statement(insertInto(users, user)),
      ...nameStatements(user),
      ...beside,
      // The id of a user is known once the row is there.
      statement(sql`${insertInto(auditEvents, { ...auditRowOf(audit), userId: users.id })}
        FROM ${users} WHERE ${users.sub} = ${user.sub}`),
      statement(userWhere(sql`${users.sub} = ${user.sub}`)),
    ]),
  )
  if (created === null) throw new Error('the user that was just created is not there')
  return created
}

/**
 * Implements `change` of the port `UserAdministration`; the batch also runs those of `beside`, and those
 * of `first` before anything else.
 */
export function changeUser(
  database: Database,
  id: number,
  decide: (user: User) => UserChange,
  endsEverything: boolean,
  audit: AuditEvent,
  suspicion: LinkSuspicion | null = null,
  beside: readonly Statement[] = [],
  first: readonly Statement[] = [],
): Promise<User | 'taken' | null> {
  const byId = statement(userWhere(sql`${users.id} = ${id}`))
  return orTaken(
    changeRow(
      () => findUser(database, byId),
      (before) =>
        lastUser(database, [
          ...first,
          ...(suspicion === null ? [] : endingsOfSuspectLinks(id, suspicion, audit)),
          ...changeStatements(before, decide(before), endsEverything, audit),
          ...beside,
          byId,
        ]),
    ),
  )
}

function changeStatements(
  before: User,
  change: UserChange,
  endsEverything: boolean,
  audit: AuditEvent,
): Statement[] {
  const { id } = before
  const after = { ...before, ...change }
  const renames = loginNamesOf(after).join('\n') !== loginNamesOf(before).join('\n')
  const notBefore = endsEverything ? audit.at : after.notBefore
  return [
    failUnless(users, sql`${users.id} = ${id}`, sql`${users.updatedAt} = ${before.updatedAt}`),
    statement(
      sql`UPDATE ${users} ${set(users, {
        username: after.username,
        email: after.email,
        emailVerified: after.emailVerified,
        name: after.name,
        role: after.role,
        scope: after.scope,
        claims: after.claims,
        passwordHash: after.passwordHash,
        passwordState: change.passwordHash === undefined ? after.passwordState : null,
        disabledAt: after.disabledAt,
        managedBy: after.managedBy,
        updatedAt: nextVersion(before, audit.at),
        notBefore: sql`MAX(${users.notBefore}, ${notBefore})`,
      })} WHERE ${users.id} = ${id}`,
    ),
    auditIfChanged(audit),
    ...(renames
      ? [
          statement(sql`DELETE FROM ${loginNames} WHERE ${loginNames.userId} = ${id}`),
          ...nameStatements(after),
        ]
      : []),
    ...(endsEverything ? endings(id, audit) : [outdatingUsers([id], audit.at)]),
  ]
}

/** Ends all sessions and grants of a user, and leaves notices for their clients. */
export const endings = (id: number, audit: AuditEvent): Statement[] => [
  noticesOfUser({ userId: id, now: audit.at }),
  ...endingOfUser(id, audit.at, audit.kind),
  statement(sql`UPDATE ${sessions} ${set(sessions, { endedAt: audit.at })}
    WHERE ${sessions.userId} = ${id} AND ${sessions.endedAt} IS NULL`),
]

/** Returns the user that the last statement of a batch finds; null if they were deleted meanwhile. */
async function lastUser(
  database: Database,
  statements: readonly Statement[],
): Promise<User | null> {
  const [row] = (await database.batch(statements)).at(-1) ?? []
  return row === undefined ? null : wholeUser.read(row)
}

/** Waits for a write; 'taken' if a name or another unique column belongs to another user. */
async function orTaken<Written>(write: Promise<Written>): Promise<Written | 'taken'> {
  try {
    return await write
  } catch (failure) {
    if (failure instanceof Conflict) return 'taken'
    throw failure
  }
}
