// `node test/console/million.ts [users]`: how long the screens of the console take with ten users and with
// a million, over a local D1. No test: it fills half a gigabyte and takes some minutes.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { copyProject, newBench } from '../operator/boot.ts'

const users = Number(process.argv[2] ?? 1_000_000)
const rounds = 25

const bench = newBench(copyProject())
try {
  const before = await measure()
  await bench.endAll()
  fill()
  const after = await measure()
  for (const [screen, few] of before) {
    console.log(`${screen}: ${few} ms with ten users, ${after.get(screen)} ms with ${users}`)
  }
} finally {
  await bench.endAll()
  bench.remove()
}

/** The least and the median time of each screen: others may use the machine, too. */
async function measure(): Promise<Map<string, string>> {
  const { origin, lines } = await bench.boot()
  const token = lines.map((line) => /Bearer ([\w-]+)"/.exec(line)?.[1]).find(Boolean) ?? ''
  const admin = { username: `grace-${Date.now()}`, password: 'a pass phrase', role: 'admin' }
  const created = await fetch(`${origin}/admin/v1/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  })
  const { id } = Object(await created.json())
  const cookie = await signIn(origin, admin)
  const open = async (path: string): Promise<string> => {
    const answer = await fetch(origin + path, { headers: { cookie }, redirect: 'manual' })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
    return answer.text()
  }
  const list = await open('/admin/users')
  const next = /href="([^"]*cursor=[^"]*)"/.exec(list)?.[1]?.replaceAll('&amp;', '&')
  const screens = {
    overview: '/admin',
    list: '/admin/users',
    'next page': next ?? '/admin/users',
    'search by a name': '/admin/users?q=grace-',
    'search by two letters': '/admin/users?q=ab',
    'search that finds nobody': '/admin/users?q=nobody-has-this',
    'disabled users': '/admin/users?state=disabled',
    'users of a rare role': '/admin/users?role=admin',
    'a search with every filter': '/admin/users?q=ab&role=admin&state=enabled&idle=30',
    'not signed in for a year': '/admin/users?idle=365',
    'one user': `/admin/users/${id}`,
  }
  const medians = new Map<string, string>()
  for (const [name, path] of Object.entries(screens)) {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      await open(path)
      times.push(performance.now() - start)
    }
    const sorted = times.toSorted((a, b) => a - b).map((time) => time.toFixed(1))
    medians.set(name, `${sorted[0]} (${sorted[rounds >> 1]})`)
  }
  return medians
}

async function signIn(
  origin: string,
  { username, password }: { username: string; password: string },
): Promise<string> {
  const cookies = new Map<string, string>()
  const send = async (path: string, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(origin + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
    })
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';', 1)[0]?.split('=') ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    return location === null ? answer : send(new URL(location, origin).href.slice(origin.length))
  }
  const page = await (await send('/admin')).text()
  const hidden = [...page.matchAll(/name="(\w+)" value="([\w-]+)"/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
  await send(
    '/login',
    new URLSearchParams([...hidden, ['username', username], ['password', password]]),
  )
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

function fill(): void {
  const files = readdirSync(bench.stateFolder, { recursive: true, encoding: 'utf8' })
  const path = files
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => join(bench.stateFolder, name))
    .find((file) => hasUsers(file))
  const database = new DatabaseSync(path ?? '')
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${users})`
  const name = 'lower(hex(randomblob(5))) || i'
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN;
    INSERT INTO users (sub, pairwise_salt, username, email, name, role, password_hash, last_signed_in_at,
        created_at, updated_at)
      ${numbers} SELECT 'usr_' || hex(randomblob(11)), hex(randomblob(11)), ${name},
        ${name} || '@example.com', 'Somebody of the Many', 'reader', 'x',
        unixepoch() - (i % 800) * 86400, unixepoch() - i, unixepoch() - i FROM n;
    INSERT OR IGNORE INTO login_names (folded_name, user_id) SELECT username, id FROM users;
    INSERT OR IGNORE INTO login_names (folded_name, user_id) SELECT email, id FROM users WHERE email IS NOT NULL;
    INSERT INTO audit_events (at, kind, user_id, request_id, actor, address)
      ${numbers} SELECT unixepoch() - ${users} + i, 'user.signed-in', i, 'r', 'user:' || i, '192.0.2.1' FROM n;
    COMMIT; PRAGMA journal_mode = WAL`)
  database.close()
}

function hasUsers(file: string): boolean {
  const database = new DatabaseSync(file)
  try {
    const query = "SELECT 1 FROM sqlite_master WHERE name = 'users'"
    return database.prepare(query).get() !== undefined
  } finally {
    database.close()
  }
}
