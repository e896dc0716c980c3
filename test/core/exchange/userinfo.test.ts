// What userinfo releases of a user, and to whom: the client of the token, its claims, its binding.
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/clients/storage.ts'
import { readPresentedToken, signUserinfo, userinfo } from '../../../src/core/exchange/userinfo.ts'
import type { NewGrant } from '../../../src/core/tokens/storage.ts'
import { signJwt } from '../../../src/crypto/jwt.ts'
import { timeOrderedId } from '../../../src/crypto/secret.ts'
import { coreServer, descriptionOf, refusalOf, store } from '../../support/core-server.ts'
import { claimsOf } from '../../support/forge.ts'
import { issuer } from '../../support/http.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../support/records.ts'

const { metadata } = newClient()
async function someClient(change: Partial<Client['metadata']> = {}): Promise<Client> {
  const scope = 'openid email phone'
  const client = newClient({ metadata: { ...metadata, scope, ...change } })
  await store.clients.create(client, audit())
  return client
}
const client = await someClient()
const registered = await someClient({ claims: { userinfo: ['name'] } })
const user = await storeUser(store.userAdministration, { name: 'Somebody' })
const { as } = coreServer()
const signer = await as.signingKeys.signer('ES256', now)

async function open(of: Client, facts: Partial<NewGrant> = {}): Promise<string> {
  const grant = newGrant({ userId: user.id, clientId: of.id }, facts)
  await store.grants.open(grant, { user, provedBuckets: [] }, audit())
  return grant.id
}
const grantId = await open(client)

const tokenOf = (claims: object = {}) =>
  signJwt(signer, 'at+jwt', {
    ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid' },
    ...{ jti: timeOrderedId(now), grant_id: grantId, iat: now, exp: now + 60, ...claims },
  })

/** Asks with a bearer token. */
async function ask(claims: object = {}, facts: object = {}) {
  const server = coreServer(facts)
  const presented = await readPresentedToken(server.as, await tokenOf(claims))
  return userinfo(server.as, presented, { scheme: 'Bearer', proof: null })
}

describe('a presented token', () => {
  it('tells the log its client', async () => {
    const named: string[] = []
    await ask({}, { nameClient: (id: string) => named.push(id) })
    expect(new Set(named)).toEqual(new Set([client.id]))
  })

  it('is of a client that is still there, and for this server', async () => {
    const read = (claims: object) =>
      refusalOf(async () => readPresentedToken(as, await tokenOf(claims)))
    expect({
      there: await read({}),
      gone: await read({ client_id: 'gone' }),
      elsewhere: await read({ aud: 'https://api.example/' }),
    }).toEqual({ there: 'none', gone: 'invalid_token', elsewhere: 'invalid_token' })
  })

  it('of a certificate is presented on a connection with that certificate', async () => {
    const cnf = { 'x5t#S256': 'a thumbprint' }
    const over = (certificate: object | null) => descriptionOf(() => ask({ cnf }, { certificate }))
    const foreign = 'the access token is bound to another certificate'
    expect({
      same: await over({ thumbprint: 'a thumbprint' }),
      other: await over({ thumbprint: 'another' }),
      none: await over(null),
    }).toEqual({ same: 'none', other: foreign, none: foreign })
  })

  it('of a key is not a bearer token', async () => {
    expect(await descriptionOf(() => ask({ cnf: { jkt: 'a key' } }))).toBe(
      'the access token is bound to a key',
    )
  })
})

describe('the claims', () => {
  it('are the subject, and those of the scope', async () => {
    expect({
      openid: (await ask()).claims,
      email: (await ask({ scope: 'openid email' })).claims,
    }).toEqual({
      openid: { sub: user.sub },
      email: { sub: user.sub, email: user.email, email_verified: false },
    })
  })

  it('are those that the request names, of what the client may have', async () => {
    const claimsRequest = JSON.stringify({ userinfo: { email: null, name: null } })
    const { claims } = await ask({ grant_id: await open(client, { claimsRequest }) })
    expect(claims).toEqual({ sub: user.sub, email: user.email })
  })

  it('are those that the client is registered for, beside those of the request', async () => {
    const claimsRequest = JSON.stringify({ userinfo: { email: null } })
    const claimsWith = async (facts: Partial<NewGrant>) => {
      const { claims } = await ask({
        client_id: registered.id,
        grant_id: await open(registered, facts),
      })
      return claims
    }
    expect({
      alone: await claimsWith({}),
      beside: await claimsWith({ claimsRequest }),
    }).toEqual({
      alone: { sub: user.sub, name: 'Somebody' },
      beside: { sub: user.sub, name: 'Somebody', email: user.email },
    })
  })

  it('are signed for the client', async () => {
    expect(claimsOf(await signUserinfo(as, await ask(), 'ES256'))).toEqual({
      ...{ sub: user.sub, iss: issuer, aud: client.id },
    })
  })
})
