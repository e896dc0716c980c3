// D1 away, as clients meet it: what a server that has not served before answers from KV alone.
import { env } from 'cloudflare:workers'
import { codeFor, redeem, signedIn } from '../openid/flow.ts'
import { always, noFault, Server, type Environment, type Plan } from './faults.ts'
import { read } from './http.ts'
import { registerUser, type TestClient, type TestUser } from './registry.ts'
import { grantOf, type GrantTokens } from './tokens.ts'
import type { UserAgent } from './user-agent.ts'

/** The plan of an outage: every call of D1 fails. */
export const away: Plan = always('fails', 'DB')

/** A server that has not served before, and whose D1 is away. */
export function coldServer(settings: Environment = {}, plan: Plan = away): Server {
  const server = new Server(settings)
  server.plan(plan)
  return server
}

/** A server whose D1 answers, and that is asked to leave nothing undone before an outage. */
export const home = new Server()

/** Sends a request to `home` and waits for what the answer leaves behind. */
export async function atHome<Answer>(
  ask: (to: Server['fetch']) => Promise<Answer>,
): Promise<Answer> {
  home.plan(noFault)
  const answer = await ask(home.fetch)
  await home.settled()
  return answer
}

/** The signing keys and the waiting revocations are in KV then, too. */
export async function cron(): Promise<void> {
  home.plan(noFault)
  await home.cron()
  await home.settled()
}

/** Somebody with a browser that they have signed in with. */
export async function somebody(): Promise<{ user: TestUser; browser: UserAgent }> {
  const user = await registerUser()
  return { user, browser: await signedIn(user) }
}

export const offline = 'openid profile offline_access read'

/** A new grant, of which KV has heard. */
export const keptGrant = (
  client: TestClient,
  browser: UserAgent,
  extra: Record<string, string> = {},
): Promise<GrantTokens> =>
  atHome(async (to) =>
    grantOf(redeem(client, await codeFor(browser, client, { scope: offline, ...extra }), {}, to)),
  )

/** What KV has under a key. */
export const kept = (key: string): Promise<string | null> => env.KV.get(key)

/** Puts back what KV had under a key: a place that has not heard of the change. */
export const putBack = (key: string, value: string | null): Promise<void> =>
  value === null ? env.KV.delete(key) : env.KV.put(key, value)

export const unavailable = {
  status: 503,
  retryAfter: '2',
  body: {
    error: 'temporarily_unavailable',
    error_description: 'the server cannot answer now, try again',
  },
}

/** An answer with what tells when to come again. */
export const readAway = async (answer: Response | Promise<Response>) => {
  const response = await answer
  return { ...(await read(response)), retryAfter: response.headers.get('Retry-After') }
}
