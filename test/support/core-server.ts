// A server as core knows it, over the real D1 and KV: its functions are called without a request around them,
// at an instant that the test names.
import { env } from 'cloudflare:workers'
import type { AuthorizationServer } from '../../src/core/authorization-server.ts'
import { ClientDirectory } from '../../src/core/clients/directory.ts'
import { SigningKeys } from '../../src/core/server/signing-keys.ts'
import { DetailsTypeDirectory } from '../../src/core/tokens/details-type-directory.ts'
import { ResourceDirectory } from '../../src/core/tokens/resource-directory.ts'
import { resourceMetadata } from '../../src/core/tokens/resource-metadata.ts'
import type { Target } from '../../src/core/tokens/target.ts'
import { openStore } from '../../src/store/open.ts'
import * as v from '../../src/protocol/schema.ts'
import { issuer } from './http.ts'
import { audit, now } from './records.ts'
import { testKeys } from './settings.ts'

export const store = openStore(env)

const lifetimes = {
  ...{ accessToken: 600, refreshToken: 5_000, refreshTokenIdle: 1_000, refreshTokenGrace: 60 },
}
const usualSettings = {
  ...{ development: true, outageRefresh: true, resources: 'any', dpopNonce: 'offered', lifetimes },
  brand: { scopeTexts: [] },
}

export type CoreServer = {
  as: AuthorizationServer
  /** What was logged, and the work that waits for the end of the response. */
  events: Record<string, unknown>[]
  waiting: Promise<unknown>[]
}

/** A server that has just started; `facts` are members that differ. */
export function coreServer(facts: object = {}, settings: object = {}): CoreServer {
  const events: Record<string, unknown>[] = []
  const waiting: Promise<unknown>[] = []
  const keys = testKeys()
  const schedule = { signingKeyLifetime: 86_400, jwksMaxAge: 300, encryption: false }
  const as: AuthorizationServer = Object.assign(Object.create(null), {
    ...{ store, keys, now, issuer, ownIssuers: [issuer], requestId: 'a request', address: '' },
    ...{ userAgent: null, place: null, certificate: null },
    settings: { ...usualSettings, ...settings },
    signingKeys: new SigningKeys(store.signingKeys, keys, schedule),
    clients: new ClientDirectory(store.clients, 10),
    resources: new ResourceDirectory(store.resources, 10),
    detailsTypes: new DetailsTypeDirectory(store.detailsTypes, 10),
    outage: { wasGivenBack: () => Promise.resolve(false) },
    dialects: { firstPartyScopes: new Set() },
    log: (event: Record<string, unknown>) => events.push(event),
    nameClient: () => undefined,
    waitUntil: (work: Promise<unknown>) => waiting.push(work),
    ...facts,
  })
  return { as, events, waiting }
}

/** What the operator says of a resource. */
export const metadataOf = (facts: { resource: string } & Record<string, unknown>) =>
  v.parse(resourceMetadata(), facts)

/** A registered resource as a target. */
export const targetOf = (facts: { resource: string } & Record<string, unknown>): Target => ({
  uri: facts.resource,
  metadata: metadataOf(facts),
})

/** A resource that nobody registered. */
export const unregistered = (uri: string): Target => ({ uri, metadata: null })

/** Stores a resource. */
export async function storeResource(
  facts: { resource: string } & Record<string, unknown>,
): Promise<void> {
  const resource = { metadata: metadataOf(facts), createdAt: now, updatedAt: now }
  await store.resources.create({ id: crypto.randomUUID(), ...resource }, audit())
}

/** The code and the reason of the refusal of a call; `none` if it is not refused. */
export async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return 'none'
  } catch (failure) {
    const { code, reason } = Object(failure)
    if (code === undefined) throw failure
    return reason === undefined ? code : `${code}: ${reason}`
  }
}

/** What the refusal of a call says; `none` if it is not refused. */
export async function descriptionOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return 'none'
  } catch (failure) {
    const { description } = Object(failure)
    if (description === undefined) throw failure
    return description
  }
}
