// A step by itself: a stored user, their session, the scene of a page that waits, and what its form sends.
import type { AuthorizationServer } from '../../src/core/authorization-server.ts'
import { consentQuery } from '../../src/core/authorization/consent.ts'
import {
  type AuthorizationGoal,
  type Goal,
  pendingGoal,
} from '../../src/core/authorization/goal.ts'
import { answerTo, newScreen } from '../../src/core/authorization/screen.ts'
import type { Reply, Scene } from '../../src/core/authorization/steps/step.ts'
import { beginSession } from '../../src/core/people/browser-session.ts'
import type { HalfProof } from '../../src/core/people/half-proof.ts'
import { provedBy } from '../../src/core/people/sign-in.ts'
import type { NewUser, SessionStanding, User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { requestToCore, server } from './authorization-server.ts'
import { goalOf, signInClient } from './goals.ts'
import { run, storeUser } from './records.ts'
import { codeOfApp } from './totp.ts'

/** The server as every test of a step has it, but for what the test changes. */
export const plain = requestToCore()

/** A page of ours, which most of these steps lead to. */
export const page = { kind: 'page', path: '/account', confirms: false } as const satisfies Goal

/** The browser of all pages. */
export const browserSecret = randomSecret()

/** The server with other settings of one kind. */
export const withSettings = (
  kind: 'factors' | 'people' | 'mail',
  facts: object,
  as = plain,
): AuthorizationServer => {
  const { settings } = as
  return { ...as, settings: { ...settings, [kind]: { ...settings[kind], ...facts } } }
}

/** The server, where a provider owns the domain owned.example. */
export const owned: AuthorizationServer = {
  ...plain,
  providers: Object.assign(Object.create(plain.providers), {
    list: async () => [
      { id: 'a provider', configuration: { sign_in: true, domains: ['owned.example'] } },
    ],
  }),
}

/** Stores a new user, and sets columns that no port sets. */
export async function userWith(
  columns: Record<string, string | number | null> = {},
  facts: Partial<NewUser> = {},
): Promise<User> {
  const user = await storeUser(server.store.userAdministration, facts)
  for (const [column, value] of Object.entries(columns)) {
    await run(`UPDATE users SET ${column} = ?2 WHERE id = ?1`, user.id, value)
  }
  return storedUser(user)
}

/** Returns a user as they are stored now. */
export async function storedUser({ id }: Pick<User, 'id'>): Promise<User> {
  const user = await server.store.users.find(id)
  if (user === null) throw new Error('the user is not there')
  return user
}

type Facts = { goal?: Goal; done?: readonly string[]; half?: HalfProof }

/** The scene of a page that is shown to somebody. */
export async function sceneOf<Standing extends SessionStanding | null>(
  standing: Standing,
  { goal = page, done = [], half }: Facts = {},
): Promise<Scene<Standing>> {
  const sessionId = standing === null ? null : standing.session.id
  const kept = { done, sessionId, scope: [], half }
  const screen = await newScreen(plain, browserSecret, pendingGoal(goal, kept))
  return { goal, standing, done, screen, sessionId, half }
}

/** Signs a user in: the session as it is stored, and its secret. */
export async function sessionOf(
  user: User,
  amr: readonly string[] = ['pwd'],
): Promise<{ standing: SessionStanding; secret: string }> {
  const { screen } = await sceneOf(null)
  const answer = await answerTo(plain, screen)
  const begun = await beginSession(plain, answer, provedBy(user, amr), undefined)
  if (begun === null) throw new Error('the session did not begin')
  return begun
}

/** What a browser with a session sends by the form of a page. */
export const replyOf = (
  fields: Record<string, string>,
  session?: string,
  isStillAsked = true,
): Reply => ({
  form: new Map(Object.entries(fields)),
  language: 'en',
  browser: { secret: browserSecret, session, knownMark: undefined, rememberedMark: undefined },
  isStillAsked: async () => isStillAsked,
})

/** A request of a client to which a user has consented, and that consent. */
export async function consentedGoal(
  user: User,
): Promise<{ goal: AuthorizationGoal; consents: SessionStanding['consents'] }> {
  const goal = await goalOf(plain, signInClient())
  const { clientId } = consentQuery(goal)
  const insert = `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
    VALUES (?1, ?2, '', 'openid', 0)`
  await run(insert, user.id, clientId)
  return { goal, consents: [{ resource: '', scope: 'openid' }] }
}

/** The code of an app at the instant of `plain`, or some time steps later: however slow a test is. */
export function codeThen(app: string, steps = 0): string {
  const since = Math.floor(Date.now() / 30_000) - Math.floor(plain.now / 30)
  return codeOfApp(app, steps - since)
}
