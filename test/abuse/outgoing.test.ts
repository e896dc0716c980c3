// What strangers make the server ask of others is bounded for each target, and what an isolate remembers of it
// is bounded, too.
import { describe, expect, it } from 'vitest'
import { FetchLimit } from '../../src/federation/fetch-limit.ts'
import { SharedReads } from '../../src/federation/shared-reads.ts'
import { setNewest } from '../../src/protocol/bounded-map.ts'
import { DocumentHost, callback } from '../federation/client-documents.ts'
import { leaveFor, scriptedSignIn } from '../federation/sign-in.ts'
import { authorizePath } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { UserAgent } from '../support/user-agent.ts'
import { from, ownNetwork } from './address.ts'

/** More than any target is asked in a minute. */
const flooded = 45

describe('Requests to others', () => {
  it('a host of client documents is asked 20 times a minute, whatever its documents are called', async () => {
    const { fetch } = new Server()
    const host = new DocumentHost()
    for (let index = 0; index < flooded; index++) {
      const agent = new UserAgent(from(ownNetwork(index), fetch))
      const client = { client_id: host.url(`/${index}.json`) }
      const place = await agent.open(authorizePath(client, { redirect_uri: callback }))
      expect([400, 429]).toContain(place.status)
    }
    expect(await host.requests()).toBe(20)
  })

  it('a provider that fails is asked 30 times a minute, however many people press its button', async () => {
    const { fetch } = new Server()
    const { id, provider } = await scriptedSignIn({ label: 'Failing' })
    await provider.answer('/.well-known/openid-configuration', { status: 500, body: {} })
    const asked = (await provider.requests('/.well-known')).length
    for (let index = 0; index < flooded; index++) {
      const agent = new UserAgent(from(ownNetwork(index), fetch))
      const place = await leaveFor(agent, await agent.open('/'), id)
      expect(place.away).toBeNull()
    }
    expect((await provider.requests('/.well-known')).length - asked).toBe(30)
  })

  it('people who press it at once wait for one request', async () => {
    const { fetch } = new Server()
    const { id, provider } = await scriptedSignIn({ label: 'Awaited' })
    const asked = (await provider.requests('/.well-known')).length
    const agents = Array.from({ length: 8 }, () => new UserAgent(fetch))
    const opened = await Promise.all(
      agents.map(async (agent) => ({ agent, page: await agent.open('/') })),
    )
    await Promise.all(opened.map(({ agent, page }) => leaveFor(agent, page, id)))
    expect((await provider.requests('/.well-known')).length - asked).toBeLessThanOrEqual(1)
  })
})

describe('What an isolate remembers', () => {
  it('of hosts that were asked is bounded, and of one host by its limit', () => {
    const limit = new FetchLimit()
    const answers = []
    for (let index = 0; index < 40; index++) answers.push(limit.count('a.example', true, 100))
    expect(answers.filter((wait) => wait === null).length).toBe(30)
    // A host is forgotten only once a thousand others have been asked since.
    for (let index = 0; index < 999; index++) limit.count(`${index}.example`, true, 100)
    expect(limit.waitFor('a.example', true, 100)).toBe(60)
    limit.count('999.example', true, 100)
    expect(limit.waitFor('a.example', true, 100)).toBeNull()
  })

  it('of reads that never end is forgotten', () => {
    const reads = new SharedReads<null>()
    const never = () => new Promise<null>(() => undefined)
    const waitUntil = () => undefined
    for (let second = 0; second < 100; second++) {
      for (let index = 0; index < 10; index++) {
        void reads.read({ now: second, waitUntil }, `${second}/${index}`, never)
      }
    }
    expect(reads.size).toBe(40)
  })

  it('is what is newest', () => {
    const map = new Map<number, number>()
    for (let index = 0; index < 100; index++) setNewest(map, index, index, 3)
    setNewest(map, 98, 0, 3)
    setNewest(map, 100, 0, 3)
    expect([...map.keys()]).toEqual([99, 98, 100])
  })
})
