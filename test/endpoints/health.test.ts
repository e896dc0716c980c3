import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { always, Server } from '../support/faults.ts'
import { bearer, get, read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'

const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const newKey = `new:${'B'.repeat(42)}A`
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

  it('looks once in five seconds, however many ask', async () => {
    const server = new Server({ MASTER_KEY: `${newKey},${oldKey}` })
    server.plan(() => null)
    await Promise.all(Array.from({ length: 20 }, () => ready(server)))
    const calls = server.calls.length
    setClock(4_900)
    await ready(server)
    expect(server.calls.length).toBe(calls)
    setClock(5_100)
    await ready(server)
    expect(server.calls.length).toBe(2 * calls)
  })
})
