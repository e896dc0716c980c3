// Limits by address and client: what the setting accepts, and how an isolate counts.
import { describe, expect, it } from 'vitest'
import { RateLimits, countInMemory, mostCounted } from '../../../src/core/people/rate-limits.ts'
import { isLimitOf, readRateLimits } from '../../../src/core/server/settings-limits.ts'
import { SettingsReader } from '../../../src/core/server/settings-reader.ts'
import { OAuthError } from '../../../src/protocol/error.ts'

function limitsOf(RATE_LIMITS: string, development = false) {
  const read = new SettingsReader({ RATE_LIMITS })
  const limits = readRateLimits(read, development)
  return { limits, faults: read.faults }
}

describe('The setting RATE_LIMITS', () => {
  it('reads paths, beginnings of paths, clients and bindings', () => {
    expect(limitsOf('/oauth2/token=600/60, /login*=20/3600,client=6000/10,/=HOME_LIMIT')).toEqual({
      limits: [
        { of: '/oauth2/token', counting: { requests: 600, period: 60 } },
        { of: '/login*', counting: { requests: 20, period: 3600 } },
        { of: 'client', counting: { requests: 6000, period: 10 } },
        { of: '/', counting: { binding: 'HOME_LIMIT' } },
      ],
      faults: [],
    })
  })

  it('is off in development, and not in a deployment', () => {
    expect(limitsOf('', true)).toEqual({ limits: [], faults: [] })
    expect(limitsOf('off')).toEqual({ limits: [], faults: [] })
    expect(limitsOf('').limits.map(({ of }) => of)).toEqual([
      '/oauth2/authorize',
      '/oauth2/device_authorization',
      '/oauth2/register*',
      '/login*',
      '/sign-up',
      '/forgot',
    ])
  })

  it.each([
    'token=600/60',
    '/oauth2/token',
    '/oauth2/token=600',
    '/oauth2/token=0/60',
    '/oauth2/token=60/0',
    '/oauth2/token=-1/60',
    '/oauth2/token=60/60/60',
    '/oauth2/*/token=60/60',
    '/oauth2/token=binding',
    'clients=60/60',
    'OFF',
  ])('refuses %s in one line, which names it', (entry) => {
    expect(limitsOf(`/oauth2/par=1/1,${entry}`).faults).toEqual([
      `RATE_LIMITS: must be off, or like /oauth2/token=600/60, /login*=NAME_OF_A_BINDING, client=6000/60, and not ${entry}`,
    ])
  })

  it('never limits what watches a deployment and what clients verify tokens by', () => {
    const named = '/health=1/1,/.well-known/jwks.json=1/1'
    expect(limitsOf(named).faults).toEqual([
      'RATE_LIMITS: /health is never limited',
      'RATE_LIMITS: /.well-known/jwks.json is never limited',
    ])
    const all = { of: '/*', counting: { requests: 1, period: 1 } }
    const paths = ['/health/ready', '/.well-known/openid-configuration', '/oauth2/token', '/']
    expect(paths.filter((path) => isLimitOf(all, path))).toEqual(['/oauth2/token', '/'])
  })
})

describe('An isolate that counts', () => {
  it('admits so many requests of a key in a window, and says when the next one begins', () => {
    const count = countInMemory({ requests: 2, period: 60 })
    const at = [100, 100.5, 101, 159.9, 160, 160, 161]
    expect(at.map((now) => count('a', now))).toEqual([null, null, 59, 1, null, null, 59])
    expect(count('b', 161)).toBeNull()
  })

  it('begins another window once the clock was set back', () => {
    const count = countInMemory({ requests: 1, period: 60 })
    expect([5_000, 5_001, 1_400, 1_401].map((now) => count('a', now))).toEqual([null, 59, null, 59])
  })

  it('counts no more keys than its bound, and goes on counting those that it has', () => {
    const count = countInMemory({ requests: 1, period: 60 })
    for (let index = 0; index < mostCounted; index++) count(`key ${index}`, 0)
    expect({
      late: count('late', 1),
      again: count('late', 1),
      early: count('key 0', 1),
    }).toEqual({ late: null, again: null, early: 59 })
    expect({ nextWindow: count('late', 60), again: count('late', 61) }).toEqual({
      nextWindow: null,
      again: 59,
    })
    const twice = countInMemory({ requests: 2, period: 60 })
    for (let index = 0; index < mostCounted; index++) twice(`key ${index}`, 0)
    expect({ second: twice('key 0', 1), third: twice('key 0', 1) }).toEqual({
      second: null,
      third: 59,
    })
  })
})

describe('The limits of an isolate', () => {
  /** Null where a request is admitted; else the seconds until the next one may be. */
  const waitOf = async (asked: Promise<void>): Promise<number | null> => {
    try {
      await asked
      return null
    } catch (thrown) {
      if (!(thrown instanceof OAuthError) || thrown.code !== 'too_many_requests') throw thrown
      return thrown.retryAfter ?? 0
    }
  }
  const limitsBy = (text: string, admits = true) => {
    const asked: string[][] = []
    const limits = new RateLimits(limitsOf(text).limits, async (...binding) => {
      asked.push(binding)
      return admits
    })
    const ofAddress = (route: string, address: string, now = 0) =>
      waitOf(limits.requireOfAddress(route, address, now))
    return { asked, ofAddress, ofClient: (id: string) => waitOf(limits.requireOfClient(id, 0)) }
  }

  it('count each route by its own limit, and none that has no limit', async () => {
    const { ofAddress } = limitsBy('/a=1/60,/b=1/30')
    const routes = ['/a', '/b', '/c', '/a', '/b', '/c']
    const waits = []
    for (const route of routes) waits.push(await ofAddress(route, '192.0.2.1', 10))
    expect(waits).toEqual([null, null, null, 60, 30, null])
  })

  it('count the routes of one limit together, each by the first limit that fits', async () => {
    const { ofAddress } = limitsBy('/a/*=1/60,/a/b=9/60')
    expect({
      first: await ofAddress('/a/b', '192.0.2.1'),
      sameLimit: await ofAddress('/a/c', '192.0.2.1'),
    }).toEqual({ first: null, sameLimit: 60 })
  })

  it('count an address for itself, and the addresses of a /64 as one', async () => {
    const { ofAddress } = limitsBy('/a=1/60')
    expect({
      first: await ofAddress('/a', '192.0.2.1'),
      other: await ofAddress('/a', '192.0.2.2'),
      six: await ofAddress('/a', '2001:db8::1'),
      neighbour: await ofAddress('/a', '2001:db8::2'),
    }).toEqual({ first: null, other: null, six: null, neighbour: 60 })
  })

  it('count each client for itself, and not its address', async () => {
    const { ofClient, ofAddress } = limitsBy('client=1/60')
    expect({
      first: await ofClient('one'),
      other: await ofClient('other'),
      again: await ofClient('one'),
      address: await ofAddress('/a', 'one'),
      addressAgain: await ofAddress('/a', 'one'),
      unlimited: await limitsBy('/a=1/60').ofClient('one'),
    }).toEqual({
      ...{ first: null, other: null, again: 60 },
      ...{ address: null, addressAgain: null, unlimited: null },
    })
  })

  it('ask a binding by the limit and the key: it says no more than yes or no', async () => {
    const [open, closed] = [limitsBy('/a*=FEW'), limitsBy('client=FEW', false)]
    expect({
      admitted: await open.ofAddress('/a/b', '192.0.2.1'),
      refused: await closed.ofClient('one'),
      unlimited: await closed.ofAddress('/a', '192.0.2.1'),
      asked: [...open.asked, ...closed.asked],
    }).toEqual({
      admitted: null,
      refused: 60,
      unlimited: null,
      asked: [
        ['FEW', '/a* 192.0.2.1'],
        ['FEW', 'client one'],
      ],
    })
  })
})
