// The refresh token grant: what D1 decided, in words, and what the answer and the records say.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/core/clients/storage.ts'
import { exchange } from '../../../../src/core/exchange/grants/refresh-token.ts'
import type { Confirmation, NewGrant } from '../../../../src/core/tokens/storage.ts'
import { firstRefreshToken } from '../../../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../../src/crypto/secret.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { claimsOf } from '../../../support/forge.ts'
import {
  type CoreServer,
  coreServer,
  metadataOf,
  refusalOf,
  store,
  storeResource,
} from '../../../support/core-server.ts'
import { openedRecord } from '../../../support/outage.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../../support/records.ts'
import { testKeys } from '../../../support/settings.ts'

const [one, two] = ['https://one.example/', 'https://two.example/']
const { metadata } = newClient()
const user = await storeUser(store.userAdministration)

async function someClient(change: object = {}): Promise<Client> {
  const client = newClient({ metadata: { ...metadata, scope: 'openid read', ...change } })
  await store.clients.create(client, audit())
  return client
}
const client = await someClient()

/** A grant, and its first refresh token. */
async function open(facts: Partial<NewGrant> = {}, of = client) {
  const id = randomSecret(16)
  const token = await firstRefreshToken(testKeys(), id)
  const refreshDigest = await digestOf(token)
  const grant = newGrant({ userId: user.id, clientId: of.id }, { id, refreshDigest, ...facts })
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
  return { id, token }
}

type Given = { form?: object; confirmation?: Confirmation; of?: Client; server?: CoreServer }

async function refresh(
  token: string,
  { form = {}, confirmation, of = client, server }: Given = {},
) {
  const { as, waiting } = server ?? coreServer()
  const sent = new URLSearchParams({ refresh_token: token, ...form }).toString()
  const issued = await exchange(as, of, { parameters: parseParameters(sent), confirmation })
  await Promise.all(waiting)
  return issued
}
const refusal = (token: string, given: Given = {}) => refusalOf(() => refresh(token, given))
const column = async (id: string, name: string) =>
  (await env.DB.prepare('SELECT * FROM grants WHERE id = ?1').bind(id).first())?.[name]
const set = (id: string, columns: string) =>
  env.DB.prepare(`UPDATE grants SET ${columns} WHERE id = ?1`).bind(id).run()

describe('a refresh', () => {
  it('rotates, moves the idle expiry on, and is audited the first time alone', async () => {
    const { id, token } = await open({ idleExpiresAt: now + 5 })
    const { refreshToken = '', accessToken, scope } = await refresh(token)
    const later = await refresh(refreshToken, {
      server: coreServer({ now: now + 1, requestId: 'another' }),
    })
    const { results } = await env.DB.prepare(
      "SELECT * FROM audit_events WHERE kind = 'token.refreshed' AND client_id = ?1",
    )
      .bind(client.id)
      .all()
    expect({
      scope,
      generation: await column(id, 'generation'),
      idle: await column(id, 'idle_expires_at'),
      audited: results.length,
    }).toEqual({ scope: ['openid'], generation: 2, idle: now + 1001, audited: 1 })
    expect(new Set([token, refreshToken, later.refreshToken]).size).toBe(3)
    expect(claimsOf(accessToken)).toMatchObject({ sub: user.sub, exp: now + 600, grant_id: id })
  })

  it.each([
    ['a client that is registered without rotation', { refresh_token_rotation: false }, false],
    ['one of the profile fapi2', { profile: 'fapi2' }, false],
    [
      'one of the profile fapi2 that is registered for it',
      { profile: 'fapi2', refresh_token_rotation: true },
      false,
    ],
    ['any other', { refresh_token_rotation: true }, true],
  ])('of %s: whether it rotates', async (_whose, change, rotates) => {
    const of = await someClient(change)
    const { token } = await open({}, of)
    const { refreshToken } = await refresh(token, { of })
    expect(refreshToken !== token).toBe(rotates)
  })

  it('leaves a record in KV that is whole, unless the request narrows the resources', async () => {
    const kept = async (form: object) => {
      const { id, token } = await open({ resource: `${one} ${two}` })
      await refresh(token, { form })
      return (await openedRecord(`grant:${id}`)).isWhole
    }
    expect({ whole: await kept({}), narrowed: await kept({ resource: one }) }).toEqual({
      whole: true,
      narrowed: false,
    })
  })
})

describe('the refusal', () => {
  const reason = (name: string) => `invalid_grant: refresh_${name}`

  it('is of a token that nobody has, or that has no row', async () => {
    const { id, token } = await open()
    await env.DB.prepare('DELETE FROM grants WHERE id = ?1').bind(id).run()
    expect({ none: await refusal('rt_none'), withoutRow: await refusal(token) }).toEqual({
      none: reason('unknown'),
      withoutRow: reason('unknown'),
    })
  })

  it('is of another client', async () => {
    const { token } = await open()
    expect(await refusal(token, { of: await someClient() })).toBe(reason('foreign'))
  })

  it.each([
    ['revoked', `revoked_at = ${now}`, 'revoked'],
    ['idle for too long', `idle_expires_at = ${now}`, 'expired'],
    ['at the end of its life', `absolute_expires_at = ${now}`, 'expired'],
  ])('is of a grant that is %s', async (_what, columns, why) => {
    const { id, token } = await open()
    await set(id, columns)
    expect(await refusal(token)).toBe(reason(why))
  })

  it('is of a user who was disabled, and never before the last instant', async () => {
    const { id, token } = await open()
    await set(id, `idle_expires_at = ${now} + 0.5, absolute_expires_at = ${now} + 0.5`)
    expect(await refusal(token)).toBe('none')
    const person = await storeUser(store.userAdministration)
    const { id: other, token: theirs } = await open()
    await set(other, `user_id = ${person.id}`)
    await env.DB.prepare('UPDATE users SET disabled_at = 1 WHERE id = ?1').bind(person.id).run()
    expect(await refusal(theirs)).toBe(reason('revoked'))
  })

  it('is of another key than that of the grant; of one that is bound to none, nobody’s', async () => {
    const { token } = await open({ keyThumbprint: 'a key' })
    const unbound = await open()
    await refresh(unbound.token)
    expect({
      own: await refusal(token, { confirmation: { jkt: 'a key' } }),
      other: await refusal(token, { confirmation: { jkt: 'another' } }),
      none: await refusal(token),
      retried: await refusal(unbound.token, { confirmation: { jkt: 'another' } }),
    }).toEqual({
      own: 'none',
      other: 'invalid_dpop_proof',
      none: 'invalid_dpop_proof',
      retried: 'none',
    })
  })

  it('is of what was not granted, and the retry may ask for less, too', async () => {
    const { token } = await open({ scope: 'openid read' })
    const wider = await refusal(token, { form: { scope: 'openid write' } })
    await refresh(token)
    const { scope } = await refresh(token, { form: { scope: 'read' } })
    expect({ wider, scope }).toEqual({ wider: 'invalid_scope: scope_wider', scope: ['read'] })
  })

  it('is of a resource that the client may not name any more', async () => {
    const { token } = await open({ resource: one })
    const of = { ...client, metadata: { ...client.metadata, resources: [two] } }
    expect(await refusal(token, { of })).toBe('invalid_target')
  })

  it('is of a key that the grant has, where only its resource is closed', async () => {
    const { token } = await open({ resource: one, keyThumbprint: 'a key' })
    const of = { ...client, metadata: { ...client.metadata, resources: [two] } }
    expect(await refusal(token, { of, confirmation: { jkt: 'a key' } })).toBe('invalid_target')
  })

  it('is of a proof that a resource demands by now, whatever this isolate remembers', async () => {
    const resource = 'https://demanding.example/'
    await storeResource({ resource })
    const { token } = await open({ resource })
    const server = coreServer()
    await server.as.resources.find([resource], now)
    const found = await store.resources.findByKeys([resource])
    await store.resources.change(
      found.get(resource)?.id ?? '',
      () => metadataOf({ resource, dpop_required: true }),
      audit(),
    )
    expect(await refusal(token, { server })).toBe('invalid_dpop_proof')
  })

  it('is of it for a grant of the release before, too, which D1 does not judge', async () => {
    const resource = 'https://former.example/'
    await storeResource({ resource, dpop_required: true })
    const { id, token } = await open({ resource })
    await set(id, 'resource_keys = NULL')
    expect(await refusal(token)).toBe('invalid_dpop_proof')
  })
})
