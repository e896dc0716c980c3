// Sessions: begun, found and ended. One batch begins a session, uses up the screen that it answers and
// ends the session that it replaces, with the grants of that session and the notices of its end.
import type { SQL } from 'drizzle-orm'
import type { ConsentQuery } from '../core/clients/storage.ts'
import type {
  NewSession,
  Session,
  SessionRenewal,
  SessionStanding,
  SessionStore,
  User,
} from '../core/people/storage.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { auditIfChanged, auditWhere } from './audit.ts'
import type { Database } from './database.ts'
import { decideWithLook } from './decision.ts'
import { noteOfSignIn } from './last-sign-in.ts'
import { noticesTo } from './logout-notices.ts'
import { answeringByPasskey } from './passkeys.ts'
import { endingOfReplaced } from './revocations.ts'
import { grants, resourceConsents } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { endings } from './session-changes.ts'
import { isAlive, selectedSession } from './session-rows.ts'
import { clearTries } from './sign-in-attempts.ts'
import {
  type Placeholders,
  type Row,
  type Statement,
  insertInto,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
} from './sql.ts'
import { asProved, epochStart } from './standing.ts'
import { answering, isAnsweredBy } from './used-identifiers.ts'
import { wholeUser } from './user-rows.ts'

/** Opens the sessions. */
export const openSessions = (database: Database): SessionStore => ({
  async begin(session, proof, audit) {
    const { passwordHash, updatedAt } = proof.user
    const [begun] = await database.batch([
      beginning({ ...session, passwordHash, updatedAt }),
      auditIfChanged(audit),
      ...noteOfSignIn(proof.user, session.createdAt),
      ...clearTries(proof),
    ])
    return begun?.length === 1 ? 'begun' : 'refused'
  },
  async beginFor(answer, session, replaced, proof, audit, consentFor) {
    const { digest: answered, operation, now } = answer
    const { passkey } = proof
    const { passwordHash, updatedAt } = proof.user
    const values = { ...session, passwordHash, updatedAt, answered, operation, now, replaced }
    const look = findStanding(session.digest, now, consentFor)
    // A lost word is no failure: the session, whose secret is new, is then looked for.
    const row = await decideWithLook(
      database,
      [],
      [
        ...(passkey === undefined
          ? [answering(answer)]
          : answeringByPasskey(answer, passkey, proof.user.id)),
        continuing(values),
        beginningFor(values),
        ...endingsOfReplaced(values),
        ...clearTries(proof),
        auditOfBeginning(audit, { digest: session.digest }),
        ...noteOfSignIn(proof.user, now),
      ],
      look,
    )
    return row === null ? null : standingOf(row)
  },
  async raise(raised, audit, consentFor) {
    const look = findStanding(raised.successorDigest, raised.now, consentFor)
    const row = await decideWithLook(database, [], [raising(raised), auditIfChanged(audit)], look)
    return row === null ? null : standingOf(row)
  },
  async find(digest, now, consentFor) {
    const row = await database.first(findStanding(digest, now, consentFor))
    return row === null ? null : standingOf(row)
  },
  async findOwner(sessionId, now) {
    const row = await database.first(ownerOf({ sessionId, now }))
    return row === null ? null : selectedOwner.read(row).userId
  },
  async touch(digest, now, idleExpiresAt) {
    await database.all(touching({ digest, now, idleExpiresAt }))
  },
  async end(sessionId, userId, audit) {
    await database.batch(endings(sessionId, userId, audit))
  },
})

// Of two answers at once, each with the old secret, the first one finds it.
const raising = prepared<SessionRenewal & Pick<Session, 'amr'> & { now: number }>(
  ({ sessionId, digest, successorDigest, amr, now }) =>
    sql`UPDATE ${sessions} ${set(sessions, {
      digest: successorDigest,
      amr,
      secondFactorAt: now,
    })} WHERE ${sessions.id} = ${sessionId} AND ${sessions.digest} = ${digest} AND ${isAlive(now)}`,
)

const selectedOwner = selection({ userId: sessions.userId })

const ownerOf = prepared<{ sessionId: string; now: number }>(
  ({ sessionId, now }) => sql`SELECT ${selectedOwner.columns} FROM ${sessions}
    WHERE ${sessions.id} = ${sessionId} AND ${isAlive(now)}`,
)

const touching = prepared<{ digest: string; now: number; idleExpiresAt: number }>(
  ({ digest, now, idleExpiresAt }) =>
    sql`UPDATE ${sessions} ${set(sessions, {
      lastSeenAt: now,
      idleExpiresAt: sql`MIN(${idleExpiresAt}, ${sessions.absoluteExpiresAt})`,
    })} WHERE ${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL`,
)

type Beginning = NewSession & Pick<User, 'passwordHash' | 'updatedAt'>

/** Whether what the user in `users` does at an instant counts: nothing so old was ended. */
const isLateEnough = (at: SQL): SQL => sql`MAX(${users.notBefore}, ${epochStart}) <= ${at}`

/**
 * Inserts a session if it counts, the user is enabled, and the password is still the one that was proved.
 */
const insertSession = (value: Placeholders<Beginning>): SQL =>
  sql`${insertInto(sessions, {
    id: value.id,
    digest: value.digest,
    face: value.face,
    userId: users.id,
    authTime: value.createdAt,
    statedAuthTime: value.authTime,
    amr: value.amr,
    secondFactorAt: value.secondFactorAt,
    userAgent: value.userAgent,
    place: value.place,
    createdAt: value.createdAt,
    lastSeenAt: value.lastSeenAt,
    idleExpiresAt: value.idleExpiresAt,
    absoluteExpiresAt: value.absoluteExpiresAt,
  })} FROM ${users} WHERE ${users.id} = ${value.userId} AND ${asProved(value)}
    AND ${isLateEnough(value.createdAt)}`

const beginning = prepared<Beginning>(
  (value) => sql`${insertSession(value)} RETURNING ${sessions.id}`,
)

/** A session that begins as the answer to a screen. */
type BeginningFor = Beginning & {
  /** The digest of the screen's id. */
  answered: string
  operation: string
  now: number
  /** The digest of the session that the browser had before. */
  replaced: string | null
}

const isAnswered = ({ answered, operation }: Placeholders<BeginningFor>): SQL =>
  isAnsweredBy({ digest: answered, operation })

/** Moves the browser's session to its new secret if it belongs to the same user. */
const continuing = prepared<BeginningFor>(
  (value) => sql`UPDATE ${sessions} ${set(sessions, {
    digest: value.digest,
    authTime: value.now,
    statedAuthTime: sql`MAX(${value.authTime},
      COALESCE(${sessions.statedAuthTime}, ${sessions.authTime}))`,
    amr: value.amr,
    secondFactorAt: value.secondFactorAt,
    userAgent: value.userAgent,
    place: value.place,
    lastSeenAt: value.now,
    idleExpiresAt: value.idleExpiresAt,
    absoluteExpiresAt: value.absoluteExpiresAt,
  })}
  WHERE ${sessions.digest} = ${value.replaced} AND ${sessions.userId} = ${value.userId}
    AND ${sessions.endedAt} IS NULL AND ${sessions.absoluteExpiresAt} > ${value.now}
    AND ${isAnswered(value)}
    AND EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${value.userId} AND ${asProved(value)}
      AND ${isLateEnough(value.now)})`,
)

const beginningFor = prepared<BeginningFor>(
  (value) =>
    sql`${insertSession(value)} AND ${isAnswered(value)} AND NOT ${hasBegun(value.digest)}`,
)

/** The condition that the session with this digest, which only this operation knows, has begun. */
const hasBegun = (digest: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.digest} = ${digest})`

// A session of the user that continues keeps its id.
const auditOfBeginning = auditWhere<{ digest: string }>(
  ({ digest }) => hasBegun(digest),
  ({ digest }) => ({
    sessionId: sql`(SELECT ${sessions.id} FROM ${sessions} WHERE ${sessions.digest} = ${digest})`,
  }),
)

const noticesOfReplaced = noticesTo<BeginningFor>(
  ({ replaced, userId, digest }) => sql`(${grants.userId}, ${grants.sessionId}) = (
      SELECT ${sessions.userId}, ${sessions.id} FROM ${sessions} WHERE ${isReplaced(replaced)})
    AND ${grants.userId} <> ${userId} AND ${hasBegun(digest)}`,
)

const endOfReplaced = prepared<BeginningFor>(
  ({ replaced, digest, now }) => sql`UPDATE ${sessions} ${set(sessions, { endedAt: now })}
    WHERE ${isReplaced(replaced)} AND ${hasBegun(digest)}`,
)

const isReplaced = (digest: SQL): SQL =>
  sql`${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL`

/** Ends the session that still has the old digest, as at a sign-out: it is another user's. */
const endingsOfReplaced = (values: BeginningFor): Statement[] => {
  const { now, replaced, digest } = values
  return [
    noticesOfReplaced(values),
    ...endingOfReplaced({ now, reason: 'replaced', digest: replaced, successor: digest }),
    endOfReplaced(values),
  ]
}

/** A JSON array of the stored ones of the consents that were asked for. */
const selectedConsents = selectedAs('consents', 'string')

const standing = prepared<{
  digest: string
  now: number
  clientId: string | null
  /** A JSON array. */
  resources: string
}>(
  ({ digest, now, clientId, resources }) => sql`
    SELECT ${selectedSession.columns}, ${wholeUser.columns},
      ${selectedConsents.column(sql`(
        SELECT json_group_array(json_object(
          'resource', ${resourceConsents.resource}, 'scope', ${resourceConsents.scope}))
        FROM ${resourceConsents}
        WHERE ${resourceConsents.userId} = ${sessions.userId}
          AND ${resourceConsents.clientId} = ${clientId}
          AND ${resourceConsents.resource} IN (SELECT value FROM json_each(${resources})))`)}
    FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId}
    WHERE ${sessions.digest} = ${digest} AND ${isAlive(now)} AND ${users.disabledAt} IS NULL
      AND ${sessions.authTime} >= ${users.notBefore} AND ${sessions.authTime} >= ${epochStart}`,
)

const findStanding = (
  digest: string,
  now: number,
  consentFor: ConsentQuery | undefined,
): Statement =>
  standing({
    digest,
    now,
    clientId: consentFor?.clientId ?? null,
    resources: JSON.stringify(consentFor?.resources ?? []),
  })

const consentsSchema = once(() => v.array(v.object({ resource: v.string(), scope: v.string() })))

const standingOf = (row: Row): SessionStanding => ({
  session: selectedSession.read(row),
  user: wholeUser.read(row),
  consents: v.parse(consentsSchema(), JSON.parse(selectedConsents.read(row))),
})
