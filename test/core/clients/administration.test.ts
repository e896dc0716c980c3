// What an administrator does to clients: what is stored, who is told, and what this isolate forgets.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  changeClient,
  createClient,
  deleteClient,
  rotateClientSecret,
} from '../../../src/core/clients/administration.ts'
import type { RegisteredMetadata } from '../../../src/core/clients/metadata.ts'
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

  it('is not new, and not changed, where the identifier belongs to another', async () => {
    const client = await stored()
    const { isNew } = await createClient(server.as, draft({ id: client.id, isDisabled: true }))
    expect({ isNew, found: await store.clients.find(client.id) }).toEqual({
      ...{ isNew: false, found: client },
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

  it('counts at this isolate at once', async () => {
    const { as } = server
    const { id } = await stored()
    await as.clients.find(id, now)
    await changeClient(as, id, { kind: 'client.changed', decide: () => ({ disabledAt: now }) })
    expect(await as.clients.find(id, now)).toMatchObject({ disabledAt: now })
  })
})

describe('a new secret of a client', () => {
  const withSecret: RegisteredMetadata = {
    ...metadata,
    token_endpoint_auth_method: 'client_secret_basic',
  }
  const secrets = { secretDigest: 'the first', previousSecretDigest: null }

  it('leaves the one before valid, also where the request comes twice', async () => {
    const { id } = await stored({ metadata: withSecret, ...secrets })
    const rotated = {
      secretDigest: await digestOf('a secret'),
      previousSecretDigest: 'the first',
    }
    expect([
      await rotateClientSecret(server.as, id, 'a secret'),
      await rotateClientSecret(server.as, id, 'a secret'),
      await store.clients.find(id),
    ]).toMatchObject([rotated, rotated, rotated])
  })

  it('is none for a client that authenticates without one, or that does not exist', async () => {
    const { id } = await stored({ metadata: { ...metadata, token_endpoint_auth_method: 'none' } })
    expect([
      await rotateClientSecret(server.as, id, 'a secret'),
      await rotateClientSecret(server.as, 'none', 'a secret'),
    ]).toEqual(['secretless', null])
  })

  it('is not said to be none where storage fails', async () => {
    const fault = new Error('storage fails')
    const clients = { ...store.clients, change: () => Promise.reject(fault) }
    const { as } = coreServer({ store: { ...store, clients } })
    await expect(rotateClientSecret(as, 'a client', 'a secret')).rejects.toBe(fault)
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
