// Who is signed in with a bearer token, and signing out with it.
import { describe, expect, it } from 'vitest'
import { findPlainToken, loginState, signOut } from '../../../src/core/exchange/login-state.ts'
import { signJwt } from '../../../src/crypto/jwt.ts'
import { timeOrderedId } from '../../../src/crypto/secret.ts'
import { coreServer, store } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../support/records.ts'

const client = newClient()
await store.clients.create(client, audit())
const user = await storeUser(store.userAdministration)
const dialects = { identifyingScopes: new Set(['of a dialect']) }
const { as } = coreServer({ dialects })
const signer = await as.signingKeys.signer('ES256', now)

async function openGrant(): Promise<string> {
  const grant = newGrant({ userId: user.id, clientId: client.id })
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
  return grant.id
}
const grantId = await openGrant()

const tokenOf = (claims: object = {}) =>
  signJwt(signer, 'at+jwt', {
    ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid' },
    ...{ jti: timeOrderedId(now), grant_id: grantId, iat: now, exp: now + 60, ...claims },
  })
const ofMachine = { grant_id: undefined, sub: client.id }
const stateWith = async (claims: object) => loginState(as, await tokenOf(claims))

const out = { signedIn: false }

describe('somebody is signed in', () => {
  it.each(['openid', 'profile', 'read profile'])('with a token of the scope %s', async (scope) => {
    expect(await stateWith({ scope })).toMatchObject({ signedIn: true, user: { id: user.id } })
  })

  it('with a token of a scope by which a dialect tells who they are', async () => {
    const server = coreServer({ dialects: { identifyingScopes: new Set(['read']) } })
    const token = await tokenOf({ scope: 'read' })
    expect({
      there: await loginState(server.as, token),
      here: await loginState(as, token),
    }).toMatchObject({ there: { signedIn: true, user: { id: user.id } }, here: out })
  })

  it.each([
    ['a machine', ofMachine],
    ['a user by a pairwise subject', { sub: 'of this client alone' }],
    ['a user whom its scope does not name', { scope: 'read' }],
    ['a grant that has ended', { grant_id: 'ended' }],
    ['another audience', { aud: 'https://api.example/' }],
    ['a key', { cnf: { jkt: 'a key' } }],
  ])('not with a token of %s', async (_what, claims) => {
    expect(await stateWith(claims)).toEqual(out)
  })

  it('not with any other text', async () => {
    expect(await loginState(as, 'no token')).toEqual(out)
  })
})

describe('signing out', () => {
  /** Signs out, and tells whether another token of the grant is alive afterwards. */
  async function signOutWith(claims: object, other: object) {
    const { as: server, waiting } = coreServer({ dialects })
    const [token, beside] = [await tokenOf(claims), await tokenOf(other)]
    const wasAlive = (await findPlainToken(server, token)) !== null
    await signOut(server, token)
    const isAlive = (await findPlainToken(server, token)) !== null
    const works = waiting.length
    await Promise.all(waiting)
    const isOtherAlive = (await findPlainToken(server, beside)) !== null
    return { wasAlive, isAlive, isOtherAlive, works }
  }

  it('ends the whole grant of a user, and tells KV', async () => {
    const ofUser = { grant_id: await openGrant() }
    const ended = { wasAlive: true, isAlive: false, isOtherAlive: false, works: 1 }
    expect(await signOutWith(ofUser, ofUser)).toEqual(ended)
  })

  it('ends the token alone where it has no grant, and tells KV', async () => {
    const ended = { wasAlive: true, isAlive: false, isOtherAlive: true, works: 1 }
    expect(await signOutWith(ofMachine, ofMachine)).toEqual(ended)
  })

  it('does nothing with a token that is not alive', async () => {
    const gone = { grant_id: 'ended' }
    const nothing = { wasAlive: false, isAlive: false, isOtherAlive: true, works: 0 }
    expect(await signOutWith(gone, {})).toEqual(nothing)
  })
})
