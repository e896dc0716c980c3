// The console: every screen, and every form that an administrator sends.
import { administrator } from '../../console/administrator.ts'
import { registerProvider } from '../../federation/providers.ts'
import { personClaims, scriptedSignIn } from '../../federation/sign-in.ts'
import { registerWebClient, signedIn, signInTo } from '../../openid/flow.ts'
import { beginImport, importRows, newRow } from '../../support/imports.ts'
import { mailSettings } from '../../support/mails.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerUser,
} from '../../support/registry.ts'
import type { Place, UserAgent } from '../../support/user-agent.ts'
import type { Job, Met, Outcome } from '../matrix/job.ts'
import { doneAgain } from './reasons.ts'

const face = 'page'
const environment = { ...mailSettings, SIGN_UP: 'invite' }
const basis = { face, environment } as const

type Make = () => Promise<string>

const unique = (): string => crypto.randomUUID()

const userId: Make = async () => String((await registerUser()).id)
const disabledUserId: Make = async () => {
  const user = await registerUser()
  await patchUser(user, { disabled: true })
  return String(user.id)
}
const clientId: Make = async () => (await registerClient()).client_id
const provider = () => ({ label: 'A provider', issuer: `http://127.0.0.1:9/${unique()}` })
const providerId: Make = async () => (await registerProvider(provider())).id
const importId: Make = async () => {
  const id = await beginImport()
  await importRows(id, [newRow()])
  return id
}
const idOf = async (path: string, body: object): Promise<string> =>
  (await (await admin('POST', path, body)).json<{ id: string }>()).id
const tokenId: Make = () => idOf('/tokens', { name: 'a test', scope: 'users' })
const registrationId: Make = () => idOf('/registration-tokens', { label: 'a test' })
const kid: Make = async () => {
  const { items } = await (await admin('GET', '/keys')).json<{ items: { kid: string }[] }>()
  return items[0]?.kid ?? ''
}

const pathOf = (pattern: string, id: string): string => `/admin${pattern}`.replace(/:\w+/, id)

/** A screen. */
const shows = (pattern: string, make: Make = async () => ''): Job => ({
  ...{ ...basis, name: 'the screen', route: `GET /admin${pattern}`, isOneOfMany: true },
  prepare: async (stage) => {
    const { agent } = await administrator('admin', stage.to)
    const path = pathOf(pattern, await make())
    return stage.request(() => agent.open(path))
  },
})

const again = {
  ...doneAgain,
  mail_actions: 'a newer link ends the one before',
  mails: 'one more mail',
  mail_counts: 'each mail counts',
}
/**
 * Whoever comes again after a word was lost is told that it is done, or that it is not there; but only if
 * something was written.
 */
const isDone = ({ status, location }: Outcome, { left }: Met): boolean =>
  Object.keys(left).length > 0 &&
  (status === 404 || status === 409 || status === 400 || (location?.startsWith('/admin') ?? false))

/** What a form already has in its text fields, as a browser sends it. */
const filled = ({ html }: Place): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input\b[^>]*>/g)]
      .map(([tag]) => tag)
      .filter((tag) => !/type="(hidden|checkbox|radio|search)"/.test(tag))
      .map((tag) => [/name="([^"]*)"/.exec(tag)?.[1], /value="([^"]*)"/.exec(tag)?.[1]] as const)
      .flatMap(([name, value]) => (name === undefined ? [] : [[name, value ?? '']])),
  )

/** The name that has to be typed where there is no undo. */
const toType = (place: Place): string =>
  /<bdi>([^<]+)<\/bdi>[^<]*<\/label>[^]{0,200}?name="typed"/.exec(place.html)?.[1] ?? ''

/** A form of a screen. */
const sends = (
  pattern: string,
  fields: Record<string, string> | (() => Record<string, string>) = {},
  make: Make = async () => '',
  open?: string,
): Job => ({
  ...{ ...basis, name: 'the form', route: `POST /admin${pattern}` },
  prepare: async (stage) => {
    const { agent } = await administrator('admin', stage.to)
    const path = pathOf(pattern, await make())
    const place = await agent.open(open === undefined ? path : path.replace(/\/[^/]+$/, open))
    const own = typeof fields === 'function' ? fields() : fields
    const sent = { ...filled(place), typed: toType(place), ...own }
    return stage.request(() => agent.submit(place, sent, { action: path }))
  },
  mayRemain: {
    ...again,
    providers: 'one that was made twice is seen in the list',
    imports: 'an undo that has begun goes on with the retry',
  },
  retried: { 'it was done already': isDone },
})

const valueIn = ({ html }: Place, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? ''

/** A button in a list of somebody's. */
const ends = (pattern: string, member: string, make: () => Promise<string>): Job => ({
  ...sends(pattern),
  prepare: async (stage) => {
    const { agent } = await administrator('admin', stage.to)
    const path = pathOf(pattern, await make())
    const place = await agent.open(path)
    const value = valueIn(place, member)
    return stage.request(() => agent.submit(place, { [member]: value }, { action: path }))
  },
})

async function person(): Promise<{ id: number; agent: UserAgent; client: string }> {
  const [user, client] = [await registerUser(), await registerWebClient()]
  const agent = await signedIn(user)
  await signInTo(agent, client, { scope: 'openid offline_access' })
  return { id: user.id, agent, client: client.client_id }
}

const linked = async (): Promise<string> => {
  const { id, agent } = await person()
  const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
  await guild.link(agent, personClaims(unique()))
  return String(id)
}

export const consoleScreenJobs: Job[] = [
  ...['', '/users', '/users/new', '/users/invite', '/clients', '/clients/new', '/events'].map(
    (pattern) => shows(pattern),
  ),
  ...['/events.csv', '/providers', '/providers/new', '/keys', '/keys/rotate', '/tokens'].map(
    (pattern) => shows(pattern),
  ),
  ...['/tokens/new', '/registration-tokens', '/registration-tokens/new', '/imports'].map(
    (pattern) => shows(pattern),
  ),
  shows('/settings'),
  ...['', '/edit', '/disable', '/reset', '/sign-out', '/delete', '/unlock'].map((end) =>
    shows(`/users/:id${end}`, userId),
  ),
  ...['/sessions', '/grants', '/links'].map((end) => shows(`/users/:id${end}`, linked)),
  shows('/users/:id/enable', disabledUserId),
  ...['', '/edit', '/secret', '/end', '/disable', '/delete'].map((end) =>
    shows(`/clients/:id${end}`, clientId),
  ),
  ...['/enable', '/end-previous'].map((end) => shows(`/clients/:id${end}`, clientId)),
  shows('/providers/:id/enable', providerId),
  shows('/clients/:id/grants', async () => (await person()).client),
  ...['', '/edit', '/disable', '/delete', '/check'].map((end) =>
    shows(`/providers/:id${end}`, providerId),
  ),
  shows('/keys/:kid/withdraw', kid),
  shows('/tokens/:id/delete', tokenId),
  shows('/registration-tokens/:id/delete', registrationId),
  ...['', '/finish', '/undo'].map((end) => shows(`/imports/:id${end}`, importId)),
]

const disabledClientId: Make = async () => {
  const client = await registerClient()
  await patchClient(client, { disabled: true })
  return client.client_id
}
const twoSecrets: Make = async () => {
  const id = await clientId()
  await admin('POST', `/clients/${id}/secret`)
  return id
}
const disabledProvider: Make = async () => {
  const id = await providerId()
  await admin('PATCH', `/providers/${id}`, { disabled: true })
  return id
}

const yes = { decision: 'yes' }

export const consoleFormJobs: Job[] = [
  sends('/users/new', () => ({ username: `u-${unique()}`, password: unique() })),
  sends('/users/invite', () => ({ email: `${unique()}@example.com` })),
  ...['/disable', '/reset', '/sign-out', '/unlock', '/delete'].map((end) =>
    sends(`/users/:id${end}`, yes, userId),
  ),
  sends('/users/:id/edit', () => ({ username: `u-${unique()}`, name: 'Ada' }), userId),
  sends('/users/:id/enable', yes, disabledUserId),
  ends('/users/:id/sessions', 'session', async () => String((await person()).id)),
  ends('/users/:id/grants', 'grant', async () => String((await person()).id)),
  ends('/users/:id/links', 'link', linked),
  sends('/clients/new', { kind: 'service', client_name: 'A service', scope: 'read' }),
  sends('/clients/:id/edit', { client_name: 'Another name' }, clientId),
  ...['/secret', '/end', '/disable', '/delete'].map((end) =>
    sends(`/clients/:id${end}`, yes, clientId),
  ),
  sends('/clients/:id/enable', yes, disabledClientId),
  sends('/clients/:id/end-previous', yes, twoSecrets),
  ends('/clients/:id/grants', 'grant', async () => (await person()).client),
  sends('/providers/:id/edit', { label: 'Another' }, providerId),
  ...['/disable', '/delete'].map((end) => sends(`/providers/:id${end}`, yes, providerId)),
  sends('/providers/:id/check', yes, async () => (await scriptedSignIn()).id),
  sends('/providers/:id/enable', yes, disabledProvider),
  sends('/keys/rotate', yes),
  sends('/keys/:kid/withdraw', yes, kid),
  sends('/providers/new', () => ({ ...provider(), id: unique(), client_id: 'portal' })),
  sends('/tokens/new', { name: 'a test', 'scope-users': 'on', lifetime: '90' }),
  sends('/tokens/:id/delete', yes, tokenId),
  sends('/registration-tokens/new', { label: 'a test', lifetime: '7' }),
  sends('/registration-tokens/:id/delete', yes, registrationId),
  sends('/imports/:id/finish', yes, importId),
  sends('/imports/:id/undo', yes, importId),
]
