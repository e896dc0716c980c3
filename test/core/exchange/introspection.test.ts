// What introspection tells, and whom.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/clients/storage.ts'
import { introspect, signIntrospection } from '../../../src/core/exchange/introspection.ts'
import type { NewGrant } from '../../../src/core/tokens/storage.ts'
import { signJwt } from '../../../src/crypto/jwt.ts'
import { firstRefreshToken } from '../../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret, timeOrderedId } from '../../../src/crypto/secret.ts'
import { coreServer, store } from '../../support/core-server.ts'
import { claimsOf } from '../../support/forge.ts'
import { issuer } from '../../support/http.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../support/records.ts'
import { testKeys } from '../../support/settings.ts'

const { metadata } = newClient()
async function someClient(change: object = {}): Promise<Client> {
  const client = newClient({ metadata: { ...metadata, introspection: 'any', ...change } })
  await store.clients.create(client, audit())
  return client
}
const api = 'https://api.example/'
const client = await someClient({ introspection: 'own' })
const anybody = await someClient()
const reticent = await someClient({ introspection: 'own' })
const server = await someClient({ introspection: 'own', resources: [api] })
const open = await someClient({ token_endpoint_auth_method: 'none', resources: [api] })
const user = await storeUser(store.userAdministration)
const { as } = coreServer()
const signer = await as.signingKeys.signer('ES256', now)

let refreshToken = ''
let grant: NewGrant
beforeEach(() => begin())

/** A grant with a refresh token. */
async function begin(facts: Partial<NewGrant> = {}) {
  const id = randomSecret(16)
  refreshToken = await firstRefreshToken(testKeys(), id)
  const refreshDigest = await digestOf(refreshToken)
  const all = { id, refreshDigest, authTime: now - 5, acr: 'an acr', ...facts }
  grant = newGrant({ userId: user.id, clientId: client.id }, all)
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
}

const jti = timeOrderedId(now)
const tokenOf = (more: object = {}) =>
  signJwt(signer, 'at+jwt', {
    ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid', jti },
    ...{ grant_id: grant.id, iat: now, exp: now + 600, ...more },
  })
const ask = async (caller: Client, more: object = {}) => introspect(as, caller, await tokenOf(more))

/** What of the user and the details the caller may know. */
async function told(caller: Client, more: object = {}) {
  const details = [{ type: 'payment' }]
  const answer = await ask(caller, { authorization_details: details, ...more })
  if (!answer.active) return 'nothing'
  const { username, sub, authorization_details } = answer
  return [
    ...(username === undefined ? [] : ['username']),
    ...(sub === undefined ? [] : ['sub']),
    ...(authorization_details === undefined ? [] : ['details']),
  ].join(' ')
}

describe('an access token', () => {
  it('is described to its client', async () => {
    expect(await ask(client)).toEqual({
      ...{ active: true, scope: 'openid', client_id: client.id, username: user.username },
      ...{
        token_type: 'Bearer',
        exp: now + 600,
        iat: now,
        sub: user.sub,
        aud: issuer,
        iss: issuer,
      },
      ...{ jti, auth_time: now - 5, acr: 'an acr', amr: ['pwd'] },
    })
  })

  it('is described with what it is bound to, who acts, and all of its audience', async () => {
    const more = { cnf: { jkt: 'a key' }, act: { sub: 'an actor' }, aud: [issuer, api] }
    expect(await ask(client, { ...more, scope: undefined })).toEqual({
      ...{ active: true, client_id: client.id, username: user.username, token_type: 'DPoP' },
      ...{ exp: now + 600, iat: now, sub: user.sub, iss: issuer, jti, ...more },
      ...{ auth_time: now - 5, acr: 'an acr', amr: ['pwd'] },
    })
  })

  it('of a machine has no user, and its issuer is its audience where it names none', async () => {
    const machine = { sub: client.id, grant_id: undefined, aud: undefined }
    expect(await ask(anybody, machine)).toEqual({
      ...{ active: true, scope: 'openid', client_id: client.id, token_type: 'Bearer' },
      ...{ exp: now + 600, iat: now, sub: client.id, aud: issuer, iss: issuer, jti },
    })
  })

  it('is active for its own client, whom it names, and for those who may ask about any', async () => {
    const isActive = async (caller: Client, more: object = {}) => (await ask(caller, more)).active
    expect({
      anybody: await isActive(anybody),
      reticent: await isActive(reticent),
      server: [await isActive(server), await isActive(server, { aud: api })],
      open: [await isActive(open), await isActive(open, { aud: api })],
      openOwn: await isActive(open, { client_id: open.id, grant_client_id: client.id }),
      openAny: await isActive({ ...open, metadata: { ...open.metadata, introspection: 'any' } }),
      garbage: (await introspect(as, client, 'garbage')).active,
    }).toEqual({
      ...{ anybody: true, reticent: false, server: [false, true], open: [false, false] },
      ...{ openOwn: true, openAny: false, garbage: false },
    })
  })

  it('tells who the user is and what is allowed to those who need to know', async () => {
    expect({
      client: await told(client),
      forUs: await told(anybody),
      named: await told(server, { aud: api }),
      elsewhere: await told(anybody, { aud: api }),
      machine: await told(anybody, { aud: api, sub: client.id, grant_id: undefined }),
      machineForUs: await told(anybody, { sub: client.id, grant_id: undefined }),
    }).toEqual({
      client: 'username sub details',
      forUs: 'username sub details',
      named: 'username sub details',
      elsewhere: '',
      machine: 'sub',
      machineForUs: 'sub details',
    })
  })

  it('of a pairwise client tells others who the user is by that name alone', async () => {
    const pairwise = { sub: 'a pairwise name' }
    const exchanged = { ...pairwise, client_id: reticent.id, grant_client_id: client.id }
    expect({
      client: await told(client, pairwise),
      forUs: await told(anybody, pairwise),
      server: await told(server, { ...pairwise, aud: api }),
      exchanged: await told(reticent, exchanged),
      named: await told(server, { ...exchanged, aud: api }),
      whoseGrant: await told(client, { ...exchanged, aud: client.id }),
    }).toEqual({
      client: 'username sub details',
      forUs: 'sub details',
      server: 'username sub details',
      exchanged: 'sub details',
      named: 'sub details',
      whoseGrant: 'username sub details',
    })
  })
})

describe('a refresh token', () => {
  const inactive = { active: false }
  const set = (columns: string) =>
    env.DB.prepare(`UPDATE grants SET ${columns} WHERE id = ?1`).bind(grant.id).run()
  const asked = (caller = client, token = refreshToken) => introspect(as, caller, token)

  it('is described to its client', async () => {
    expect(await asked()).toEqual({
      ...{ active: true, scope: 'openid', client_id: client.id, username: user.username },
      ...{ token_type: 'Bearer', exp: now + 1000, iat: now, sub: user.sub, aud: issuer },
      ...{ iss: issuer, auth_time: now - 5, acr: 'an acr', amr: ['pwd'] },
    })
  })

  it('has its resources, details, last rotation and earliest expiry, in whole seconds', async () => {
    await begin({ resource: 'a:b c:d', authorizationDetails: '[{"type":"payment"}]' })
    await set(`rotated_at = ${now} - 2.5, absolute_expires_at = ${now} + 9.5`)
    expect(await asked()).toMatchObject({
      ...{ aud: ['a:b', 'c:d'], iat: now - 3, exp: now + 9 },
      authorization_details: [{ type: 'payment' }],
    })
  })

  it('is inactive for any other, and where it is not current', async () => {
    const [ofAnother, garbage] = [await asked(anybody), await asked(client, 'rt_garbage')]
    await set(`current_digest = 'another'`)
    const rotated = await asked()
    await env.DB.prepare('DELETE FROM grants WHERE id = ?1').bind(grant.id).run()
    expect({ ofAnother, garbage, rotated, deleted: await asked() }).toEqual({
      ...{ ofAnother: inactive, garbage: inactive },
      ...{ rotated: inactive, deleted: inactive },
    })
  })

  it.each([
    ['revoked', 'revoked_at = 1', false],
    ['expired', `idle_expires_at = ${now}`, false],
    ['at the end of its life', `absolute_expires_at = ${now}`, false],
    ['in its last second', `idle_expires_at = ${now} + 0.5`, true],
  ])('of a grant that is %s: %s', async (_what, columns, active) => {
    await set(columns)
    expect((await asked()).active).toBe(active)
  })

  it('is inactive where its user is barred', async () => {
    const person = await storeUser(store.userAdministration)
    await set(`user_id = ${person.id}`)
    await env.DB.prepare('UPDATE users SET disabled_at = 1 WHERE id = ?1').bind(person.id).run()
    expect(await asked()).toEqual(inactive)
  })
})

describe('a signed answer', () => {
  it('is for the caller, by the algorithm that it is registered for', async () => {
    const signed = async (change: object = {}) => {
      const caller = newClient({ id: 'an id', metadata: { ...metadata, ...change } })
      const text = await signIntrospection(as, caller, { active: false })
      return { alg: Object(JSON.parse(atob(text.split('.', 1)[0] ?? ''))).alg, ...claimsOf(text) }
    }
    const rest = { iss: issuer, aud: 'an id', iat: now, token_introspection: { active: false } }
    expect({
      usual: await signed(),
      own: await signed({ introspection_signed_response_alg: 'ES256' }),
      fapi2: await signed({ profile: 'fapi2' }),
    }).toEqual({
      usual: { alg: 'RS256', ...rest },
      own: { alg: 'ES256', ...rest },
      fapi2: { alg: 'ES256', ...rest },
    })
  })
})
