// O38: an upgrade without downtime. Migrations come first, while the release before still serves; code
// can be rolled back, and the schema stays.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerWebClient } from '../openid/flow.ts'
import { read, type Answerer } from '../support/http.ts'
import { admin, type TestClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { type GrantTokens, grantOf, introspect, refresh, revoke } from '../support/tokens.ts'
import { answererAt, freePort, newBench } from './boot.ts'
import { grantAt } from './grant.ts'
import { findReleaseBefore, unpackRelease } from './release-before.ts'

const commit = findReleaseBefore()
if (commit === null) {
  console.log('The history has no release before the newest migration: O38 is skipped.')
}

const user = { username: 'upgraded', password: 'correct horse battery staple' }

describe.skipIf(commit === null)('An upgrade', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'postern-upgrade-'))
  const releaseFolder = commit === null ? '' : unpackRelease(commit)
  const releases = { before: newBench(releaseFolder), now: newBench() }
  let port = 0
  let origin = ''
  let client: TestClient
  /** A grant that the release before began on its own schema, and one of the new release. */
  let old: GrantTokens
  let grantOfNew: GrantTokens

  const to: Answerer = (request) => answererAt(origin)(request)

  /** Serves the state by one release alone, at the same address. */
  async function serve(release: keyof typeof releases): Promise<void> {
    await releases.before.endAll()
    await releases.now.endAll()
    const { ADMIN_TOKEN, MASTER_KEY } = testSettings
    const environment = { STATE_DIR: stateFolder, PORT: String(port), ADMIN_TOKEN, MASTER_KEY }
    origin = (await releases[release].serve(environment)).origin
  }

  const signIn = (): Promise<GrantTokens> => grantAt(origin, client, user)

  const isActive = async (token: string): Promise<unknown> =>
    Object(await (await introspect(client, token, to)).json()).active

  const goOn = (tokens: GrantTokens): Promise<GrantTokens> =>
    grantOf(refresh(client, tokens.refresh_token, {}, to))

  beforeAll(async () => {
    port = await freePort()
    await serve('before')
    await admin('POST', '/users', user, to)
    client = await registerWebClient({}, to)
  }, 300_000)
  afterAll(async () => {
    await releases.before.endAll()
    await releases.now.endAll()
    for (const folder of [stateFolder, releaseFolder]) {
      rmSync(folder, { recursive: true, force: true })
    }
    releases.now.remove()
  })

  it('O38: the new release migrates, goes on with the grants of the one before and begins its own', async () => {
    old = await goOn(await signIn())
    await serve('now')
    old = await goOn(old)
    grantOfNew = await signIn()
    const tokens = [old, grantOfNew].map(({ access_token }) => access_token)
    expect(await Promise.all(tokens.map(isActive))).toEqual([true, true])
  }, 300_000)

  it('O38: the release before serves on the new schema: sign-in, code, refresh, introspection, revocation', async () => {
    await serve('before')
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200)
    const tokens = await signIn()
    const next = await goOn(tokens)
    expect(await isActive(next.access_token)).toBe(true)
    expect((await revoke(client, next.refresh_token, to)).status).toBe(200)
    expect(await isActive(next.access_token)).toBe(false)
    expect(await read(await refresh(client, next.refresh_token, {}, to))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  }, 300_000)

  it('O38: once the code was rolled back, every grant goes on, also one that the new release began', async () => {
    for (const tokens of [old, grantOfNew]) {
      expect(await isActive((await goOn(tokens)).access_token)).toBe(true)
    }
  })
})
