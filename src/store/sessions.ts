// Browser sessions. A session, the screen it answers, the lines that live by it and the
// notices that its end owes are written in one batch each.
import type { SQL } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { ConsentQuery } from '../core/clients/storage.ts'
import type { NewSession, SessionStanding, SessionStore, User } from '../core/people/storage.ts'
import { once } from '../protocol/once.ts'
import { auditIfChanged, auditWhere } from './audit.ts'
import { isDone } from './changes.ts'
import type { Database } from './database.ts'
import { noticesTo } from './logout-notices.ts'
import { pageOf } from './page.ts'
import { endingOfReplaced } from './revocations.ts'
import { grants, resourceConsents } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { endings, endingsOfOthers, newPassword, renewal } from './session-changes.ts'
import { clearTries } from './sign-in-attempts.ts'
import {
  type Placeholders,
  type Row,
  type Statement,
  insertInto,
  number,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import { asProved, epochStart } from './standing.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'
import { answering, isAnsweredBy } from './used-identifiers.ts'
import { wholeUser } from './user-rows.ts'

export const openSessions = (database: Database): SessionStore => ({
  async begin(session, proof, audit) {
    const { passwordHash, updatedAt } = proof.user
    const [begun] = await database.batch([
      beginning({ ...session, passwordHash, updatedAt }),
      auditIfChanged(audit),
      ...clearTries(proof),
    ])
    return begun?.length === 1 ? 'begun' : 'refused'
  },
  async beginFor(answer, session, replaced, proof, audit, consentFor) {
    const { digest: answered, operation, now } = answer
    const { passwordHash, updatedAt } = proof.user
    const values = { ...session, passwordHash, updatedAt, answered, operation, now, replaced }
    const results = await database.batch([
      answering(answer),
      continuing(values),
      beginningFor(values),
      ...endingsOfReplaced(values),
      ...clearTries(proof),
      auditOfBeginning(audit, { digest: session.digest }),
      findStanding(session.digest, now, consentFor),
    ])
    const [row] = results.at(-1) ?? []
    return row === undefined ? null : standingOf(row)
  },
  async find(digest, now, consentFor) {
    const row = await database.first(findStanding(digest, now, consentFor))
    return row === null ? null : standingOf(row)
  },
  async touch(digest, now, idleExpiresAt) {
    await database.all(touching({ digest, now, idleExpiresAt }))
  },
  async listOfUser(userId, now, limit, cursor) {
    const query = sql`SELECT ${selectedSession.columns} FROM ${sessions}
      WHERE ${sessions.userId} = ${userId} AND ${isAlive(sql`${now}`)}
      ORDER BY ${sessions.lastSeenAt} DESC, ${sessions.id} LIMIT ${limit + 1} OFFSET ${cursor}`
    const rows = await database.all(statement(query))
    return pageOf(rows.map(selectedSession.read), limit, () => cursor + limit)
  },
  async end(sessionId, userId, audit) {
    await database.batch(endings(sessionId, userId, audit))
  },
  endOthers: (userId, renewed, audit) =>
    isDone(
      database.batch([
        ...renewal(userId, renewed),
        ...endingsOfOthers(userId, renewed.sessionId, audit),
      ]),
    ),
  changePassword: (proof, renewed, passwordHash, suspicion, audit) =>
    isDone(
      database.batch([
        ...renewal(proof.user.id, renewed),
        ...newPassword(proof, renewed.sessionId, passwordHash, audit),
        ...endingsOfOthers(proof.user.id, renewed.sessionId, audit),
        ...endingsOfSuspectLinks(proof.user.id, suspicion, audit),
      ]),
    ),
})

const selectedSession = selection({
  id: sessions.id,
  face: sessions.face,
  userId: sessions.userId,
  authTime: number(sql`COALESCE(${sessions.statedAuthTime}, ${sessions.authTime})`),
  amr: sessions.amr,
  userAgent: sessions.userAgent,
  createdAt: sessions.createdAt,
  lastSeenAt: sessions.lastSeenAt,
  idleExpiresAt: sessions.idleExpiresAt,
  absoluteExpiresAt: sessions.absoluteExpiresAt,
})

/** Whether a session counts. */
const isAlive = (now: SQL): SQL =>
  sql`${sessions.endedAt} IS NULL AND ${sessions.idleExpiresAt} > ${now}
    AND ${sessions.absoluteExpiresAt} > ${now}`

const touching = prepared<{ digest: string; now: number; idleExpiresAt: number }>(
  ({ digest, now, idleExpiresAt }) =>
    sql`UPDATE ${sessions} ${set(sessions, {
      lastSeenAt: now,
      idleExpiresAt: sql`MIN(${idleExpiresAt}, ${sessions.absoluteExpiresAt})`,
    })} WHERE ${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL`,
)

type Beginning = NewSession & Pick<User, 'passwordHash' | 'updatedAt'>

/** Inserts a session of a user who can still be taken for the one who was proved. */
const insertSession = (value: Placeholders<Beginning>): SQL =>
  sql`${insertInto(sessions, {
    id: value.id,
    digest: value.digest,
    face: value.face,
    userId: users.id,
    authTime: value.createdAt,
    statedAuthTime: value.authTime,
    amr: value.amr,
    userAgent: value.userAgent,
    createdAt: value.createdAt,
    lastSeenAt: value.lastSeenAt,
    idleExpiresAt: value.idleExpiresAt,
    absoluteExpiresAt: value.absoluteExpiresAt,
  })} FROM ${users} WHERE ${users.id} = ${value.userId} AND ${asProved(value)}`

const beginning = prepared<Beginning>(
  (value) => sql`${insertSession(value)} RETURNING ${sessions.id}`,
)

/** A session that answers a screen. */
type BeginningFor = Beginning & {
  /** The digest of the screen's id. */
  answered: string
  operation: string
  now: number
  /** The digest of the session that the browser has had until now. */
  replaced: string | null
}

const isAnswered = ({ answered, operation }: Placeholders<BeginningFor>): SQL =>
  isAnsweredBy({ digest: answered, operation })

/** The session that the browser has, if it is the same user's, goes on under its new secret. */
const continuing = prepared<BeginningFor>(
  (value) => sql`UPDATE ${sessions} ${set(sessions, {
    digest: value.digest,
    authTime: value.now,
    statedAuthTime: sql`MAX(${value.authTime},
      COALESCE(${sessions.statedAuthTime}, ${sessions.authTime}))`,
    amr: value.amr,
    lastSeenAt: value.now,
    idleExpiresAt: value.idleExpiresAt,
    absoluteExpiresAt: value.absoluteExpiresAt,
  })}
  WHERE ${sessions.digest} = ${value.replaced} AND ${sessions.userId} = ${value.userId}
    AND ${sessions.endedAt} IS NULL AND ${sessions.absoluteExpiresAt} > ${value.now}
    AND ${isAnswered(value)}
    AND EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${value.userId} AND ${asProved(value)})`,
)

const beginningFor = prepared<BeginningFor>(
  (value) =>
    sql`${insertSession(value)} AND ${isAnswered(value)} AND NOT ${hasBegun(value.digest)}`,
)

/** Whether the session with this digest, which only this operation knows, has begun. */
const hasBegun = (digest: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.digest} = ${digest})`

const auditOfBeginning = auditWhere<{ digest: string }>(({ digest }) => hasBegun(digest))

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

/** What still has the old digest is somebody else's, or over: it ends as at a sign-out. */
const endingsOfReplaced = (values: BeginningFor): Statement[] => {
  const { now, replaced, digest } = values
  return [
    noticesOfReplaced(values),
    ...endingOfReplaced({ now, reason: 'replaced', digest: replaced, successor: digest }),
    endOfReplaced(values),
  ]
}

/** A JSON array of what was asked for and stands. */
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

const consentsSchema = once(() => z.array(z.object({ resource: z.string(), scope: z.string() })))

const standingOf = (row: Row): SessionStanding => ({
  session: selectedSession.read(row),
  user: wholeUser.read(row),
  consents: consentsSchema().parse(JSON.parse(selectedConsents.read(row))),
})
