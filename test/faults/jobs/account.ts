// The pages of a person's own account, the way out, and devices.
import { env } from 'cloudflare:workers'
import { codesFor, enterCode, registerDevice } from '../../openid/device-flow.ts'
import { registerWebClient, signInTo } from '../../openid/flow.ts'
import { send } from '../../account/pages.ts'
import { ceremonyOf, postPasskey } from '../../support/passkeys.ts'
import { registerUser, type TestUser } from '../../support/registry.ts'
import { SoftPasskey } from '../../support/soft-passkey.ts'
import { codeOfApp } from '../../support/totp.ts'
import type { Place, UserAgent } from '../../support/user-agent.ts'
import type { Job, Outcome } from '../matrix/job.ts'
import { broken } from '../matrix/outcome.ts'
import { countedTry, doneAgain, refusalWithoutEvent, sentAgain } from './reasons.ts'

const face = 'page'

type Person = { user: TestUser; agent: UserAgent }

/** A job of somebody who is signed in. */
const own = (
  route: string,
  name: string,
  act: (person: Person) => Promise<() => Promise<Place>>,
  more: Partial<Job> = {},
): Job => ({
  ...{ route, name, face, ...more },
  prepare: async (stage) => {
    const user = await registerUser()
    const act_ = await act({ user, agent: await stage.signedIn(user) })
    return stage.request(act_)
  },
})

const shows = (path: string): Job =>
  own(
    `GET ${path}`,
    'the page',
    async ({ agent }) =>
      () =>
        agent.open(path),
  )

/** Posts the form of a page to an action. */
const posts = (
  page: string,
  action: string,
  fields: (person: Person, place: Place) => Record<string, string>,
  more: Partial<Job> = {},
): Job =>
  own(
    `POST ${action}`,
    'the form',
    async (person) => {
      const place = await person.agent.open(page)
      const sent = fields(person, place)
      return () => person.agent.submit(place, sent, { action })
    },
    more,
  )

const shownValue = ({ html }: Place, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? ''

const isSignInPage = ({ location }: Outcome): boolean => location === '/login?screen'
/** The session is gone, and so there is nothing to end: its cookie is worth nothing. */
const isOver = ({ status, cookies }: Outcome): boolean => status < 400 && cookies.length === 0
const over = { 'the session has ended': isOver }

/** The session has another secret, of which nobody was told: the person signs in anew. */
const renewed = { 'it was done, and the session renewed': isSignInPage }

/** The key that a page shows, as a person types it into their app. */
const keyOn = ({ html }: Place): string =>
  (/<code>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1] ?? '').replaceAll(' ', '')

const pages: Job[] = [
  '/account',
  '/account/password',
  '/account/profile',
  '/account/language',
  '/account/data',
  '/account/passkeys',
  '/account/totp',
  '/account/recovery-codes',
  '/account/delete',
  '/device',
  '/',
].map(shows)

const forms: Job[] = [
  own('POST /account/sessions', 'ends another session', async ({ user, agent }) => {
    const other = agent.copy()
    other.cookies.clear()
    const login = await other.open('/')
    await other.submit(
      login,
      { username: user.username, password: user.password },
      { action: '/login' },
    )
    const place = await agent.open('/account')
    // Both began at the same instant, so that either may be the first in the list.
    const latest = 'SELECT id FROM sessions WHERE user_id = ? ORDER BY rowid DESC LIMIT 1'
    const session = (await env.DB.prepare(latest).bind(user.id).first<string>('id')) ?? ''
    return () => agent.submit(place, { session }, { action: '/account/sessions' })
  }),
  own('POST /account/access', 'ends the access of an app', async ({ agent }) => {
    await signInTo(agent, await registerWebClient(), { scope: 'openid offline_access' })
    const place = await agent.open('/account')
    const grant = shownValue(place, 'grant')
    return () => agent.submit(place, { grant }, { action: '/account/access' })
  }),
  posts('/account', '/account/everywhere', () => ({}), {
    retried: { 'all sessions have ended, this one too': isSignInPage },
  }),
  posts(
    '/account/password',
    '/account/password',
    ({ user }) => ({ current_password: user.password, new_password: 'another password of mine' }),
    { mayRemain: { ...countedTry, ...sentAgain, ...doneAgain }, retried: renewed },
  ),
  {
    ...posts(
      '/account/password',
      '/account/password',
      () => ({ current_password: 'not it', new_password: 'another password of mine' }),
      { mayRemain: countedTry, mayLack: refusalWithoutEvent, isRefused: true },
    ),
    name: 'with a wrong password',
  },
  posts('/account/profile', '/account/profile', () => ({ name: 'Ada Lovelace' }), {
    mayRemain: doneAgain,
  }),
  {
    ...posts(
      '/account/profile',
      '/account/username',
      () => ({ username: `ada-${crypto.randomUUID()}` }),
      { mayRemain: doneAgain },
    ),
    environment: { SIGN_UP_USERNAME: 'true' },
  },
  posts('/account/language', '/account/language', () => ({ locale: 'de' }), {
    mayRemain: doneAgain,
  }),
  posts('/account/data', '/account/data', () => ({}), {
    mayRemain: { ...doneAgain, sign_in_attempts: 'the row of one that failed counts no longer' },
    alsoRight: { 'a browser sees that a file broke off': ({ text }) => text === broken },
    retried: {
      'D1 was away, so that nobody could say that it broke off: it counts for a minute': (
        { status },
        { fault },
      ) => status === 429 && fault === 'fails, and D1 from there on',
    },
  }),
  posts('/account/delete', '/account/delete', ({ user }) => ({ password: user.password }), {
    mayRemain: { ...countedTry, ...doneAgain, ...sentAgain },
    retried: { 'the account is about to go, and its sessions have ended': isSignInPage },
  }),
  posts('/account/totp', '/account/totp', (_person, place) => ({ code: codeOfApp(keyOn(place)) }), {
    mayRemain: { ...doneAgain, ...countedTry },
    retried: renewed,
  }),
  own(
    'POST /account/recovery-codes',
    'makes new ones',
    async ({ agent }) => {
      const app = await agent.open('/account/totp')
      await agent.submit(app, { code: codeOfApp(keyOn(app)) }, { action: '/account/totp' })
      const place = await agent.open('/account/recovery-codes')
      return () => agent.submit(place, {}, { action: '/account/recovery-codes' })
    },
    {
      mayRemain: { ...doneAgain, credentials: 'newer codes end the ones before' },
      // Codes that were made and never shown: the person asks for others on that page.
      retried: { 'they were made': ({ location }) => location?.includes('done=other') === true },
    },
  ),
  own('POST /account/passkeys', 'adds a passkey', async ({ agent }) => {
    const place = await agent.open('/account/passkeys')
    const ceremony = ceremonyOf(place)
    const passkey = await SoftPasskey.make()
    passkey.userHandle = ceremony.options.user?.id
    const answer = await passkey.register(ceremony)
    return () => postPasskey(agent, place, answer)
  }),
]

const leaving: Job[] = [
  own(
    'POST /sign-out',
    'at our own page',
    async ({ agent }) => {
      const place = await agent.open('/')
      return () => agent.submit(place, {}, { action: '/sign-out' })
    },
    { retried: over },
  ),
  own(
    'GET /oauth2/logout',
    'with the hint of an app',
    async ({ agent }) => {
      const goodbye = 'https://client.example/goodbye'
      const client = await registerWebClient({ post_logout_redirect_uris: [goodbye] })
      const { id_token: id_token_hint = '' } = await signInTo(agent, client)
      const query = new URLSearchParams({ id_token_hint, post_logout_redirect_uri: goodbye })
      return () => agent.open(`/oauth2/logout?${query}`)
    },
    { retried: over },
  ),
  own(
    'POST /oauth2/logout',
    'as a form',
    async ({ agent }) => {
      const goodbye = 'https://client.example/goodbye'
      const client = await registerWebClient({ post_logout_redirect_uris: [goodbye] })
      const { id_token: id_token_hint = '' } = await signInTo(agent, client)
      return () =>
        agent.post('/oauth2/logout', { id_token_hint, post_logout_redirect_uri: goodbye })
    },
    { retried: over },
  ),
  own(
    'GET /oauth2/logout',
    'asks',
    async ({ agent }) =>
      () =>
        agent.open('/oauth2/logout'),
  ),
  own(
    'POST /logout',
    'confirms',
    async ({ agent }) => {
      const place = await agent.open('/oauth2/logout')
      return () => agent.submit(place, {}, { action: '/logout' })
    },
    { retried: over },
  ),
  own('GET /restore', 'somebody who left signs in', async ({ user, agent }) => {
    await send(agent, '/account/delete', { password: user.password })
    const login = await agent.open('/')
    const place = await agent.submit(
      login,
      { username: user.username, password: user.password },
      { action: '/login' },
    )
    return () => agent.open(place.path)
  }),
  own(
    'POST /restore',
    'and stays',
    async ({ user, agent }) => {
      await send(agent, '/account/delete', { password: user.password })
      const login = await agent.open('/')
      const place = await agent.submit(
        login,
        { username: user.username, password: user.password },
        { action: '/login' },
      )
      return () => agent.submit(place, { decision: 'allow' })
    },
    { mayRemain: { ...doneAgain, sessions: 'a session whose cookie was never told is nobody’s' } },
  ),
]

const devices: Job[] = [
  own(
    'POST /device',
    'types the code',
    async ({ agent }) => {
      const { user_code } = await codesFor(await registerDevice())
      const place = await agent.open('/device')
      return () => agent.submit(place, { user_code }, { action: '/device' })
    },
    { mayRemain: countedTry },
  ),
  ...(['allow', 'deny'] as const).map((decision) =>
    own(
      'POST /device/decision',
      decision,
      async ({ agent }) => {
        const { user_code } = await codesFor(await registerDevice())
        const asked = await enterCode(agent, user_code)
        return () => agent.submit(asked, { decision }, { action: '/device/decision' })
      },
      { mayRemain: doneAgain },
    ),
  ),
]

export const accountJobs: Job[] = [...pages, ...forms, ...leaving, ...devices]
