// The note of when a user last signed in, as part of the batch of a sign-in.
import { signInNoteInterval } from '../core/people/last-sign-in.ts'
import type { User } from '../core/people/storage.ts'
import { users } from './schema/people.ts'
import { type Statement, prepared, set, sql } from './sql.ts'

/**
 * Notes a sign-in, if the last note is older than a day and the statement before it in the batch (the
 * audit row of the sign-in) changed a row. Of two sign-ins at once the first one writes. It leaves
 * `updated_at` alone, because nothing about the user has changed.
 */
export const noteOfSignIn = (
  { id, lastSignedInAt }: Pick<User, 'id' | 'lastSignedInAt'>,
  now: number,
): Statement[] => (now - lastSignedInAt < signInNoteInterval ? [] : [noting({ id, now })])

const noting = prepared<{ id: number; now: number }>(
  ({ id, now }) => sql`UPDATE ${users} ${set(users, { lastSignedInAt: now })}
    WHERE ${users.id} = ${id} AND changes() > 0
      AND ${users.lastSignedInAt} <= ${now} - ${signInNoteInterval}`,
)
