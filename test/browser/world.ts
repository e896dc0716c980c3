// What run.ts has started, and Postern's operator: users and clients made by the admin interface,
// fresh each call, so that tests share nothing.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

export const world = {
  postern: named('POSTERN'),
  adminToken: named('ADMIN_TOKEN'),
  stateFolder: named('STATE_DIR'),
  spa: named('SPA'),
  chromium: named('CHROMIUM'),
  screenshots: named('SCREENSHOTS'),
  /** The instant after which no further test begins, in milliseconds. */
  deadline: Number(named('DEADLINE')),
}

function named(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: use npm run test:browser`)
  return value
}

export type Person = { id: number; username: string; password: string; name: string }
export type RegisteredClient = { id: string; redirectUri: string }

/** A request of the admin interface. @throws if it is refused */
export async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${world.postern}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${world.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

export async function registerPerson(facts: object = {}): Promise<Person> {
  const username = `user-${crypto.randomUUID()}`
  const sent = { username, email: `${username}@mail.example`, name: 'Ada Lovelace', ...facts }
  const password = `pass-${crypto.randomUUID()}`
  const answer = await admin('POST', '/users', { ...sent, password })
  const { id } = z.looseObject({ id: z.number() }).parse(answer)
  return { id, username: sent.username, password, name: sent.name }
}

/** A confidential client that is not trusted, but for `metadata`. */
export async function registerClient(
  redirectUri: string,
  metadata: object = {},
): Promise<RegisteredClient> {
  const answer = await admin('POST', '/clients', {
    client_name: 'Analytical Notes',
    redirect_uris: [redirectUri],
    ...metadata,
  })
  const { client_id: id } = z.looseObject({ client_id: z.string() }).parse(answer)
  return { id, redirectUri }
}

/** The address of an authorization request, with the code challenge of RFC 7636, appendix B. */
export function authorizeUrl(
  client: RegisteredClient,
  parameters: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'af0ifjsldkj',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...parameters,
  })
  return `${world.postern}/oauth2/authorize?${query}`
}

/** Lets the screen that waits at this address be open too long. */
export function ageScreen(address: string): void {
  const id = new URL(address).searchParams.get('interaction') ?? ''
  const digest = createHash('sha256').update(id).digest('base64url')
  const folder = join(world.stateFolder, 'v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const database = new DatabaseSync(join(folder, file ?? ''), { timeout: 5_000 })
  try {
    const age = database.prepare('UPDATE interactions SET expires_at = created_at WHERE digest = ?')
    if (age.run(digest).changes !== 1) throw new Error(`no screen waits at ${address}`)
  } finally {
    database.close()
  }
}
