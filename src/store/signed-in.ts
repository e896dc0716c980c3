// Whether a user has ever signed in here, and whether an import may still say how they do.
import type { SQL } from 'drizzle-orm'
import { grants } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import { sql } from './sql.ts'

/**
 * Whether the user in `users` has a session or a grant, or had one: cron deletes those when they have
 * expired, and the audit log remembers longer.
 */
export const hasSignedIn: SQL = sql`(${users.lastSignedInAt} > 0
  OR EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.userId} = ${users.id})
  OR EXISTS (SELECT 1 FROM ${grants} WHERE ${grants.userId} = ${users.id})
  OR EXISTS (SELECT 1 FROM ${auditEvents} WHERE ${auditEvents.userId} = ${users.id}
    AND ${auditEvents.kind} IN ('user.signed-in', 'token.password-granted', 'assertion.redeemed')))`

/**
 * Whether the user in `users` has signed in, or was reset: whoever follows the link has a password of
 * their own, and until then the old one must not come back, which may be the reason for the reset.
 */
export const hasOwnPassword: SQL = sql`(${hasSignedIn}
  OR EXISTS (SELECT 1 FROM ${auditEvents} WHERE ${auditEvents.userId} = ${users.id}
    AND ${auditEvents.kind} IN ('user.password-reset-started', 'user.password-reset')))`
