// Who may end which token, and what is told of it.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  revokeGrant,
  revokeGrantOfUser,
  revokeToken,
  revokeTokenOfUser,
} from '../../../src/core/tokens/revocation.ts'
import { signJwt } from '../../../src/crypto/jwt.ts'
import { firstRefreshToken } from '../../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret, timeOrderedId } from '../../../src/crypto/secret.ts'
import { invalidDpopProof } from '../../../src/protocol/error.ts'
import { type CoreServer, coreServer, refusalOf, store } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { kept } from '../../support/outage.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../support/records.ts'
import { testKeys } from '../../support/settings.ts'

const [client, other] = [newClient(), newClient()]
for (const one of [client, other]) await store.clients.create(one, audit())
const user = await storeUser(store.userAdministration)
const signer = await coreServer().as.signingKeys.signer('ES256', now)

let server: CoreServer
let grantId = ''
let refreshToken = ''
let jti = ''
let accessToken = ''
beforeEach(async () => {
  server = coreServer()
  grantId = randomSecret(16)
  refreshToken = await firstRefreshToken(testKeys(), grantId)
  const facts = { id: grantId, refreshDigest: await digestOf(refreshToken) }
  const grant = newGrant({ userId: user.id, clientId: client.id }, facts)
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
  jti = timeOrderedId(now)
  accessToken = await tokenOf({ grant_id: grantId })
})
const tokenOf = (more: object) =>
  signJwt(signer, 'at+jwt', {
    ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, jti, iat: now },
    ...{ exp: now + 600, ...more },
  })

/** What has ended, in D1 and KV, and what the log says. */
async function after<Outcome>(outcome: Outcome) {
  await Promise.all(server.waiting)
  const found = await store.grants.find(grantId, now)
  return {
    outcome,
    grant: found?.grant.revokedAt === now,
    inKv: [
      (await kept(`rev:grant:${grantId}`)) !== null,
      (await kept(`rev:token:${jti}`)) !== null,
    ],
    events: server.events.map(({ event }) => event),
  }
}
const nothing = { grant: false, inKv: [false, false] }
const ofGrant = { outcome: 'revoked', grant: true, inKv: [true, false], events: [] }
const ofToken = { outcome: 'revoked', grant: false, inKv: [false, true], events: [] }

describe('a client', () => {
  const foreign = {
    ...nothing,
    outcome: 'foreign',
    events: ['revocation of a foreign token'],
  }

  it('ends its grant by a refresh token, and an access token alone', async () => {
    const byAccess = await after(await revokeToken(server.as, client, accessToken))
    const byRefresh = await after(await revokeToken(server.as, client, refreshToken))
    expect({ byAccess, byRefresh }).toEqual({
      byAccess: ofToken,
      byRefresh: { ...ofGrant, inKv: [true, true] },
    })
  })

  it('ends nothing of another, and nothing that is unknown', async () => {
    const refresh = await after(await revokeToken(server.as, other, refreshToken))
    server.events.splice(0)
    const access = await after(await revokeToken(server.as, other, accessToken))
    server.events.splice(0)
    const unknown = await after(await revokeToken(server.as, client, 'unknown'))
    expect({ refresh, access, unknown }).toEqual({
      refresh: foreign,
      access: foreign,
      unknown: { ...nothing, outcome: 'unknown', events: [] },
    })
  })

  it('spends what its request brings along, whatever it names', async () => {
    const spends = [
      { digest: randomSecret(), expiresAt: now + 60, refusal: () => invalidDpopProof('used') },
    ]
    expect({
      first: await refusalOf(() => revokeToken(server.as, client, 'unknown', spends)),
      again: await refusalOf(() => revokeToken(server.as, client, 'unknown', spends)),
      access: await refusalOf(() => revokeToken(server.as, client, accessToken, spends)),
      refresh: await refusalOf(() => revokeToken(server.as, client, refreshToken, spends)),
    }).toEqual({
      first: 'none',
      ...{
        again: 'invalid_dpop_proof',
        access: 'invalid_dpop_proof',
        refresh: 'invalid_dpop_proof',
      },
    })
  })

  it('ends a grant by signing out', async () => {
    expect(await after(await revokeGrant(server.as, grantId, audit()))).toEqual({
      ...ofGrant,
      outcome: undefined,
    })
  })
})

describe('a user', () => {
  const foreign = {
    ...nothing,
    outcome: 'foreign',
    events: ['revocation of the token of another user'],
  }

  it('ends a grant by its id, and by a refresh token', async () => {
    expect(await after(await revokeGrantOfUser(server.as, user.id, grantId))).toEqual(ofGrant)
  })

  it('ends a grant by a refresh token of any client', async () => {
    expect(await after(await revokeTokenOfUser(server.as, user.id, refreshToken))).toEqual(ofGrant)
  })

  it('ends an access token alone', async () => {
    expect(await after(await revokeTokenOfUser(server.as, user.id, accessToken))).toEqual(ofToken)
  })

  it('ends nothing of another', async () => {
    const by = async (token: string) => {
      server.events.splice(0)
      return after(await revokeTokenOfUser(server.as, user.id + 1, token))
    }
    expect({ refresh: await by(refreshToken), access: await by(accessToken) }).toEqual({
      refresh: foreign,
      access: foreign,
    })
  })

  it('ends nothing that is nobody’s, and nothing that is unknown', async () => {
    const machine = await tokenOf({ sub: client.id })
    const lost = await tokenOf({ grant_id: 'lost' })
    const by = async (token: string) => {
      server.events.splice(0)
      return after(await revokeTokenOfUser(server.as, user.id, token))
    }
    expect({
      machine: await by(machine),
      lost: await by(lost),
      unknown: await by('unknown'),
    }).toEqual({
      machine: foreign,
      lost: foreign,
      unknown: { ...nothing, outcome: 'unknown', events: [] },
    })
  })
})
