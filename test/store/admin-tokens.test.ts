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
    expect([
      await adminTokens.find(token.id),
      await adminTokens.find('none'),
      await eventsOf(requestId),
    ]).toEqual([token, null, 1])
  })

  it('is listed in the order of ids, page by page', async () => {
    await env.DB.prepare('DELETE FROM admin_tokens').run()
    const [c, a, b] = [await stored('c'), await stored('a'), await stored('b')]
    expect([await adminTokens.list(2, ''), await adminTokens.list(2, 'b')]).toEqual([
      { items: [a, b], nextCursor: 'b' },
      { items: [c], nextCursor: null },
    ])
  })

  it('is deleted alone, once, with an event', async () => {
    const [token, other] = [await stored(), await stored()]
    const [first, second] = [randomSecret(), randomSecret()]
    expect([
      await adminTokens.delete(token.id, audit(first)),
      await adminTokens.delete(token.id, audit(second)),
      await adminTokens.find(token.id),
      await adminTokens.find(other.id),
      await eventsOf(first),
      await eventsOf(second),
    ]).toEqual([true, false, null, other, 1, 0])
  })

  it('has noted when it was used, and no other', async () => {
    const [token, other] = [await stored(), await stored()]
    await adminTokens.noteUse(token.id, now + 5)
    expect([await adminTokens.find(token.id), await adminTokens.find(other.id)]).toEqual([
      { ...token, lastUsedAt: now + 5 },
      other,
    ])
  })
})
