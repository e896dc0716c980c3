import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { always, noFault, Server } from '../support/faults.ts'
import { bearer, get, read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'

const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const newKey = `new:${'B'.repeat(42)}A`
/** Opens nothing that these tests store. */
const strangeKey = `strange:${'C'.repeat(42)}A`
const operator = bearer(testSettings.ADMIN_TOKEN)

const ready = async ({ fetch }: Server, headers: Record<string, string> = {}) =>
  read(await get('/health/ready', headers, fetch))

const ok = { status: 200, body: { status: 'ok' } }
const unavailable = (failing?: { name: string; detail: string }[]) => ({
  status: 503,
  body: { status: 'unavailable', ...(failing === undefined ? {} : { failing }) },
})

aDayForEachTest()
await registerUser()
await admin('GET', '/keys')

describe('GET /health', () => {
  it('says that the worker is there, without any look into the storage', async () => {
    const server = new Server()
    server.plan(always('fails', 'DB'))
    const answer = await read(await get('/health', {}, server.fetch))
    expect({ ...answer, calls: server.calls }).toEqual({ ...ok, calls: [] })
  })
})

describe('GET /health/ready', () => {
  it('is 200 where everything that a request needs is there', async () => {
    expect(await ready(new Server())).toEqual(ok)
  })

  it('is 200 while MASTER_KEY is being rotated in the documented order', async () => {
    expect(await ready(new Server({ MASTER_KEY: `${oldKey},${newKey}` }))).toEqual(ok)
    expect(await ready(new Server({ MASTER_KEY: `${newKey},${oldKey}` }))).toEqual(ok)
  })

  it('names the rows that no listed key opens, and tells them to the operator alone', async () => {
    const server = new Server({ MASTER_KEY: newKey })
    const failing = ['password_hashes', 'signing_keys'].map((kind) => ({
      name: 'keys',
      detail: `${kind} are sealed under "test", which MASTER_KEY does not list`,
    }))
    expect(await ready(server, operator)).toEqual(unavailable(failing))
    expect(await ready(server)).toEqual(unavailable())
    expect(await ready(server, bearer('x'.repeat(40)))).toEqual(unavailable())
  })

  it('names a master key that does not open what is sealed under its id', async () => {
    const other = `test:${newKey.slice(4)}`
    const detail = 'the key "test" of MASTER_KEY does not open what is sealed under "test"'
    expect(await ready(new Server({ MASTER_KEY: other }), operator)).toEqual(
      unavailable([{ name: 'keys', detail }]),
    )
  })

  it('does not mind a retired signing key: only its public half is needed', async () => {
    const servers = [
      new Server({ MASTER_KEY: `${newKey},${oldKey}` }),
      new Server({ MASTER_KEY: newKey }),
    ]
    const [both = new Server(), alone = new Server()] = servers
    await admin('POST', '/keys/rotate', undefined, both.fetch)
    setClock(600_000)
    await both.cron()
    await env.DB.prepare('DELETE FROM users').run()
    await env.DB.prepare("DELETE FROM signing_keys WHERE use = 'enc' AND generation = 1").run()
    expect(await ready(alone)).toEqual(ok)
  })

  it.each([
    ['database', 'DB', 'D1 does not answer'],
    ['kv', 'KV', 'KV does not answer'],
  ] as const)('names the %s that fails', async (name, binding, detail) => {
    const server = new Server({ MASTER_KEY: `${newKey},${oldKey}` })
    server.plan(always('fails', binding))
    expect(await ready(server, operator)).toEqual(unavailable([{ name, detail }]))
  })

  it('answers within its deadline where storage does not answer at all', async () => {
    const server = new Server()
    server.plan(always('never answers', 'DB'))
    const detail = 'the checks took longer than 2000 ms'
    expect(await ready(server, operator)).toEqual(unavailable([{ name: 'deadline', detail }]))
  })

  it('O40: reads D1 once in five seconds, however many ask, and with whatever token', async () => {
    for (const [environment, times] of [
      [{}, 1_000],
      [{ MASTER_KEY: strangeKey }, 100],
    ] as const) {
      const server = new Server(environment)
      server.plan(noFault)
      const reads = () => server.calls.filter(({ binding }) => binding === 'DB').length
      const askAll = () =>
        Promise.all(
          Array.from({ length: times }, (_, index) =>
            ready(server, index % 2 === 0 ? {} : bearer('x'.repeat(40))),
          ),
        )
      await askAll()
      setClock(4_900)
      await ready(server)
      expect(reads()).toBe(1)
      setClock(5_100)
      await ready(server)
      expect(reads()).toBe(2)
      setClock(0)
    }
  })

  it('tells what fails to an admin token that may read settings, and to no other', async () => {
    const tokenFor = async (scope: string) => {
      const answer = await admin('POST', '/tokens', { name: 'A monitor', scope, expires_in: 3_600 })
      return bearer((await answer.json<{ token: string }>()).token)
    }
    const broken = () => new Server({ MASTER_KEY: strangeKey })
    const told = expect.objectContaining({ failing: expect.any(Array) })
    for (const scope of ['read', 'settings']) {
      const answer = await ready(broken(), await tokenFor(scope))
      expect({ scope, ...answer }).toEqual({ scope, status: 503, body: told })
    }
    expect(await ready(broken(), await tokenFor('users'))).toEqual(unavailable())
    expect(await ready(broken(), bearer(`pat_${'x'.repeat(22)}.${'y'.repeat(43)}`))).toEqual(
      unavailable(),
    )
  })

  it('tells nothing to a wrong token that comes after a right one', async () => {
    const body = { name: 'A monitor', scope: 'read', expires_in: 3_600 }
    const { token } = await (await admin('POST', '/tokens', body)).json<{ token: string }>()
    const server = new Server({ MASTER_KEY: strangeKey })
    const told = expect.objectContaining({ failing: expect.any(Array) })
    expect((await ready(server, bearer(token))).body).toEqual(told)
    expect(await ready(server, bearer(`${token.slice(0, -1)}~`))).toEqual(unavailable())
    expect((await ready(server, bearer(token))).body).toEqual(told)
  })

  it('looks one admin token up in five seconds: a flood of them causes no reads', async () => {
    const server = new Server({ MASTER_KEY: strangeKey })
    server.plan(noFault)
    for (let index = 0; index < 20; index++) {
      const token = `pat_${String(index).padStart(22, 'x')}.${'y'.repeat(43)}`
      await ready(server, bearer(token))
    }
    const reads = server.calls.filter(({ text }) => text.includes('admin_tokens'))
    expect(reads.length).toBe(1)
  })
})

describe('a worker whose settings have faults', () => {
  const faulty = () => new Server({ SESSION_LIFETIME: '59', DIALECTS: 'klingon' })

  it('is there, and not ready, and names its settings to ADMIN_TOKEN alone', async () => {
    const failing = [
      'SESSION_LIFETIME: must be a whole number from 60 to 31536000',
      expect.stringContaining('DIALECTS: must be of '),
    ].map((detail) => ({ name: 'settings', detail }))
    expect(await read(await get('/health', {}, faulty().fetch))).toEqual(ok)
    expect(await ready(faulty(), operator)).toEqual(unavailable(failing))
    expect(await ready(faulty())).toEqual(unavailable())
    expect(await ready(faulty(), bearer('x'))).toEqual(unavailable())
  })

  it('names nothing to a token that is itself at fault', async () => {
    const server = new Server({ ADMIN_TOKEN: ' padded ' })
    expect(await ready(server, bearer(' padded '))).toEqual(unavailable())
    expect(await ready(new Server({ ADMIN_TOKEN: undefined }), bearer(''))).toEqual(unavailable())
  })
})
