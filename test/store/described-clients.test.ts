// A client as its document describes it, stored with a consent: whose consents it forgets, what it may
// change, and how its version rises. Each fact is set by hand.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, now, run } from '../support/records.ts'

const { consents, clients } = openStore(env)

const answerAt = (at: number) => ({
  digest: randomSecret(),
  expiresAt: now + 900,
  operation: randomSecret(),
  now: at,
})

/** One person says yes to a description. */
const agree = (described: Client, answer = answerAt(now + 1)) =>
  consents.grantFor(
    answer,
    1,
    {
      clientId: described.id,
      covered: [{ resource: '', scope: 'read' }],
      grantedAt: now,
      described,
    },
    audit(),
  )

/** A client that was stored by its document, and that another person has agreed to as well. */
async function stored(facts: Partial<Client> = {}): Promise<Client> {
  const client = { ...newClient(), origin: 'cimd', documentDigest: 'a document', ...facts }
  await clients.create(client, audit())
  await run(`INSERT INTO resource_consents VALUES (2, ?1, '', 'openid', 1)`, client.id)
  return client
}
const renamed = (client: Client): Client => ({
  ...client,
  metadata: { ...client.metadata, client_name: 'Another name' },
  documentDigest: 'another document',
})

/** Whether the other person's consent still stands. */
const isRemembered = async ({ id }: Client) => (await consents.listRemembered(2, id)).length === 1
const digestOf = async ({ id }: Client) => (await clients.find(id))?.documentDigest
const versionOf = async ({ id }: Client) => (await clients.find(id))?.updatedAt

describe('A description of another identity', () => {
  it('forgets all consents of its own client, and of no other', async () => {
    const [client, other] = [await stored(), await stored()]
    await agree(renamed(client))
    expect({
      own: await isRemembered(client),
      other: await isRemembered(other),
      digest: await digestOf(client),
    }).toEqual({ own: false, other: true, digest: 'another document' })
  })

  it('is compared with its own client alone', async () => {
    const client = await stored()
    await stored({ metadata: renamed(client).metadata })
    await agree({ ...client, documentDigest: 'another document' })
    expect(await isRemembered(client)).toBe(true)
  })

  it('changes nothing by a second answer to its screen', async () => {
    const [client, other] = [await stored(), await stored()]
    const answer = answerAt(now + 1)
    await agree(other, answer)
    const second = { ...answer, operation: randomSecret() }
    const isGiven = await agree(renamed(client), second)
    const unknown = { ...newClient(), origin: 'cimd', documentDigest: 'a document' }
    await agree(unknown, second)
    expect({
      isGiven,
      isRemembered: await isRemembered(client),
      digest: await digestOf(client),
      unknown: await clients.find(unknown.id),
    }).toEqual({ isGiven: false, isRemembered: true, digest: 'a document', unknown: null })
  })

  it.each<[string, Partial<Client>]>([
    ['that the operator created', { origin: 'admin' }],
    ['that is disabled', { disabledAt: 1 }],
    ['that was changed since it was read', { updatedAt: now - 99 }],
  ])('changes no client %s', async (_what, facts) => {
    const client = await stored(facts)
    await agree(renamed({ ...client, updatedAt: now - 100 }))
    expect({
      isRemembered: await isRemembered(client),
      digest: await digestOf(client),
    }).toEqual({ isRemembered: true, digest: 'a document' })
  })
})

describe('The version of a described client', () => {
  it('is the instant of the consent, and always later than before', async () => {
    const [earlier, later] = [await stored(), await stored({ updatedAt: now + 5 })]
    await agree(renamed(earlier))
    await agree(renamed(later))
    expect({ earlier: await versionOf(earlier), later: await versionOf(later) }).toEqual({
      earlier: now + 1,
      later: now + 5 + 0.001,
    })
  })

  it('is told to KV once it rises, where a record of the client may be older', async () => {
    const [client, created] = [await stored(), { ...newClient(), origin: 'cimd' }]
    await agree(renamed(client))
    await agree(created)
    const outdated = async ({ id }: Client) =>
      env.DB.prepare('SELECT revoked_at FROM revocation_outbox WHERE key = ?1')
        .bind(`rev:client-record:${id}`)
        .first('revoked_at')
    expect({ changed: await outdated(client), created: await outdated(created) }).toEqual({
      changed: now + 1,
      created: null,
    })
  })
})
