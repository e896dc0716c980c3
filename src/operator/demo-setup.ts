// Creates the demo users and clients through the admin interface, as an operator would.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientCredentials } from '../dialects/demo.ts'
import { dialects } from '../dialects/dialects.ts'
import type { DemoCredentials } from './demo-credentials.ts'
import { demoClients, demoUsers } from './demo.ts'
import { send, type ListenAddress, type OwnAnswer } from './listen-address.ts'
import { Refusal } from './refusal.ts'

/** The address of the admin interface, and its token. */
type AdminDoor = { address: ListenAddress; adminToken: string }

/** The clients with random identifiers, by the name of their dialect. */
export type DrawnClients = ReadonlyMap<string, ClientCredentials>

/** Creates every demo user and client that does not exist yet. @throws Refusal */
export async function setUpDemo(door: AdminDoor, demo: DemoCredentials): Promise<void> {
  for (const user of demoUsers(demo)) await create(door, '/users', user)
  for (const client of demoClients(demo)) await create(door, '/clients', client)
}

/**
 * Sets the credentials of all demo users and clients. Everything that was granted with the old ones
 * ends.
 * @throws Refusal
 */
export async function replaceCredentials(door: AdminDoor, demo: DemoCredentials): Promise<void> {
  for (const user of demoUsers(demo)) {
    if ((await create(door, '/users', user)) !== null) continue
    const { username, email, password } = user
    for (const id of await idsOfUser(door, [username, email])) {
      await expect(200, door, 'PATCH', `/users/${id}`, { password })
    }
  }
  for (const client of demoClients(demo)) {
    if (client.client_secret === undefined) continue
    await call(door, 'DELETE', `/clients/${client.client_id}`)
    await expect(201, door, 'POST', '/clients', client)
  }
}

/** Creates each client that gets a new identifier and secret at each boot. @throws Refusal */
export async function replaceDrawnClients(
  door: AdminDoor,
  stateFolder: string,
): Promise<DrawnClients> {
  const drawn = new Map<string, ClientCredentials>()
  for (const { name, demo } of dialects) {
    if (demo.drawnClient === null) continue
    const record = join(stateFolder, `${name}-client`)
    drawn.set(name, await replaceDrawnClient(door, demo.drawnClient, record))
  }
  return drawn
}

/** Creates the client and deletes the one of the previous boot, whose identifier is in `record`. */
async function replaceDrawnClient(
  door: AdminDoor,
  client: object,
  record: string,
): Promise<ClientCredentials> {
  const created = await expect(201, door, 'POST', '/clients', client)
  const pair = readPair(JSON.parse(created.text))
  if (pair === null) throw new Refusal('The admin interface created a client without a secret')
  if (existsSync(record)) {
    const last = readFileSync(record, 'utf8')
    await call(door, 'DELETE', `/clients/${encodeURIComponent(last)}`)
  }
  writeFileSync(record, pair.id)
  return pair
}

// From the second boot on, the usual response is 409.
async function create(door: AdminDoor, path: string, body: object): Promise<OwnAnswer | null> {
  const answer = await call(door, 'POST', path, body)
  return answer.status === 409 ? null : expected(201, `POST ${path}`, answer)
}

// An operator may have renamed a demo user, but hardly changed the address as well.
async function idsOfUser(door: AdminDoor, names: string[]): Promise<number[]> {
  const ids: number[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const path: string = `/users?limit=100&cursor=${encodeURIComponent(cursor)}`
    const page = readPage(JSON.parse((await expect(200, door, 'GET', path)).text))
    for (const { id, username, email } of page.items) {
      if (names.includes(username) || names.includes(email)) ids.push(id)
    }
    cursor = page.nextCursor
  }
  return ids
}

type ListedUser = { id: number; username: string; email: string }

function readPage(body: unknown): { items: ListedUser[]; nextCursor: string | null } {
  const { items, next_cursor: nextCursor } = membersOf(body)
  if (!Array.isArray(items)) throw new Refusal('The admin interface listed no users')
  return {
    items: items.map((item) => {
      const { id, username, email } = membersOf(item)
      return { id: Number(id), username: String(username), email: String(email) }
    }),
    nextCursor: typeof nextCursor === 'string' ? nextCursor : null,
  }
}

async function expect(
  status: number,
  door: AdminDoor,
  method: string,
  path: string,
  body?: object,
): Promise<OwnAnswer> {
  return expected(status, `${method} ${path}`, await call(door, method, path, body))
}

function expected(status: number, what: string, answer: OwnAnswer): OwnAnswer {
  if (answer.status === status) return answer
  throw new Refusal(`The demo could not be set up: ${what} ${answer.status} ${answer.text}`)
}

const call = (
  { address, adminToken }: AdminDoor,
  method: string,
  path: string,
  body?: object,
): Promise<OwnAnswer> =>
  send(address, {
    method,
    path: `/admin/v1${path}`,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

function readPair(body: unknown): ClientCredentials | null {
  const { client_id: id, client_secret: secret } = membersOf(body)
  return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : null
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
