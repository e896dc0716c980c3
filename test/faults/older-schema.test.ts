// New code on the schema of an older release: an upgrade whose migrations have not run, or not all.
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { migrationNames } from '../../src/store/migration-names.ts'
import { Server } from '../support/faults.ts'
import { bearer, get, read } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { clientCredentials } from '../support/tokens.ts'

const client = await registerClient()
await admin('GET', '/keys')

const { results: applied } = await env.DB.prepare('SELECT id, name FROM d1_migrations').all<{
  id: number
  name: string
}>()
const latest = migrationNames.at(-1) ?? ''

const forget = (name: string) =>
  env.DB.prepare('DELETE FROM d1_migrations WHERE name = ?1').bind(`${name}.sql`)

const ready = async ({ fetch }: Server) =>
  read(await get('/health/ready', bearer(testSettings.ADMIN_TOKEN), fetch))

const missing = (...names: string[]) => ({
  status: 503,
  body: {
    status: 'unavailable',
    failing: names.map((name) => ({
      name: 'migrations',
      detail: `the migration ${name} has not been applied`,
    })),
  },
})

afterEach(async () => {
  const insertion = env.DB.prepare('INSERT OR IGNORE INTO d1_migrations (id, name) VALUES (?1, ?2)')
  await env.DB.batch(applied.map(({ id, name }) => insertion.bind(id, name)))
})

it('the worker knows every migration of the folder', () => {
  const folder = Object.keys(import.meta.glob('../../migrations/*.sql')).map((path) =>
    path.replace('../../migrations/', '').replace('.sql', ''),
  )
  expect([...migrationNames]).toEqual(folder.sort())
})

it('O38: readiness names each migration that has not been applied', async () => {
  await env.DB.batch([forget('0003_mends'), forget(latest)])
  expect(await ready(new Server())).toEqual(missing('0003_mends', latest))
})

it('O38: readiness does not mind a migration of a newer release', async () => {
  await env.DB.prepare("INSERT INTO d1_migrations (name) VALUES ('9999_newer.sql')").run()
  expect(await ready(new Server())).toEqual({ status: 200, body: { status: 'ok' } })
})

it('O38: of a database that was never migrated, readiness names them all', async () => {
  await env.DB.prepare('ALTER TABLE d1_migrations RENAME TO later_migrations').run()
  const readiness = await ready(new Server())
  await env.DB.prepare('ALTER TABLE later_migrations RENAME TO d1_migrations').run()
  expect(readiness).toEqual(missing(...migrationNames))
})

it('O38: where the schema lacks what this release reads, that is 503, and readiness says why', async () => {
  await env.DB.batch([
    forget(latest),
    env.DB.prepare('ALTER TABLE signing_keys RENAME TO later_signing_keys'),
  ])
  const server = new Server()
  const { status } = await clientCredentials(client, {}, server.fetch)
  const readiness = await ready(server)
  await env.DB.prepare('ALTER TABLE later_signing_keys RENAME TO signing_keys').run()
  expect({ status, readiness }).toEqual({ status: 503, readiness: missing(latest) })
})

it('a failure without a missing migration is the database, and D1 is not asked twice', async () => {
  const server = new Server()
  server.plan(({ binding }) => (binding === 'DB' ? 'fails' : null))
  expect((await ready(server)).body).toEqual({
    status: 'unavailable',
    failing: [{ name: 'database', detail: 'D1 does not answer' }],
  })
  expect(server.calls.filter(({ binding }) => binding === 'DB').length).toBe(1)
})
