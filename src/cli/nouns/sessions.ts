// `postern sessions`: where people are signed in.
import { actVerb, listVerb, pathOf } from '../standard-verbs.ts'
import type { Column } from '../table.ts'
import { userIdOf } from '../user-name.ts'
import type { Noun } from '../verb.ts'

export const sessionColumns: readonly Column[] = [
  { member: 'id', whole: true },
  { member: 'browser' },
  { member: 'place' },
  { member: 'face' },
  { member: 'amr', heading: 'by' },
  { member: 'auth_time', heading: 'signed in' },
  { member: 'last_used_at', heading: 'last used' },
  { member: 'expires_at', heading: 'expires' },
]

export const sessions: Noun = {
  name: 'sessions',
  summary: 'Sessions of users',
  verbs: [
    listVerb({
      summary: 'Lists the live sessions of a user',
      example: '--user ada',
      filters: [
        {
          flags: '--user <user>',
          summary: 'id, username, e-mail address or sub',
          required: true,
        },
      ],
      columns: sessionColumns,
      path: async ({ api }, input) =>
        `/users/${await userIdOf(api, input.text('user') ?? '')}/sessions`,
    }),
    actVerb({
      name: 'end',
      summary: 'Ends a session with the grants that live by it',
      example: 'SESSION_ID --yes',
      parameters: [{ name: 'session', summary: 'id of the session' }],
      method: 'DELETE',
      path: pathOf('/sessions', 'session'),
      done: 'Ended.',
      question: (_context, input) => `End the session ${input.parameter('session')}?`,
    }),
  ],
}
