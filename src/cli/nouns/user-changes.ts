// Creating and changing users.
import { Failure, misuse } from '../failure.ts'
import type { Input } from '../input.ts'
import { type JsonObject, numberOf } from '../json.ts'
import { withoutGaps } from '../standard-verbs.ts'
import { userIdOf, userParameter } from '../user-name.ts'
import type { Context, Verb } from '../verb.ts'

/** `postern users create` */
export const createUser: Verb = {
  name: 'create',
  summary: 'Creates a user. Without a password it prints a one-time link to set one.',
  example: '--username ada --email ada@example.com',
  options: [
    { flags: '--username <name>', summary: 'name to sign in with', required: true },
    { flags: '--email <address>', summary: 'e-mail address, which also signs in' },
    { flags: '--email-verified', summary: 'the address is already verified' },
    { flags: '--name <name>', summary: 'full name' },
    { flags: '--role <role>', summary: 'role; admin may use the console' },
    { flags: '--scope <scope>', summary: 'the most that they can grant to apps' },
    { flags: '--disabled', summary: 'create the account disabled' },
    { flags: '--password-stdin', summary: 'read the password from stdin' },
    { flags: '--no-link', summary: 'create no link to set a password' },
  ],
  run: async (context, input) => {
    const password = input.flag('password-stdin') ? await context.readStdin() : undefined
    const user = await send(context, input, password)
    const link = password === undefined && input.flag('link') ? await linkFor(context, user) : {}
    await context.output.object({ ...user, ...link }, { secret: 'link' })
  },
}

/** `postern users invite` */
export const inviteUser: Verb = {
  parameters: [{ name: 'email', summary: 'address of the person' }],
  name: 'invite',
  summary: 'Invites somebody to create an account, and prints the one-time link',
  example: 'ada@example.com --only link',
  options: [
    { flags: '--username <name>', summary: 'name to sign in with' },
    { flags: '--name <name>', summary: 'full name' },
    { flags: '--role <role>', summary: 'role; admin may use the console' },
    { flags: '--scope <scope>', summary: 'the most that they can grant to apps' },
    { flags: '--language <code>', summary: 'language of the mail', choices: ['en', 'de'] },
  ],
  run: async ({ api, output }, input) => {
    const names = ['username', 'name', 'role', 'scope', 'language'] as const
    const body = withoutGaps({
      email: input.parameter('email'),
      ...Object.fromEntries(names.map((name) => [name, input.text(name)])),
    })
    const invitation = await api.call('POST', { path: '/invitations', body })
    await output.object(invitation.body, { secret: 'link' })
  },
}

async function send(
  { api }: Context,
  input: Input,
  password: string | undefined,
): Promise<JsonObject> {
  const body = withoutGaps({
    username: input.text('username'),
    email: input.text('email'),
    email_verified: input.flag('email-verified') || undefined,
    name: input.text('name'),
    role: input.text('role'),
    scope: input.text('scope'),
    disabled: input.flag('disabled') || undefined,
    password,
  })
  return (await api.call('POST', { path: '/users', body })).body
}

/** Creates a link to set the password. If that fails, the user exists all the same. */
async function linkFor({ api, say }: Context, user: JsonObject): Promise<JsonObject> {
  try {
    const { body } = await api.call('POST', { path: `/users/${numberOf(user, 'id')}/reset` })
    return { link: body.link, link_expires_at: body.expires_at }
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.outcome === 'interrupted') throw cause
    say(`The user was created, but no link to set a password: ${cause.message}`)
    return {}
  }
}

const changeable = ['username', 'email', 'name', 'role', 'scope'] as const

/** `postern users update` */
export const updateUser: Verb = {
  parameters: [userParameter],
  name: 'update',
  summary: 'Changes a user. An empty text removes what was there.',
  example: "ada --role admin --name 'Ada Lovelace'",
  options: [
    { flags: '--username <name>', summary: 'name to sign in with' },
    { flags: '--email <address>', summary: 'e-mail address, which is not verified then' },
    { flags: '--name <name>', summary: 'full name' },
    { flags: '--role <role>', summary: 'role; admin may use the console' },
    { flags: '--scope <scope>', summary: 'the most that they can grant to apps' },
    { flags: '--password-stdin', summary: 'read a new password from stdin; ends all sessions' },
  ],
  run: async (context, input) => {
    const password = input.flag('password-stdin') ? await context.readStdin() : undefined
    const texts = changeable.map((name) => [name, input.text(name)])
    const body = withoutGaps({
      ...Object.fromEntries(texts.map(([name, text]) => [name, text === '' ? null : text])),
      password,
    })
    if (Object.keys(body).length === 0) throw misuse('say what to change')
    const id = await userIdOf(context.api, input.parameter('user'))
    await context.output.object(
      (await context.api.call('PATCH', { path: `/users/${id}`, body })).body,
    )
  },
}
