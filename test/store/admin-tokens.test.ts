// Tokens of operators in D1: each statement is about the one that it names.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AdminToken } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, now } from '../support/records.ts'

const { adminTokens } = openStore(env)

const tokenOf = (id: string = randomSecret(16)): AdminToken => ({
  id,
  digest: randomSecret(),
  name: 'a name',
  scope: 'users:read',
  createdAt: now,
  expiresAt: now + 100,
  lastUsedAt: null,
})
async function stored(id?: string, requestId = 'a request'): Promise<AdminToken> {
  const token = tokenOf(id)
  await adminTokens.create(token, audit(requestId))
  return token
}
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}

describe('A token of an operator', () => {
  it('is found by its id, and its making is an event', async () => {
    const requestId = randomSecret()
    await stored()
    const token = await stored(undefined, requestId)
    await stored()
    expect({
      found: await adminTokens.find(token.id),
      none: await adminTokens.find('none'),
      events: await eventsOf(requestId),
    }).toEqual({ found: token, none: null, events: 1 })
  })

  it('is listed in the order of ids, page by page', async () => {
    await env.DB.prepare('DELETE FROM admin_tokens').run()
    const [c, a, b] = [await stored('c'), await stored('a'), await stored('b')]
    expect({
      first: await adminTokens.list(2, ''),
      second: await adminTokens.list(2, 'b'),
    }).toEqual({
      first: { items: [a, b], nextCursor: 'b' },
      second: { items: [c], nextCursor: null },
    })
  })

  it('is deleted alone, once, with an event', async () => {
    const [token, other] = [await stored(), await stored()]
    const [first, second] = [randomSecret(), randomSecret()]
    expect({
      isDeleted: await adminTokens.delete(token.id, audit(first)),
      again: await adminTokens.delete(token.id, audit(second)),
      found: await adminTokens.find(token.id),
      other: await adminTokens.find(other.id),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({ isDeleted: true, again: false, found: null, other, events: 1, eventsOfAgain: 0 })
  })

  it('has noted when it was used, and no other', async () => {
    const [token, other] = [await stored(), await stored()]
    await adminTokens.noteUse(token.id, now + 5)
    expect({
      used: await adminTokens.find(token.id),
      other: await adminTokens.find(other.id),
    }).toEqual({ used: { ...token, lastUsedAt: now + 5 }, other })
  })
})
