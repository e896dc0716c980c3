// `postern users`: accounts.
import type { Input } from '../input.ts'
import { actVerb, listVerb, showVerb, switchVerbs } from '../standard-verbs.ts'
import { type Column, stateColumn } from '../table.ts'
import { readInstant } from '../time.ts'
import { findUser, shownUser, userIdOf, userParameter } from '../user-name.ts'
import type { Context, Noun } from '../verb.ts'
import { grantColumns } from './grants.ts'
import { sessionColumns } from './sessions.ts'
import { createUser, inviteUser, updateUser } from './user-changes.ts'

const columns: readonly Column[] = [
  { member: 'id', whole: true },
  { member: 'username' },
  { member: 'email', heading: 'e-mail' },
  { member: 'name' },
  { member: 'role' },
  stateColumn,
  { member: 'last_signed_in_at', heading: 'last sign-in' },
  { member: 'created_at', heading: 'created' },
]

const ofUser =
  (below = '') =>
  async ({ api }: Context, input: Input): Promise<string> =>
    `/users/${await userIdOf(api, input.parameter('user'))}${below}`

const asking =
  (question: (user: string) => string) =>
  async ({ api }: Context, input: Input): Promise<string> =>
    question(shownUser(await findUser(api, input.parameter('user'))))

const one = { parameters: [userParameter] }

export const users: Noun = {
  name: 'users',
  summary: 'People and their accounts',
  verbs: [
    listVerb({
      summary: 'Lists users',
      example: '--q ada',
      filters: [
        { flags: '--q <prefix>', summary: 'how the username or e-mail address begins' },
        { flags: '--username <name>', summary: 'exactly this username' },
        { flags: '--email <address>', summary: 'exactly this e-mail address' },
        { flags: '--sub <sub>', summary: 'exactly this subject identifier' },
        { flags: '--external-id <id>', summary: 'the id in the system they were imported from' },
        { flags: '--import-id <id>', summary: 'created by this import' },
        { flags: '--role <role>', summary: 'with this role' },
        { flags: '--disabled', summary: 'only disabled users' },
        { flags: '--enabled', summary: 'only enabled users' },
        { flags: '--created-after <time>', summary: 'such as 2026-11-01, or 7d for a week ago' },
        { flags: '--created-before <time>', summary: 'the same' },
        { flags: '--not-signed-in-since <time>', summary: 'the same' },
      ],
      columns,
      path: () => '/users',
      query: (_context, input) => ({
        q: input.text('q'),
        username: input.text('username'),
        email: input.text('email'),
        sub: input.text('sub'),
        external_id: input.text('external-id'),
        import_id: input.text('import-id'),
        role: input.text('role'),
        disabled: input.flag('disabled') ? 'true' : input.flag('enabled') ? 'false' : undefined,
        created_after: input.read('created-after', readInstant),
        created_before: input.read('created-before', readInstant),
        not_signed_in_since: input.read('not-signed-in-since', readInstant),
      }),
    }),
    createUser,
    inviteUser,
    showVerb({ ...one, summary: 'Shows a user', example: 'ada', path: ofUser() }),
    updateUser,
    ...switchVerbs({
      ...one,
      disable: 'Disables a user, which ends their sessions and grants',
      enable: 'Enables a user again',
      example: 'ada',
      path: ofUser(),
    }),
    actVerb({
      ...one,
      name: 'delete',
      summary: 'Deletes a user with their sessions, grants and consents',
      example: 'ada --yes',
      method: 'DELETE',
      path: ofUser(),
      done: 'Deleted.',
      question: asking((user) => `Delete the user ${user}, with all sessions and grants?`),
    }),
    {
      ...one,
      name: 'reset',
      summary: 'Ends the password of a user and creates a one-time link to set a new one',
      example: 'ada --yes --only link',
      destructive: true,
      run: async (context, input) => {
        const question = asking((user) => `End the password, sessions and grants of ${user}?`)
        await context.confirm(await question(context, input))
        const path = await ofUser('/reset')(context, input)
        const { body } = await context.api.call('POST', { path })
        await context.output.object(body, { secret: 'link' })
      },
    },
    actVerb({
      ...one,
      name: 'unlock',
      summary: 'Clears the password tries of a user, who can try again at once',
      example: 'ada',
      method: 'POST',
      path: ofUser('/unlock'),
      done: 'Unlocked.',
    }),
    actVerb({
      ...one,
      name: 'remove-factors',
      summary: 'Removes the second factors of a user who has lost them',
      example: 'ada --yes',
      method: 'DELETE',
      path: ofUser('/second-factors'),
      done: 'Removed.',
      question: asking((user) => `Remove all second factors of ${user}?`),
    }),
    actVerb({
      ...one,
      name: 'sign-out',
      summary: 'Ends all sessions and grants of a user',
      example: 'ada --yes',
      method: 'POST',
      path: ofUser('/logout'),
      done: 'Signed out.',
      question: asking((user) => `End all sessions and grants of ${user}?`),
    }),
    listVerb({
      ...one,
      name: 'grants',
      summary: 'Lists the grants of a user',
      example: 'ada',
      columns: grantColumns,
      path: ofUser('/grants'),
    }),
    listVerb({
      ...one,
      name: 'sessions',
      summary: 'Lists the sessions of a user',
      example: 'ada',
      columns: sessionColumns,
      path: ofUser('/sessions'),
    }),
  ],
}
