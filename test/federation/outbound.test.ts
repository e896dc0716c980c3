import { describe, expect, it } from 'vitest'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { guardedFetch, jsonObjectOf, OutboundError } from '../../src/federation/outbound.ts'
import { issuer } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'
import { ScriptedProvider } from './providers.ts'

const as = originWith({})

function originWith(settings: object) {
  const outcome = configurationFrom({ ...testSettings, ...settings })
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  return { settings: outcome.settings, ownIssuers: [issuer] }
}

/** Why a request came to nothing, and after how many milliseconds. */
async function reasonOf(work: Promise<unknown>) {
  const start = Date.now()
  const failure: unknown = await work.then(
    () => 'nothing failed',
    (thrown: unknown) => thrown,
  )
  const reason = failure instanceof OutboundError ? failure.reason : failure
  return { reason, took: Date.now() - start }
}

describe('the one door outwards', () => {
  it('gives the whole answer, whatever its status', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', { status: 418, body: 'grüße', headers: { 'X-One': '1' } })
    const { status, text, headers } = await guardedFetch(as, provider.url('/'))
    expect({ status, text, header: headers.get('X-One') }).toEqual({
      status: 418,
      text: 'grüße',
      header: '1',
    })
  })

  it('sends what it was given, and no credentials of its own', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', {})
    const body = 'code=a+b%26c'
    await guardedFetch(as, provider.url('/'), { method: 'POST', body, headers: { 'X-A': 'b' } })
    const [request] = await provider.requests()
    expect(request).toMatchObject({
      method: 'POST',
      body: 'code=a+b%26c',
      headers: { 'x-a': 'b' },
    })
    expect(request?.headers).not.toHaveProperty('cookie')
    expect(request?.headers).not.toHaveProperty('authorization')
  })

  it.each([300, 301, 302, 303, 304, 307, 308])('follows no redirect: %i', async (status) => {
    const provider = new ScriptedProvider()
    await provider.answer('/to', { body: 'elsewhere' })
    await provider.answer('/', { status, headers: { Location: provider.url('/to') } })
    const { reason } = await reasonOf(guardedFetch(as, provider.url('/')))
    expect(reason).toBe('redirected')
    expect(await provider.requests('/to')).toEqual([])
  })

  it('reads 64 KiB and not a byte more', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/fits', { body: 'x', times: 65_536 })
    await provider.answer('/long', { body: 'x', times: 65_537 })
    expect((await guardedFetch(as, provider.url('/fits'))).text).toHaveLength(65_536)
    expect((await reasonOf(guardedFetch(as, provider.url('/long')))).reason).toBe('too_large')
  })

  it('counts what a compressed answer swells to', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/fits', { body: 'x', times: 1_000, gzip: true })
    await provider.answer('/bomb', { body: 'x'.repeat(1_000), times: 100_000, gzip: true })
    expect((await guardedFetch(as, provider.url('/fits'))).text).toHaveLength(1_000)
    expect((await reasonOf(guardedFetch(as, provider.url('/bomb')))).reason).toBe('too_large')
  })

  it('waits three seconds for the head', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', { delay: 10_000 })
    const { reason, took } = await reasonOf(guardedFetch(as, provider.url('/')))
    expect(reason).toBe('late')
    expect(took).toBeLessThan(4_500)
  })

  it('waits three seconds for the whole body', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', { body: 'x', times: 200, drip: 100 })
    const { reason, took } = await reasonOf(guardedFetch(as, provider.url('/')))
    expect(reason).toBe('late')
    expect(took).toBeLessThan(4_500)
  })

  it('names a host that hangs up or is not there', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', { drops: true })
    expect((await reasonOf(guardedFetch(as, provider.url('/')))).reason).toBe('unreachable')
    expect((await reasonOf(guardedFetch(as, 'http://127.0.0.1:1/'))).reason).toBe('unreachable')
  })

  it('refuses an answer that is no UTF-8', async () => {
    const provider = new ScriptedProvider()
    await provider.answer('/', {
      body: 'plainly not gzip',
      headers: { 'Content-Encoding': 'gzip' },
    })
    const { reason } = await reasonOf(guardedFetch(as, provider.url('/')))
    expect(['malformed', 'unreachable']).toContain(reason)
  })
})

describe('what must not leave', () => {
  it.each([
    ['plain http in production', { INSECURE_LOOPBACK_PROVIDERS: 'false' }, '127.0.0.1'],
    ['plain http, however spelt', { INSECURE_LOOPBACK_PROVIDERS: 'false' }, 'localhost'],
    ['an address beside loopback', {}, '127.0.0.2'],
    ['an IPv4 address in an IPv6 one', {}, '[::ffff:127.0.0.1]'],
  ])('refuses %s', async (_what, settings, host) => {
    const provider = new ScriptedProvider(host)
    await provider.answer('/', {})
    const { reason } = await reasonOf(guardedFetch(originWith(settings), provider.url('/')))
    expect(reason).toBe('forbidden')
    expect(await provider.requests()).toEqual([])
  })

  it('refuses our own address', async () => {
    const { reason } = await reasonOf(guardedFetch(as, `${issuer}/.well-known/jwks.json`))
    expect(reason).toBe('forbidden')
  })
})

describe('JSON of an answer', () => {
  const answerOf = async (script: { status?: number; body: unknown; headers?: object }) => {
    const provider = new ScriptedProvider()
    await provider.answer('/', { ...script, headers: { ...script.headers } })
    return guardedFetch(as, provider.url('/'))
  }

  it.each(['application/json', 'application/JSON; charset=utf-8', 'application/jwk-set+json'])(
    'is taken as %s',
    async (type) => {
      const answer = await answerOf({ body: { a: 1 }, headers: { 'Content-Type': type } })
      expect(jsonObjectOf(answer)).toEqual({ a: 1 })
    },
  )

  it.each([
    ['another type', { body: '{}', headers: { 'Content-Type': 'text/html' } }],
    ['an error', { body: {}, status: 500 }],
    ['an array', { body: [] }],
    ['text', { body: 'token', headers: { 'Content-Type': 'application/json' } }],
    ['a cut off object', { body: '{"a":1', headers: { 'Content-Type': 'application/json' } }],
    ['a name twice', { body: '{"a":1,"a":2}', headers: { 'Content-Type': 'application/json' } }],
    ['30 levels', { body: JSON.parse('['.repeat(30) + ']'.repeat(30)) }],
  ])('is refused: %s', async (_what, script) => {
    const answer = await answerOf(script)
    expect(() => jsonObjectOf(answer)).toThrow(OutboundError)
  })
})
