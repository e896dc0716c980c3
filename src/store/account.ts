// What somebody who is signed in does with all of their own account.
import type { AccountStore } from '../core/people/storage.ts'
import { isDone } from './changes.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { endingsOfOthers, newPassword, renewal } from './session-changes.ts'
import { selectedSession, sessionsOfUser } from './session-rows.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'

/** Opens what somebody who is signed in does with their own account. */
export const openAccount = (database: Database): AccountStore => ({
  async listSessions(userId, now, limit, cursor) {
    const rows = await database.all(sessionsOfUser(userId, now, limit, cursor))
    return pageOf(rows.map(selectedSession.read), limit, () => cursor + limit)
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
