// Refresh tokens that name a master key which this isolate does not have: only the row can tell whether
// another isolate takes them.
import { beforeEach, expect, it } from 'vitest'
import type { User } from '../../../src/core/people/storage.ts'
import { readPresentedRefreshToken } from '../../../src/core/tokens/presented-refresh-token.ts'
import type { NewGrant } from '../../../src/core/tokens/storage.ts'
import { KeyRing } from '../../../src/crypto/key-ring.ts'
import { firstRefreshToken } from '../../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../src/crypto/secret.ts'
import { coreServer, refusalOf, store } from '../../support/core-server.ts'
import {
  audit,
  newClient,
  newGrant,
  now,
  rotationOf,
  run,
  storeUser,
} from '../../support/records.ts'

const elsewhere = new KeyRing([{ id: 'elsewhere', bytes: new Uint8Array(32).fill(7) }])
const { as } = coreServer()
const client = newClient()
await store.clients.create(client, audit())

let grant: NewGrant
let user: User
let token = ''

beforeEach(async () => {
  user = await storeUser(store.userAdministration)
  const id = randomSecret(16)
  token = await firstRefreshToken(elsewhere, id)
  const facts = { id, refreshDigest: await digestOf(token) }
  grant = newGrant({ userId: user.id, clientId: client.id }, facts)
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
})

const lacksItsKey = () => refusalOf(() => readPresentedRefreshToken(as, token))
const isNone = async (text = token) => (await readPresentedRefreshToken(as, text)) === null

it('the token of a live grant is not called invalid', async () => {
  expect(await lacksItsKey()).toBe('temporarily_unavailable')
})

it('nor is the one before, which may be a retry', async () => {
  await store.grants.rotate(rotationOf(grant))
  expect(await lacksItsKey()).toBe('temporarily_unavailable')
})

it('a token that the row does not have is none, whatever grant it names', async () => {
  expect({
    other: await isNone(await firstRefreshToken(elsewhere, grant.id)),
    noGrant: await isNone(await firstRefreshToken(elsewhere, randomSecret(16))),
  }).toEqual({ other: true, noGrant: true })
})

it('that of a revoked grant is none', async () => {
  await store.grants.revoke(grant.id, 'revoked by the client', audit())
  expect(await isNone()).toBe(true)
})

it('that of a user who is disabled is none', async () => {
  await run('UPDATE users SET disabled_at = ?1 WHERE id = ?2', now, user.id)
  expect(await isNone()).toBe(true)
})

it('a token of our own needs no look at the row; garbage is none', async () => {
  const blind = coreServer({ store: null }).as
  const ours = await firstRefreshToken(as.keys, grant.id)
  expect({
    ours: await readPresentedRefreshToken(blind, ours),
    garbage: await readPresentedRefreshToken(blind, 'garbage'),
  }).toEqual({
    ours: { text: ours, keyId: 'test', grantId: grant.id, generation: 0 },
    garbage: null,
  })
})
