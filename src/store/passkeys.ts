// Passkeys. The id of a credential is a key over all users, so that D1 refuses a second one; the screen
// that a batch answers decides about everything else in it.
import type { SQL } from 'drizzle-orm'
import type { Passkey, PasskeyStore, PasskeyUse } from '../core/people/passkeys/storage.ts'
import type { Answer } from '../core/server/storage.ts'
import { auditIfChanged } from './audit.ts'
import { Conflict, type Database } from './database.ts'
import { mailsIfNoted } from './mails.ts'
import { credentials } from './schema/factors.ts'
import { usedIdentifiers } from './schema/grants.ts'
import { users } from './schema/people.ts'
import {
  type Row,
  type Statement,
  insertInto,
  prepared,
  selection,
  set,
  sql,
  statement,
  text,
} from './sql.ts'
import { answering, isAnsweredBy } from './used-identifiers.ts'
import { wholeUser } from './user-rows.ts'
import { hasAnotherLink, hasPasskey, hasPassword } from './ways-in.ts'

const selected = selection(
  {
    id: credentials.id,
    userId: credentials.userId,
    publicKey: text(sql`${credentials.publicKey}`),
    counter: credentials.counter,
    isBackupEligible: credentials.isBackupEligible,
    isBackedUp: credentials.isBackedUp,
    transports: credentials.transports,
    name: credentials.name,
    userAgent: credentials.userAgent,
    createdAt: credentials.createdAt,
    lastUsedAt: credentials.lastUsedAt,
  },
  'passkey.',
)

const passkeyOf = (row: Row): Passkey => {
  const { transports, ...passkey } = selected.read(row)
  return { ...passkey, transports: transports ?? [] }
}

const isPasskey = (id: string, userId: number): SQL =>
  sql`${credentials.id} = ${id} AND ${credentials.userId} = ${userId}
    AND ${credentials.kind} = 'passkey'`

/** Opens the passkeys. */
export const openPasskeys = (database: Database): PasskeyStore => ({
  async find(id) {
    const row = await database.first(finding({ id }))
    return row === null ? null : { passkey: passkeyOf(row), user: wholeUser.read(row) }
  },
  async list(userId) {
    return (await database.all(listing({ userId }))).map(passkeyOf)
  },
  async add(answer, { userHandle, ...passkey }, most, audit, mails) {
    const { id, userId } = passkey
    const isAnswered = answeredBy(answer)
    try {
      const results = await database.batch([
        answering(answer),
        // Whoever has two tabs open has one handle in both, or the second passkey would be of nobody.
        statement(sql`UPDATE ${users} ${set(users, { userHandle })}
          WHERE ${users.id} = ${userId} AND ${users.userHandle} IS NULL AND ${isAnswered}`),
        statement(sql`${insertInto(credentials, { ...passkey, userId: users.id, kind: 'passkey' })}
          FROM ${users} WHERE ${users.id} = ${userId} AND ${users.disabledAt} IS NULL
            AND ${users.userHandle} = ${userHandle} AND ${isAnswered}
            AND (SELECT COUNT(*) FROM ${credentials} WHERE ${credentials.userId} = ${userId}
              AND ${credentials.kind} = 'passkey') < ${most}
          RETURNING 1`),
        auditIfChanged(audit),
        ...mailsIfNoted(mails),
      ])
      return results[2]?.length === 1 ? 'added' : 'refused'
    } catch (failure) {
      if (failure instanceof Conflict) return 'taken'
      // The outcome is unknown: only this answer brought this passkey.
      const row = await database.first(
        statement(
          sql`SELECT 1 FROM ${credentials} WHERE ${isPasskey(id, userId)} AND ${isAnswered}`,
        ),
      )
      if (row === null) throw failure
      return 'added'
    }
  },
  async rename(userId, id, name) {
    await database.all(
      statement(sql`UPDATE ${credentials} ${set(credentials, { name })}
        WHERE ${isPasskey(id, userId)}`),
    )
  },
  async remove(userId, id, audit, mails) {
    const results = await database.batch([
      statement(sql`DELETE FROM ${credentials} WHERE ${isPasskey(id, userId)} AND (
        ${hasPassword(userId)} OR ${hasAnotherLink({ userId })} OR ${hasPasskey(userId, id)})`),
      auditIfChanged(audit),
      ...mailsIfNoted(mails),
      // Whoever has a handle has a passkey. Whoever has just removed the last one is offered none.
      statement(sql`UPDATE ${users}
        ${set(users, { userHandle: null, passkeyDeclinedAt: audit.at })}
        WHERE ${users.id} = ${userId} AND ${users.userHandle} IS NOT NULL
          AND NOT ${hasPasskey(userId)}`),
      statement(sql`SELECT 1 FROM ${credentials} WHERE ${isPasskey(id, userId)}`),
    ])
    return results.at(-1)?.length === 0 ? 'removed' : 'last'
  },
  async decline(answer, userId) {
    const [answered] = await database.batch([
      answering(answer),
      statement(sql`UPDATE ${users} ${set(users, { passkeyDeclinedAt: answer.now })}
        WHERE ${users.id} = ${userId} AND ${answeredBy(answer)}`),
    ])
    return answered?.length === 1
  },
})

const isThere = (range: SQL): SQL => sql`EXISTS (SELECT 1 FROM ${credentials}
  WHERE ${credentials.kind} = 'passkey' AND ${range})`

/** Selects whether there is a passkey that was made for another name: by two ranges of the index. */
export const selectStranded = (rpId: string): Statement =>
  statement(sql`SELECT 1 WHERE ${isThere(sql`${credentials.rpId} < ${rpId}`)}
    OR ${isThere(sql`${credentials.rpId} > ${rpId}`)}`)

const answeredBy = ({ digest, operation }: Answer): SQL =>
  isAnsweredBy({ digest: sql`${digest}`, operation: sql`${operation}` })

const finding = prepared<{ id: string }>(
  ({ id }) => sql`SELECT ${selected.columns}, ${wholeUser.columns}
    FROM ${credentials} JOIN ${users} ON ${users.id} = ${credentials.userId}
    WHERE ${credentials.id} = ${id} AND ${credentials.kind} = 'passkey'`,
)

const listing = prepared<{ userId: number }>(
  ({ userId }) => sql`SELECT ${selected.columns} FROM ${credentials}
    WHERE ${credentials.userId} = ${userId} AND ${credentials.kind} = 'passkey'
    ORDER BY ${credentials.createdAt}, ${credentials.id}`,
)

/**
 * Answers a screen by a passkey: nothing in the batch of the sign-in happens if the passkey was removed
 * since it was read. Of sign-ins at once the highest counter stays.
 */
export const answeringByPasskey = (
  answer: Answer,
  { id, counter, isBackedUp }: PasskeyUse,
  userId: number,
): Statement[] => {
  const values = { ...answer, credentialId: id, counter, isBackedUp, userId }
  return [answeringBy(values), using(values)]
}

type UseValues = Answer & Omit<PasskeyUse, 'id'> & { credentialId: string; userId: number }

const answeringBy = prepared<UseValues>(
  ({ digest, expiresAt, operation, now, credentialId, userId }) => sql`
    ${insertInto(usedIdentifiers, { digest, expiresAt, operation })}
    FROM ${credentials} WHERE ${expiresAt} > ${now} AND ${credentials.id} = ${credentialId}
      AND ${credentials.userId} = ${userId} AND ${credentials.kind} = 'passkey'
    ON CONFLICT (digest) DO NOTHING RETURNING ${usedIdentifiers.digest}`,
)

const using = prepared<UseValues>(
  ({ digest, operation, now, credentialId, counter, isBackedUp }) => sql`
    UPDATE ${credentials} ${set(credentials, {
      counter: sql`MAX(${credentials.counter}, ${counter})`,
      isBackedUp,
      lastUsedAt: now,
    })} WHERE ${credentials.id} = ${credentialId} AND ${isAnsweredBy({ digest, operation })}`,
)
