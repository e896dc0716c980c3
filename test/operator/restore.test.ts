// The restore drill of runbooks.md, with a local D1: a backup, what happened after it, the database as it
// was, and the epoch.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerWebClient } from '../openid/flow.ts'
import { bearer, read, type Answerer } from '../support/http.ts'
import { admin, type TestClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { type GrantTokens, grantOf, introspect, refresh, revoke } from '../support/tokens.ts'
import { answererAt, copyProject, freePort, newBench, wranglerIn } from './boot.ts'
import { grantAt } from './grant.ts'

const user = { username: 'restored', password: 'correct horse battery staple' }

describe('A restored database', () => {
  const folder = copyProject()
  const bench = newBench(folder)
  const backup = join(folder, 'backup.sql')
  // Tokens name their issuer, which is the address.
  let port = 0
  let origin = ''
  let client: TestClient
  /** Grants from before the backup (one was revoked after it), and one from after it. */
  let kept: GrantTokens
  let revoked: GrantTokens
  let late: GrantTokens

  const to: Answerer = (request) => answererAt(origin)(request)

  async function serve(): Promise<void> {
    const { ADMIN_TOKEN } = testSettings
    origin = (await bench.serve({ ADMIN_TOKEN, PORT: String(port) })).origin
  }

  const signIn = (): Promise<GrantTokens> => grantAt(origin, client, user)

  /** What fails is told to the operator. */
  const readiness = async () =>
    read(await fetch(`${origin}/health/ready`, { headers: bearer(testSettings.ADMIN_TOKEN) }))

  const isActive = async ({ access_token }: GrantTokens): Promise<unknown> =>
    Object(await (await introspect(client, access_token, to)).json()).active

  const refreshed = async ({ refresh_token }: GrantTokens): Promise<number> =>
    (await refresh(client, refresh_token, {}, to)).status

  beforeAll(async () => {
    port = await freePort()
    await serve()
    await admin('POST', '/users', user, to)
    client = await registerWebClient({}, to)
    kept = await signIn()
    revoked = await signIn()
    await bench.endAll()
    wranglerIn(folder, ['d1', 'export', 'postern', '--local', `--output=${backup}`])
    await serve()
    await revoke(client, revoked.refresh_token, to)
    late = await signIn()
    await bench.endAll()
    rmSync(join(folder, '.wrangler', 'state', 'v3', 'd1'), { recursive: true, maxRetries: 5 })
    wranglerIn(folder, ['d1', 'execute', 'postern', '--local', '--yes', `--file=${backup}`])
    await serve()
  }, 300_000)
  afterAll(async () => {
    await bench.endAll()
    bench.remove()
  })

  it('has forgotten what was revoked after the backup: that is why the epoch is raised', async () => {
    revoked = await grantOf(refresh(client, revoked.refresh_token, {}, to))
    expect({ kept: await isActive(kept), late: await isActive(late) }).toEqual({
      kept: true,
      late: false,
    })
  })

  it('refuses everything from before, once the epoch is raised, and the events say so', async () => {
    expect((await admin('POST', '/epoch', undefined, to)).status).toBe(204)
    const grants = [kept, revoked, late]
    expect(await Promise.all(grants.map(isActive))).toEqual([false, false, false])
    expect(await Promise.all(grants.map(refreshed))).toEqual([400, 400, 400])
    const { body } = await read(await admin('GET', '/events?kind=epoch.raised', undefined, to))
    expect(Object(body).items).toEqual([
      expect.objectContaining({ kind: 'epoch.raised', actor: 'root', outcome: 'ok' }),
    ])
  })

  it('lets people in with the passwords of the backup', async () => {
    const tokens = await signIn()
    expect({ active: await isActive(tokens), refreshed: await refreshed(tokens) }).toEqual({
      active: true,
      refreshed: 200,
    })
  })

  it('does not miss what KV had: without it, a revocation still counts', async () => {
    const tokens = await signIn()
    await revoke(client, tokens.refresh_token, to)
    await bench.endAll()
    rmSync(join(folder, '.wrangler', 'state', 'v3', 'kv'), { recursive: true, maxRetries: 5 })
    await serve()
    expect({ active: await isActive(tokens), ready: await readiness() }).toEqual({
      active: false,
      ready: { status: 200, body: { status: 'ok' } },
    })
  }, 180_000)
})
