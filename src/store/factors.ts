// Second factors: the secret of an authenticator app in the user's row, and recovery codes. What counts
// once is used up by one statement, which D1 runs alone: of many uses at once the first one succeeds.
import type { FactorStore } from '../core/people/factors/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { failUnless, isDone } from './changes.ts'
import type { Database } from './database.ts'
import { mailsIfNoted } from './mails.ts'
import { credentials } from './schema/factors.ts'
import { sessions, users } from './schema/people.ts'
import { renewal } from './session-changes.ts'
import { countTry, giveBackTry, readTries, tryOutcome } from './sign-in-attempts.ts'
import { type Statement, insertInto, prepared, selection, set, sql, statement } from './sql.ts'

const selected = selection({
  id: credentials.id,
  kind: credentials.kind,
  createdAt: credentials.createdAt,
})

/** Opens the second factors. */
export const openFactors = (database: Database): FactorStore => ({
  async countTry(guess, now, limits) {
    const [counted = [], tried = []] = await database.batch([
      countTry(guess, now, limits),
      readTries(guess, now, limits),
    ])
    return tryOutcome(guess, limits, counted, tried)
  },
  async useTotp({ bucket, ...use }) {
    const [used] = await database.batch([usingTotp(use), giveBackTry(bucket)])
    return used?.length === 1
  },
  async useRecoveryCode({ userId, digests, bucket }, audit) {
    const [used] = await database.batch([
      usingRecovery({ userId, digests: JSON.stringify(digests) }),
      auditIfChanged(audit),
      giveBackTry(bucket),
    ])
    return used?.length === 1
  },
  async find(userId) {
    const rows = (await database.all(ofUser({ userId }))).map(selected.read)
    const codes = rows.filter(({ kind }) => kind === 'recovery')
    return {
      passkeys: rows.length - codes.length,
      recoveryCodes: codes.map(({ id }) => id),
      recoveryCodesCreatedAt: codes[0]?.createdAt ?? 0,
    }
  },
  addTotp(userId, { renewal: renewed, sealedTotp, step, amr }, audit, mails) {
    const hasNone = sql`${users.sealedTotp} IS NULL AND ${users.disabledAt} IS NULL`
    return isDone(
      database.batch([
        failUnless(users, sql`${users.id} = ${userId}`, hasNone),
        ...renewal(userId, renewed),
        statement(
          sql`UPDATE ${users} ${set(users, {
            sealedTotp,
            totpLastStep: sql`MAX(${users.totpLastStep}, ${step})`,
          })} WHERE ${users.id} = ${userId}`,
        ),
        statement(sql`UPDATE ${sessions} ${set(sessions, { amr, secondFactorAt: audit.at })}
          WHERE ${sessions.id} = ${renewed.sessionId}`),
        auditStatement(audit),
        ...mailsIfNoted(mails),
      ]),
    )
  },
  // With the recovery codes; the event is noted if there was a secret.
  async removeTotp(userId, audit, mails) {
    await database.batch([
      statement(sql`UPDATE ${users} ${set(users, { sealedTotp: null })}
        WHERE ${users.id} = ${userId} AND ${users.sealedTotp} IS NOT NULL`),
      auditIfChanged(audit),
      ...mailsIfNoted(mails),
      removalOfCodes(userId),
    ])
  },
  replaceRecoveryCodes(userId, { digests, replaced }, audit, mails) {
    const isAsSeen = sql`${users.disabledAt} IS NULL AND ${replaced} = COALESCE((
      SELECT MAX(${credentials.createdAt}) FROM ${credentials} WHERE ${isRecovery(userId)}), 0)`
    return isDone(
      database.batch([
        failUnless(users, sql`${users.id} = ${userId}`, isAsSeen),
        removalOfCodes(userId),
        statement(
          sql`${insertInto(credentials, {
            id: sql`value`,
            userId: users.id,
            kind: 'recovery',
            createdAt: audit.at,
          })} FROM ${users}, json_each(${JSON.stringify(digests)}) WHERE ${users.id} = ${userId}`,
        ),
        auditStatement(audit),
        ...mailsIfNoted(mails),
      ]),
    )
  },
})

const ofUser = prepared<{ userId: number }>(
  ({ userId }) => sql`SELECT ${selected.columns} FROM ${credentials}
    WHERE ${credentials.userId} = ${userId}`,
)

// Sealing the secret under another key changes the text: a code that arrives at that moment is refused.
const usingTotp = prepared<{ userId: number; sealedTotp: string; step: number }>(
  ({ userId, sealedTotp, step }) => sql`UPDATE ${users} ${set(users, { totpLastStep: step })}
    WHERE ${users.id} = ${userId} AND ${users.sealedTotp} = ${sealedTotp}
      AND ${users.totpLastStep} < ${step} AND ${users.disabledAt} IS NULL
    RETURNING 1`,
)

const usingRecovery = prepared<{ userId: number; digests: string }>(
  ({ userId, digests }) => sql`DELETE FROM ${credentials}
    WHERE ${credentials.id} IN (SELECT value FROM json_each(${digests}))
      AND ${credentials.userId} = ${userId} AND ${credentials.kind} = 'recovery'
    RETURNING 1`,
)

const isRecovery = (userId: number) =>
  sql`${credentials.userId} = ${userId} AND ${credentials.kind} = 'recovery'`

const removalOfCodes = (userId: number): Statement =>
  statement(sql`DELETE FROM ${credentials} WHERE ${isRecovery(userId)}`)
