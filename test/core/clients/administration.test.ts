// What an administrator does to clients: what is stored, who is told, and what this isolate forgets.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  changeClient,
  createClient,
  deleteClient,
  rotateClientSecret,
} from '../../../src/core/clients/administration.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { coreServer, store } from '../../support/core-server.ts'
import { audit, newClient, now } from '../../support/records.ts'

let requests = 0
let server = coreServer()
/** Every test has an isolate of its own, and its events a request id of their own. */
beforeEach(() => {
  server = coreServer({ requestId: `request ${(requests += 1)}` })
})

const { metadata } = newClient()
const draft = (facts: object = {}) => ({
  ...{ id: crypto.randomUUID(), metadata, secret: null, isDisabled: false },
  ...facts,
})
async function stored(facts: Partial<Client> = {}): Promise<Client> {
  const client = newClient(facts)
  await store.clients.create(client, audit())
  return client
}

/** The details of the events of this test's request. */
async function fieldsOfEvents() {
  const query = "SELECT detail ->> '$.fields' AS fields FROM audit_events WHERE request_id = ?1"
  const { results } = await env.DB.prepare(query).bind(server.as.requestId).all()
  return results.map(({ fields }) => fields)
}
/** What waits for the end of the response, and what is left to tell KV of a client after it. */
async function told({ id }: Pick<Client, 'id'>) {
  const works = server.waiting.length
  await Promise.all(server.waiting)
  const query = 'SELECT key FROM revocation_outbox WHERE instr(key, ?1)'
  const { results } = await env.DB.prepare(query).bind(id).all()
  return { works, left: results }
}

describe('a client that an administrator creates', () => {
  it.each([
    ['the administrator, who made it by hand', {}, 'admin'],
    ['the configuration that manages it', { managed_by: 'terraform' }, 'config'],
  ])('comes from %s', async (_what, facts, origin) => {
    const { client } = await createClient(server.as, draft({ metadata: { ...metadata, ...facts } }))
    expect(await store.clients.find(client.id)).toMatchObject({ origin })
  })

  it('has the digest of its secret, and none where it has no secret', async () => {
    const made = async (secret: string | null) =>
      (await createClient(server.as, draft({ secret }))).client.secretDigest
    expect([await made('a secret'), await made(null)]).toEqual([await digestOf('a secret'), null])
  })

  it('is the one that this isolate knows then, whatever it remembered under that name', async () => {
    const { as } = server
    const old = await stored()
    await as.clients.find(old.id, now)
    await store.clients.delete(old.id, audit())
    const { isNew } = await createClient(as, draft({ id: old.id, isDisabled: true }))
    expect({ isNew, found: await as.clients.find(old.id, now) }).toMatchObject({
      isNew: true,
      found: { disabledAt: now },
    })
  })
})

describe('a change of a client by an administrator', () => {
  it('names the members that change in its event, and none where none is named', async () => {
    const { id } = await stored()
    const decide = () => ({ disabledAt: now })
    await changeClient(server.as, id, { kind: 'client.changed', decide })
    await changeClient(server.as, id, { kind: 'client.changed', fields: ['scope'], decide })
    expect(await fieldsOfEvents()).toEqual(['[]', '["scope"]'])
  })

  it('tells KV what it revokes, after the response', async () => {
    const client = await stored()
    await changeClient(server.as, client.id, {
      kind: 'client.grants-revoked',
      decide: () => ({ notBefore: now }),
    })
    expect(await told(client)).toEqual({ works: 1, left: [] })
  })

  it('gives no secret to a client that authenticates without one', async () => {
    const { id } = await stored({
      metadata: { ...metadata, token_endpoint_auth_method: 'none' },
    })
    expect(await rotateClientSecret(server.as, id, 'a secret')).toBe('secretless')
  })
})

describe('the deletion of a client', () => {
  it('tells KV, after the response', async () => {
    const client = await stored()
    expect(await deleteClient(server.as, client.id)).toBe(true)
    expect(await told(client)).toEqual({ works: 1, left: [] })
  })

  it('tells nobody where there is no such client', async () => {
    expect([await deleteClient(server.as, 'none'), server.waiting]).toEqual([false, []])
  })

  it('is known to this isolate at once', async () => {
    const { as } = server
    const { id } = await stored()
    await as.clients.find(id, now)
    await deleteClient(as, id)
    expect(await as.clients.find(id, now)).toBeNull()
  })
})
