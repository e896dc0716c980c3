// Makes the demo people and clients through the admin interface, as an operator would.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { comicClanClient, demoClients, demoUsers } from './demo.ts'
import { Refusal } from './refusal.ts'
import type { SecretsFile } from './secrets-file.ts'

/** Where the admin interface is, and what opens it. */
export type AdminDoor = { origin: string; adminToken: string }

export type ClientCredentials = { id: string; secret: string }

/**
 * Makes what is not there yet, and a new pair for Comic Clan in place of the last boot's, whose
 * identifier is kept in the state folder.
 */
export async function setUpDemo(
  door: AdminDoor,
  stateFolder: string,
  demo: SecretsFile['demo'],
): Promise<ClientCredentials> {
  for (const user of demoUsers(demo)) await create(door, '/users', user)
  for (const client of demoClients(demo)) await create(door, '/clients', client)
  return replaceComicClan(door, join(stateFolder, 'comic-clan-client'))
}

async function replaceComicClan(door: AdminDoor, record: string): Promise<ClientCredentials> {
  const created = await create(door, '/clients', comicClanClient)
  const pair = created === null ? null : readPair(await created.json())
  if (pair === null) throw new Refusal('The admin interface made no pair for Comic Clan')
  if (existsSync(record)) {
    const last = readFileSync(record, 'utf8')
    await call(door, 'DELETE', `/clients/${encodeURIComponent(last)}`)
  }
  writeFileSync(record, pair.id)
  return pair
}

// 409 is the usual answer from the second boot on.
async function create(door: AdminDoor, path: string, body: object): Promise<Response | null> {
  const response = await call(door, 'POST', path, body)
  if (response.status === 201) return response
  const reason = await response.text()
  if (response.status === 409) return null
  throw new Refusal(`The demo could not be set up: POST ${path} ${response.status} ${reason}`)
}

function call(door: AdminDoor, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${door.origin}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${door.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

function readPair(body: unknown): ClientCredentials | null {
  if (typeof body !== 'object' || body === null) return null
  if (!('client_id' in body && 'client_secret' in body)) return null
  const { client_id: id, client_secret: secret } = body
  return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : null
}
