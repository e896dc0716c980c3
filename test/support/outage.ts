// D1 away, as clients meet it: what a server that has not served before answers from KV alone.
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { z } from 'zod'
import { openRecord, putRecord } from '../../src/core/server/outage-records.ts'
import { openOutageRecords } from '../../src/store/outage-records.ts'
import { codeFor, redeem, signedIn } from '../openid/flow.ts'
import { always, noFault, Server, type Environment, type Plan } from './faults.ts'
import { read } from './http.ts'
import { registerUser, type TestClient, type TestUser } from './registry.ts'
import { testKeys } from './settings.ts'
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

const keeper = { keys: testKeys(), store: { outageRecords: openOutageRecords(env.KV) } }

/** The record that KV has under a key, opened. */
export const openedRecord = async (key: string): Promise<Record<string, unknown>> =>
  z
    .record(z.string(), z.unknown())
    .parse(JSON.parse((await openRecord(keeper, key, await kept(key))) ?? ''))

/** By the key in KV: the members of a record that differ, the text of a list, or null for nothing. */
export type KeptChanges = Record<string, object | string | null>

/** Asks while KV has something else than what was put. */
export async function whileKept<Answer>(
  changes: KeptChanges,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const before = await Promise.all(
    Object.keys(changes).map(async (key) => ({ key, text: await kept(key) })),
  )
  for (const [key, change] of Object.entries(changes)) {
    if (change === null || typeof change === 'string') await putBack(key, change)
    else await putRecord(keeper, key, { ...(await openedRecord(key)), ...change }, 600)
  }
  try {
    return await ask()
  } finally {
    for (const { key, text } of before) await putBack(key, text)
  }
}

/** The answer and what the log says of its cause. */
export async function withCause(
  answer: () => Promise<Response>,
): Promise<{ status: number; cause: unknown }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const { status } = await answer()
    const lines = log.mock.calls.map(([line]) => Object(JSON.parse(String(line))))
    return { status, cause: lines.find(({ event }) => event === 'request failed')?.cause }
  } finally {
    log.mockRestore()
  }
}

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
