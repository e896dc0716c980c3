// Whether a refresh still gets a token for what its grant was given, once the operator has closed a
// resource, or demands a proof for it: each rule by itself.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { resourceMetadata } from '../../src/core/tokens/resource-metadata.ts'
import type { Rotation } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { resourceKey } from '../../src/protocol/resource-key.ts'
import * as v from '../../src/protocol/schema.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, rotationOf, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, resources } = openStore(env)

const user = await storeUser(userAdministration)
const client = newClient()
await clients.create(client, audit())

const newAddress = () => `https://${randomSecret(8).toLowerCase()}.example`

/** Registers a resource, and returns its address. */
async function registered(facts: {
  open_to?: 'all' | 'listed'
  dpop_required?: boolean
  aliases?: string[]
}): Promise<string> {
  const resource = newAddress()
  const metadata = v.parse(resourceMetadata(), { resource, ...facts })
  const row = { id: randomSecret(16), metadata, createdAt: now, updatedAt: now }
  expect(await resources.create(row, audit())).toBe('created')
  return resource
}

/** Whether a grant of these resources is refreshed. */
async function isRefreshed(given: readonly string[], facts: Partial<Rotation>) {
  const ids = { userId: user.id, clientId: client.id }
  const grant = newGrant(ids, { resource: given.join(' ') })
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  return (await grants.rotate(rotationOf(grant, facts))).refreshed
}

const open = await registered({})
const closed = await registered({ open_to: 'listed' })
const proved = await registered({ dpop_required: true })

/** A refresh of a client whose registration limits nothing, by the short statement or the long one. */
const statements: [string, Partial<Rotation>][] = [
  ['names nothing', {}],
  ['names a scope', { scope: ['openid'] }],
]

describe.each(statements)('A refresh that %s', (_what, facts) => {
  it('is refused where its only resource is closed, and not where another is still open', async () => {
    expect({
      closed: await isRefreshed([closed], facts),
      one: await isRefreshed([closed, open], facts),
      other: await isRefreshed([open, closed], facts),
    }).toEqual({ closed: false, one: true, other: true })
  })

  it('needs a proof where one of its resources demands it, and none otherwise', async () => {
    expect({
      none: await isRefreshed([open], facts),
      demanded: await isRefreshed([proved], facts),
      beside: await isRefreshed([open, proved], facts),
      proved: await isRefreshed([proved], { ...facts, provesKey: true }),
    }).toEqual({ none: true, demanded: false, beside: false, proved: true })
  })
})

describe('A client that lists resources', () => {
  const listing = (addresses: readonly string[]): Partial<Rotation> => ({
    nameable: { unregistered: true, listed: addresses.map(resourceKey) },
  })

  it('is given a closed resource under any spelling that it lists, and no other resource', async () => {
    const alias = newAddress()
    const spelled = await registered({ open_to: 'listed', aliases: [alias] })
    expect({
      listed: await isRefreshed([spelled], listing([newAddress(), spelled])),
      byAlias: await isRefreshed([spelled], listing([alias])),
      another: await isRefreshed([spelled], listing([open])),
      unregistered: await isRefreshed([spelled], listing([newAddress()])),
      openButNotListed: await isRefreshed([open], listing([spelled])),
    }).toEqual({
      listed: true,
      byAlias: true,
      another: false,
      unregistered: false,
      openButNotListed: false,
    })
  })
})
