// Which client asks for an authorization: when its document is read, and when what is stored counts.
import { describe, expect, it } from 'vitest'
import {
  findAskingClient,
  mayDescribeClient,
  storeDetails,
} from '../../../src/core/clients/asking-client.ts'
import { ClientDirectory } from '../../../src/core/clients/directory.ts'
import type { RegisteredMetadata } from '../../../src/core/clients/metadata.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { coreServer, descriptionOf, refusalOf, store } from '../../support/core-server.ts'
import { audit, newClient, now } from '../../support/records.ts'

const id = 'https://app.example/client.json'
const usual = newClient()
const named = (name: string): RegisteredMetadata => ({ ...usual.metadata, client_name: name })
const stored = (facts: Partial<Client> = {}) =>
  newClient({ id, origin: 'cimd', documentDigest: 'old', metadata: named('An app'), ...facts })

const settings = {
  clientDocuments: { isOn: true, hosts: [] as string[] },
  registration: { unusedLifetime: 500 },
}

/**
 * A server whose storage answers with one of these clients after another, null = none; the document
 * says that the app is called anew.
 */
function serverWith(clients: (Client | null)[], facts: { digest?: string; hosts?: string[] } = {}) {
  const { digest = 'new', hosts = [] } = facts
  const [asked, reads]: [unknown[], string[]] = [[], []]
  const find = async (address: string) => {
    reads.push(address)
    return clients[reads.length - 1] ?? null
  }
  const document = { metadata: named('An app anew'), digest }
  const clientDocuments = {
    find: async (_as: unknown, address: string, wanted: object) => {
      asked.push({ address, ...wanted })
      return document
    },
  }
  const directory = new ClientDirectory({ ...store.clients, find }, 10)
  const { as } = coreServer(
    { clients: directory, clientDocuments },
    { ...settings, clientDocuments: { isOn: true, hosts } },
  )
  return { as, asked, reads }
}

describe('the client that asks, where its client_id is the address of a document', () => {
  it.each([
    ['that the operator disabled', { disabledAt: now }],
    ['that the operator created under this address', { origin: 'admin' }],
  ])('is the stored one %s, and no document is read', async (_what, facts) => {
    const client = stored(facts)
    const { as, asked } = serverWith([client])
    expect({ ...(await findAskingClient(as, id)), asked }).toEqual({
      ...{ client, documentChange: 'none', asked: [] },
    })
  })

  it('is the stored one where the screen was made for it, and no document is read', async () => {
    const client = stored()
    const { as, asked } = serverWith([client])
    expect({ ...(await findAskingClient(as, id, 'old')), asked }).toEqual({
      ...{ client, documentChange: 'none', asked: [] },
    })
  })

  it('is the stored one where the document has not changed, and is read once', async () => {
    const client = stored()
    const { as, asked, reads } = serverWith([client], { digest: 'old' })
    expect({ ...(await findAskingClient(as, id, 'older')), asked, reads }).toEqual({
      ...{ client, documentChange: 'none', reads: [id] },
      asked: [{ address: id, seen: 'older', stored: 'old' }],
    })
  })

  it('is the one of the document where none is stored, kept for as long as an unused one', async () => {
    const { as, asked, reads } = serverWith([null])
    expect({ ...(await findAskingClient(as, id)), asked, reads }).toEqual({
      client: expect.objectContaining({
        ...{ id, origin: 'cimd', metadata: named('An app anew') },
        ...{ documentDigest: 'new', keptUntil: now + 500, createdAt: now },
      }),
      documentChange: 'identity',
      asked: [{ address: id, seen: undefined, stored: null }],
      reads: [id],
    })
  })

  it('is the one of the document where the stored one was deleted meanwhile', async () => {
    const { as } = serverWith([stored({ secretDigest: 'kept' }), null])
    expect(await findAskingClient(as, id)).toMatchObject({
      client: { secretDigest: null, documentDigest: 'new' },
      documentChange: 'identity',
    })
  })

  it('is the stored one as its document describes it now, with what it had besides', async () => {
    const client = stored({ notBefore: 7 })
    const { as } = serverWith([client, client])
    expect(await findAskingClient(as, id)).toEqual({
      client: { ...client, metadata: named('An app anew'), documentDigest: 'new' },
      documentChange: 'identity',
    })
  })

  it('has changed in details alone where a person would know it by the same', async () => {
    const client = stored({
      metadata: { ...named('An app anew'), client_uri: 'https://a.example/' },
    })
    const { as } = serverWith([client, client])
    expect(await findAskingClient(as, id)).toMatchObject({ documentChange: 'details' })
  })

  it.each([
    ['the operator disabled it', { disabledAt: now }],
    ['another isolate stored the document', { documentDigest: 'new' }],
  ])('is as stored where %s a moment ago', async (_what, facts) => {
    const latest = stored(facts)
    const { as } = serverWith([stored(), latest])
    expect(await findAskingClient(as, id)).toEqual({ client: latest, documentChange: 'none' })
  })

  it('is refused where its document contradicts what the operator gave it', async () => {
    const client = stored({ metadata: { ...named('An app'), profile: 'fapi2' } })
    const asking = () => findAskingClient(serverWith([client, client]).as, id)
    expect({ refusal: await refusalOf(asking), fault: await descriptionOf(asking) }).toEqual({
      refusal: 'invalid_request: document_unusable',
      fault: expect.stringMatching(
        /^the client metadata document contradicts what the operator set: \w+ /,
      ),
    })
  })

  it('is refused where the address can be none of a document', async () => {
    const { as, reads } = serverWith([])
    const bad = `${id}#part`
    expect({
      refusal: await refusalOf(() => findAskingClient(as, bad)),
      fault: await descriptionOf(() => findAskingClient(as, bad)),
      reads,
    }).toEqual({
      refusal: 'invalid_request: client_unknown',
      fault: expect.stringMatching(/^the client_id must have a host and a path, and no fragment/),
      reads: [],
    })
  })

  it('is none where the operator lets no document of that host describe clients', async () => {
    const { as, asked, reads } = serverWith([stored()], { hosts: ['other.example'] })
    expect({ ...(await findAskingClient(as, id)), asked, reads }).toEqual({
      ...{ client: null, documentChange: 'none', asked: [], reads: [] },
    })
    expect(mayDescribeClient(as, 'https://other.example/client.json')).toBe(true)
  })
})

describe('the client that asks under any other client_id', () => {
  it('is the registered one, or none, and no document is read', async () => {
    const client = newClient({ id: 'an app' })
    const { as, asked } = serverWith([client, null])
    expect([await findAskingClient(as, 'an app'), await findAskingClient(as, 'none')]).toEqual([
      { client, documentChange: 'none' },
      { client: null, documentChange: 'none' },
    ])
    expect(asked).toEqual([])
  })
})

describe('details of a document that are stored', () => {
  const server = () => coreServer({}, settings).as
  const kept = async () => {
    const client = stored({ id: `https://app.example/${crypto.randomUUID()}` })
    await store.clients.create(client, audit())
    return client
  }
  const described = (client: Client): Client => ({
    ...{ ...client, metadata: named('An app anew'), documentDigest: 'new' },
  })

  it('count at this isolate at once', async () => {
    const [as, client] = [server(), await kept()]
    await as.clients.find(client.id, now)
    await storeDetails(as, described(client))
    expect(await as.clients.find(client.id, now)).toMatchObject({
      ...{ documentDigest: 'new', metadata: { client_name: 'An app anew' } },
    })
  })

  it('do not undo what another request has stored meanwhile', async () => {
    const [as, client] = [server(), await kept()]
    await store.clients.change(client.id, () => ({ documentDigest: 'newest' }), audit())
    await storeDetails(as, described(client))
    expect(await store.clients.find(client.id)).toMatchObject({
      ...{ documentDigest: 'newest', metadata: { client_name: 'An app' } },
    })
  })
})
