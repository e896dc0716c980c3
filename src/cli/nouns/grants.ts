// `postern grants`: what apps may do for people.
import { misuse } from '../failure.ts'
import { textOf } from '../json.ts'
import { actVerb, listVerb, pathOf, segment } from '../standard-verbs.ts'
import type { Column } from '../table.ts'
import { userIdOf } from '../user-name.ts'
import type { Noun } from '../verb.ts'

export const grantColumns: readonly Column[] = [
  { member: 'id', whole: true },
  { member: 'username', heading: 'user' },
  {
    member: 'client_name',
    heading: 'client',
    show: (grant) => textOf(grant, 'client_name') ?? textOf(grant, 'client_id') ?? '',
  },
  { member: 'scope' },
  { member: 'browser' },
  { member: 'last_used_at', heading: 'last used' },
  { member: 'expires_at', heading: 'expires' },
]

export const grants: Noun = {
  name: 'grants',
  summary: 'What users have granted to clients',
  verbs: [
    listVerb({
      summary: 'Lists the live grants of a user or of a client',
      example: '--user ada',
      filters: [
        { flags: '--user <user>', summary: 'id, username, e-mail address or sub' },
        { flags: '--client <client-id>', summary: 'client_id' },
      ],
      columns: grantColumns,
      path: async ({ api }, input) => {
        const user = input.text('user')
        const client = input.text('client')
        if ((user === undefined) === (client === undefined)) {
          throw misuse('name either --user or --client')
        }
        return user === undefined
          ? `/clients/${segment(client ?? '')}/grants`
          : `/users/${await userIdOf(api, user)}/grants`
      },
    }),
    actVerb({
      name: 'end',
      summary: 'Ends a grant with its tokens',
      example: 'GRANT_ID --yes',
      parameters: [{ name: 'grant', summary: 'id of the grant' }],
      method: 'DELETE',
      path: pathOf('/grants', 'grant'),
      done: 'Ended.',
      question: (_context, input) => `End the grant ${input.parameter('grant')}?`,
    }),
  ],
}
