// `postern tokens`: admin tokens for colleagues and scripts, beside ADMIN_TOKEN.
import { actVerb, listVerb, pathOf, withoutGaps } from '../standard-verbs.ts'
import { readDuration } from '../time.ts'
import type { Noun } from '../verb.ts'

export const tokens: Noun = {
  name: 'tokens',
  summary: 'Admin tokens of limited scope',
  verbs: [
    listVerb({
      summary: 'Lists the admin tokens, without ADMIN_TOKEN',
      example: '',
      columns: [
        { member: 'id', whole: true },
        { member: 'name' },
        { member: 'scope' },
        { member: 'created_at', heading: 'created' },
        { member: 'last_used_at', heading: 'last used' },
        { member: 'expires_at', heading: 'expires' },
      ],
      path: () => '/tokens',
    }),
    {
      name: 'create',
      summary: 'Creates an admin token, which is shown once',
      example: "--name ci --scope 'read clients' --expires-in 30d --only secret",
      options: [
        { flags: '--name <name>', summary: 'what it is for', required: true },
        {
          flags: '--scope <scope>',
          summary: 'some of: read users clients keys events settings tokens',
          required: true,
        },
        { flags: '--expires-in <duration>', summary: 'such as 30d or 12h (90d)' },
      ],
      run: async ({ api, output }, input) => {
        const body = withoutGaps({
          name: input.text('name'),
          scope: input.text('scope'),
          expires_in: input.read('expires-in', readDuration),
        })
        const answer = await api.call('POST', { path: '/tokens', body })
        await output.object(answer.body, { secret: 'token' })
      },
    },
    actVerb({
      name: 'delete',
      summary: 'Deletes an admin token, which ends at once',
      example: 'TOKEN_ID --yes',
      parameters: [{ name: 'token', summary: 'id of the token, not its text' }],
      method: 'DELETE',
      path: pathOf('/tokens', 'token'),
      done: 'Deleted.',
      question: (_context, input) => `Delete the admin token ${input.parameter('token')}?`,
    }),
  ],
}
