// One-time links, and what they do. A batch that uses one up first demands that it still counts; if it
// does not, D1 refuses the whole batch.
import type { SQL } from 'drizzle-orm'
import { foldLoginName } from '../core/people/login-name.ts'
import type {
  CodeTry,
  MailActionStore,
  MailActionUse,
  NewMailAction,
} from '../core/people/mail/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { demand } from './changes.ts'
import { forgetOfUser } from './consents.ts'
import { Conflict, type Database } from './database.ts'
import { mailInsertion } from './mails.ts'
import { mailActions as actions } from './schema/mail.ts'
import { loginNames, users } from './schema/people.ts'
import { clearTriesOfName } from './sign-in-attempts.ts'
import {
  type Statement,
  excluded,
  insertInto,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import { epochStart } from './standing.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'
import { endings } from './user-changes.ts'
import { wholeUser } from './user-rows.ts'

/**
 * Whether the link in `mail_actions` counts, for the user in `users` (LEFT JOIN). An action about the
 * user's own address dies with a change of it; the others are about another one.
 */
const counts = (now: SQL): SQL => sql`(${actions.usedAt} IS NULL AND ${actions.expiresAt} > ${now}
  AND ${actions.createdAt} >= ${epochStart}
  AND (${actions.userId} IS NULL OR (${users.id} IS NOT NULL
    AND ${users.disabledAt} IS NULL
    AND (${actions.createdAt} >= ${users.notBefore} OR ${actions.purpose} = 'undo-address')
    AND (${actions.address} IS NULL OR ${actions.address} = ${users.email}
      OR ${actions.purpose} IN ('change-address', 'undo-address', 'restore')))))`

const ofUser = sql`${actions} LEFT JOIN ${users} ON ${users.id} = ${actions.userId}`

const selectedAction = selection({
  userId: actions.userId,
  address: actions.address,
  codeDigest: actions.codeDigest,
  browserDigest: actions.browserDigest,
  sealed: actions.sealed,
  operation: actions.operation,
  usedAt: actions.usedAt,
})
const countsFlag = selectedAs('counts', 'boolean')

type Key = { purpose: string; digest: string; now: number }

const finding = prepared<Key>(
  ({ purpose, digest, now }) => sql`SELECT ${wholeUser.columns}, ${selectedAction.columns},
      ${countsFlag.column(counts(now))}
    FROM ${ofUser} WHERE ${actions.digest} = ${digest} AND ${actions.purpose} = ${purpose}`,
)

/** Opens the one-time links. */
export const openMailActions = (database: Database): MailActionStore => {
  const find: MailActionStore['find'] = async (purpose, digest, now) => {
    const row = await database.first(finding({ purpose, digest, now }))
    if (row === null) return null
    const { userId, ...action } = selectedAction.read(row)
    // Nothing counts for a user who is gone.
    const isGone = userId !== null && row['user.id'] === null
    if (isGone) return null
    const user = userId === null ? null : wholeUser.read(row)
    return { ...action, user, counts: countsFlag.read(row) }
  }
  return {
    find,
    async give(userId, action, mails) {
      await database.batch([
        ...(action === null ? [] : [mailActionInsertion(userId, action)]),
        ...mails.map(mailInsertion),
      ])
    },
    async countTry(of, most) {
      const tried = (await database.all(counting(of, most))).map(triedCode.read)
      return tried.flatMap(({ digest, codeDigest }) =>
        codeDigest === null ? [] : [{ digest, codeDigest }],
      )
    },
    setPassword: (use, { userId, passwordHash, nameDigests, suspicion }, mails, audit) =>
      isUsed(database, use, [
        statement(
          sql`UPDATE ${users} ${set(users, {
            passwordHash,
            passwordState: null,
            notBefore: sql`MAX(${users.notBefore}, ${use.now})`,
            updatedAt: sql`MAX(${use.now}, ${users.updatedAt} + 0.001)`,
          })} WHERE ${users.id} = ${userId}`,
        ),
        auditIfChanged(audit),
        ...endings(userId, audit),
        ...forgetOfUser({ userId }),
        ...endingsOfSuspectLinks(userId, suspicion, audit),
        ...nameDigests.map(clearTriesOfName),
        ...mails.map(mailInsertion),
      ]),
    verifyAddress: (use, userId, audit) =>
      isUsed(database, use, [
        statement(
          sql`UPDATE ${users} ${set(users, {
            emailVerified: true,
            updatedAt: sql`MAX(${use.now}, ${users.updatedAt} + 0.001)`,
          })} WHERE ${users.id} = ${userId}`,
        ),
        auditStatement(audit),
      ]),
  }
}

const triedCode = selection({ digest: actions.digest, codeDigest: actions.codeDigest })

/** Counts a try of the codes that may have been typed. D1 decides between tries made at once. */
function counting(of: CodeTry, most: number): Statement {
  const { tries, codeDigest, usedAt, expiresAt, purpose } = actions
  return statement(sql`UPDATE ${actions} ${set(actions, { tries: sql`${tries} + 1` })}
    WHERE ${placeOf(of)} AND ${purpose} = ${of.purpose} AND ${tries} < ${most}
      AND ${codeDigest} IS NOT NULL AND ${usedAt} IS NULL AND ${expiresAt} > ${of.now}
    RETURNING ${triedCode.columns}`)
}

function placeOf(of: CodeTry): SQL {
  if ('digest' in of) return sql`${actions.digest} = ${of.digest}`
  const { owner, browserDigest } = of
  const isOwned =
    'userId' in owner
      ? sql`${actions.userId} = ${owner.userId}`
      : sql`(${actions.foldedAddress} = ${owner.foldedAddress} OR ${actions.userId} = (
          SELECT ${loginNames.userId} FROM ${loginNames}
          WHERE ${loginNames.foldedName} = ${owner.foldedAddress}))`
  return sql`${isOwned} AND ${actions.browserDigest} = ${browserDigest}`
}

/**
 * Uses up a link in a batch: the first statement refuses the batch with a Conflict if the link does not
 * count, so that of two answers at once D1 lets one through.
 */
export const usingUp = ({ purpose, digest, operation, now }: MailActionUse): Statement[] => [
  demand(sql`EXISTS (SELECT 1 FROM ${ofUser} WHERE ${actions.digest} = ${digest}
    AND ${actions.purpose} = ${purpose} AND ${counts(sql`${now}`)})`),
  statement(sql`UPDATE ${actions} ${set(actions, { usedAt: now, operation })}
    WHERE ${actions.digest} = ${digest}`),
]

/**
 * Runs a batch that uses up a link and does what it is for. Returns false, with nothing written, if the
 * link does not count.
 */
export async function isUsed(
  database: Database,
  use: MailActionUse,
  statements: readonly Statement[],
): Promise<boolean> {
  try {
    await database.batch([...usingUp(use), ...statements])
    return true
  } catch (failure) {
    if (failure instanceof Conflict) return false
    // The outcome is unknown: a link that this form has used is one that it has just used.
    if (await isUsedBy(database, use)) return true
    throw failure
  }
}

const isUsedBy = async (
  database: Database,
  { digest, operation }: MailActionUse,
): Promise<boolean> =>
  (await database.first(
    statement(sql`SELECT 1 FROM ${actions}
      WHERE ${actions.digest} = ${digest} AND ${actions.operation} = ${operation}`),
  )) !== null

/**
 * Stores a link of a user, or of an address of nobody yet (null). In the batch that ends everything that
 * was issued to the user before, it counts from then on. It takes the place of the one before.
 */
export function mailActionInsertion(userId: number | null, action: NewMailAction): Statement {
  const { address, createdAt } = action
  const successor = set(actions, {
    digest: excluded(actions.digest),
    address: excluded(actions.address),
    codeDigest: excluded(actions.codeDigest),
    browserDigest: excluded(actions.browserDigest),
    tries: 0,
    sealed: excluded(actions.sealed),
    createdAt: excluded(actions.createdAt),
    expiresAt: excluded(actions.expiresAt),
    usedAt: null,
    operation: null,
  })
  if (userId === null) {
    const foldedAddress = address === null ? null : foldLoginName(address)
    return statement(sql`${insertInto(actions, { ...action, foldedAddress })}
      WHERE TRUE
      ON CONFLICT (folded_address, purpose) WHERE folded_address IS NOT NULL DO UPDATE ${successor}`)
  }
  return statement(sql`
    ${insertInto(actions, {
      ...action,
      userId: users.id,
      createdAt: sql`MAX(${users.notBefore}, ${epochStart}, ${createdAt})`,
    })}
    FROM ${users} WHERE ${users.id} = ${userId}
    ON CONFLICT (user_id, purpose) DO UPDATE ${successor}`)
}
