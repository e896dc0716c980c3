// A database full of users, written straight into the file of the local D1: rows as long as real ones,
// with secrets that open nothing. A tenth of the grants has expired, so that cron has work.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const grantsOfUser = 5
export const usersOfClient = 5

/** Bytes: of the whole file, and of one more of each with its names, sessions, audit and indexes. */
export type Sizes = { database: number; user: number; grant: number; client: number }

/** Base64url text of so many characters in a column of random text: as long, and as hard to pack. */
const random = (characters: number) =>
  `substr(hex(randomblob(${Math.ceil(characters / 2)})), 1, ${characters})`

const numbers = (rows: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`

const metadata = JSON.stringify({
  client_name: 'One of many applications',
  redirect_uris: ['https://application.example/callback', 'https://application.example/silent'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  token_endpoint_auth_method_named: true,
  scope: 'openid profile email offline_access',
  id_token_signed_response_alg: 'ES256',
  introspection: 'any',
  trusted: false,
})

/** Fills the D1 database under `stateFolder` and tells what its rows take. */
export function fill(stateFolder: string, users: number): Sizes {
  const database = new DatabaseSync(databaseFile(stateFolder))
  try {
    // Lost with the power, and ten times faster: it is thrown away at the end.
    database.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000`,
    )
    const clients = Math.ceil(users / usersOfClient)
    const empty = sizeOf(database)
    database.exec(clientRows(clients))
    const withClients = sizeOf(database)
    database.exec(userRows(users))
    const withUsers = sizeOf(database)
    for (let done = 0; done < users * grantsOfUser; done += bite) {
      database.exec(grantRows(Math.min(bite, users * grantsOfUser - done), users, clients))
    }
    database.exec(auditRows)
    const full = sizeOf(database)
    database.exec('PRAGMA journal_mode = WAL')
    return {
      database: full,
      client: (withClients - empty) / clients,
      user: (withUsers - withClients) / users,
      grant: (full - withUsers) / (users * grantsOfUser),
    }
  } finally {
    database.close()
  }
}

function databaseFile(stateFolder: string): string {
  const files = readdirSync(stateFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(stateFolder, name))
  const file = files.find((path) => hasUsers(path))
  if (file === undefined) throw new Error(`there is no D1 database in ${stateFolder}`)
  return file
}

function hasUsers(path: string): boolean {
  const database = new DatabaseSync(path)
  try {
    return database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'users'`).get() !== undefined
  } finally {
    database.close()
  }
}

function sizeOf(database: DatabaseSync): number {
  const row = database
    .prepare(`SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()`)
    .get()
  return Number(row?.size)
}

const clientRows = (clients: number) => `BEGIN;
INSERT INTO clients (id, secret_digest, metadata, created_at, updated_at)
  ${numbers(clients)}
  SELECT ${random(22)}, ${random(43)}, '${metadata}', unixepoch() - 10000000, unixepoch() FROM n;
COMMIT`

const userRows = (users: number) => `BEGIN;
INSERT INTO users (sub, pairwise_salt, username, email, email_verified, name, password_hash,
    created_at, updated_at)
  ${numbers(users)}
  SELECT 'u_' || ${random(22)}, ${random(22)}, lower(${random(8)}) || i,
    lower(${random(8)}) || i || '@example.com', 1, 'Somebody of the Many',
    '$pbkdf2-sha256-chain$r=6,i=100000,k=bench$' || ${random(22)} || '$' || ${random(80)},
    unixepoch() - 10000000, unixepoch() FROM n;
INSERT INTO login_names (folded_name, user_id) SELECT username, id FROM users;
INSERT INTO login_names (folded_name, user_id) SELECT email, id FROM users;
INSERT INTO sessions (id, digest, face, user_id, auth_time, amr, user_agent, created_at,
    last_seen_at, idle_expires_at, absolute_expires_at)
  SELECT ${random(22)}, ${random(43)}, 'browser', id, unixepoch() - 1000, 'pwd',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', unixepoch() - 1000,
    unixepoch() - 1000, unixepoch() + 86400, unixepoch() + 1209600 FROM users;
COMMIT`

/** Rows of one transaction at most: its pages are kept in memory. */
const bite = 250_000

const grantRows = (rows: number, users: number, clients: number) => `BEGIN;
INSERT INTO grants (id, user_id, client_id, session_id, scope, auth_time, amr, code_digest,
    generation, current_digest, previous_digest, rotated_at, last_operation, offline, user_agent,
    created_at, last_used_at, idle_expires_at, absolute_expires_at, access_expires_at)
  ${numbers(rows)}
  SELECT ${random(22)}, 1 + abs(random()) % ${users},
    (SELECT id FROM clients WHERE rowid = 1 + abs(random() + i) % ${clients}), ${random(22)},
    'openid profile email offline_access', unixepoch() - 7000000, 'pwd', ${random(43)}, 9,
    ${random(43)}, ${random(43)}, unixepoch() - 100000, ${random(22)}, 1,
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    unixepoch() - 7000000, unixepoch() - 100000, unixepoch() + 2000000,
    unixepoch() - 777600 + abs(random()) % 7776000, unixepoch() - 99000 FROM n;
COMMIT`

const auditRows = `BEGIN;
INSERT INTO audit_events (at, kind, user_id, client_id, request_id, detail)
  SELECT created_at, 'code.redeemed', user_id, client_id, ${random(36)}, '{}' FROM grants;
COMMIT`
