// Whether an access token still counts, each rule by itself.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import type { TokenFacts } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newKey, now, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, signingKeys } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()

afterEach(() => run('DELETE FROM epoch'))

const someClient = async (): Promise<string> => {
  const client = newClient()
  await clients.create(client, audit())
  return client.id
}

const tokenOf = (clientId: string, facts: Partial<TokenFacts>): TokenFacts => ({
  kid: 'a key',
  grantId: null,
  clientId,
  grantClientId: clientId,
  subject: clientId,
  jti: randomSecret(),
  issuedAt: now,
  ...facts,
})

/** A token of a user's grant, one that another client got for it, and one of each client itself. */
async function tokens() {
  const user = await storeUser(userAdministration)
  const [clientId, exchanging] = [await someClient(), await someClient()]
  const grant = newGrant({ userId: user.id, clientId }, { acr: 'high', claimsRequest: '{}' })
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  const ofUser = { grantId: grant.id, subject: user.sub }
  return {
    grant,
    user,
    exchanging,
    ofGrant: tokenOf(clientId, ofUser),
    exchanged: tokenOf(exchanging, { ...ofUser, grantClientId: clientId }),
    ofClient: tokenOf(clientId, {}),
    exchangedOfClient: tokenOf(exchanging, { grantClientId: clientId }),
  }
}
type Tokens = Awaited<ReturnType<typeof tokens>>

/** Which of the four have ended. */
async function ended({ ofGrant, exchanged, ofClient, exchangedOfClient }: Tokens) {
  const of = async (token: TokenFacts) => (await grants.standing(token, now)).ended
  return {
    ofGrant: await of(ofGrant),
    exchanged: await of(exchanged),
    ofClient: await of(ofClient),
    exchangedOfClient: await of(exchangedOfClient),
  }
}
const none = { ofGrant: false, exchanged: false, ofClient: false, exchangedOfClient: false }
const all = { ofGrant: true, exchanged: true, ofClient: true, exchangedOfClient: true }
const ofUsers = { ...none, ofGrant: true, exchanged: true }
const ofExchanging = { ...none, exchanged: true, exchangedOfClient: true }

describe('An access token', () => {
  it('stands with all that it stands on, and tells of it', async () => {
    const made = await tokens()
    const { grant, user, ofGrant, ofClient } = made
    expect(await ended(made)).toEqual(none)
    expect(await grants.standing(ofClient, now)).toEqual({ userGrant: null, ended: false })
    expect(await grants.standing(ofGrant, now)).toMatchObject({
      userGrant: {
        grant: {
          id: grant.id,
          authTime: now,
          amr: 'pwd',
          acr: 'high',
          claimsRequest: '{}',
          endsWith: null,
        },
        user: { id: user.id, sub: user.sub },
      },
    })
  })

  it('of a grant that is gone has ended', async () => {
    const { ofGrant } = await tokens()
    const standing = await grants.standing({ ...ofGrant, grantId: 'none' }, now)
    expect(standing).toEqual({ userGrant: null, ended: true })
  })

  const client = (columns: string) => `UPDATE clients SET ${columns} WHERE id = ?1`

  it.each([
    ['the grant was revoked', 'UPDATE grants SET revoked_at = 1 WHERE id = ?1', 'grant', ofUsers],
    ['the user is disabled', 'UPDATE users SET disabled_at = 1 WHERE id = ?1', 'user', ofUsers],
    ['its client is disabled', client('disabled_at = 1'), 'client', all],
    ['its client is gone', 'DELETE FROM clients WHERE id = ?1', 'client', all],
    ['the other client is disabled', client('disabled_at = 1'), 'exchanging', ofExchanging],
    ['the other is gone', 'DELETE FROM clients WHERE id = ?1', 'exchanging', ofExchanging],
    ['all of the other has ended', client(`not_before = ${now + 1}`), 'exchanging', ofExchanging],
    ['all ended at that instant', client(`not_before = ${now}`), 'exchanging', none],
    ['the other was made later', client(`created_at = ${now + 1}`), 'exchanging', ofExchanging],
    ['the other was made at that instant', client(`created_at = ${now}`), 'exchanging', none],
  ] as const)('where %s', async (_what, query, of, expected) => {
    const made = await tokens()
    const ids = {
      grant: made.grant.id,
      user: made.user.id,
      client: made.grant.clientId,
      exchanging: made.exchanging,
    }
    await run(query, ids[of])
    expect(await ended(made)).toEqual(expected)
  })

  it('stands where another one was revoked or another key is withdrawn', async () => {
    const made = await tokens()
    await grants.revokeToken(randomSecret(), now + 600, audit())
    const [withdrawn, usual] = [newKey({ withdrawnAt: 1 }), newKey({ generation: 2 })]
    await signingKeys.add([withdrawn, usual])
    const { ofGrant, ofClient } = made
    const usually = {
      ofGrant: { ...ofGrant, kid: usual.kid },
      ofClient: { ...ofClient, kid: usual.kid },
    }
    expect(await ended({ ...made, ...usually })).toEqual(none)
  })

  it('ends with its key, at once', async () => {
    const made = await tokens()
    const key = newKey({ generation: 3, withdrawnAt: 1 })
    await signingKeys.add([key])
    const { kid } = key
    const { ofGrant, ofClient } = made
    const signed = { ofGrant: { ...ofGrant, kid }, ofClient: { ...ofClient, kid } }
    expect(await ended({ ...made, ...signed })).toEqual({ ...none, ofGrant: true, ofClient: true })
  })

  it('of a client ends with its own revocation alone', async () => {
    const made = await tokens()
    await grants.revokeToken(made.ofClient.jti, now + 600, audit())
    await grants.revokeToken(made.exchanged.jti, now + 600, audit())
    expect(await ended(made)).toEqual({ ...none, ofClient: true, exchanged: true })
  })

  it('from before the epoch has ended, and one from its instant has not', async () => {
    const made = await tokens()
    await run('INSERT INTO epoch (id, not_before) VALUES (1, ?1)', now)
    expect(await ended(made)).toEqual(none)
    await run('UPDATE epoch SET not_before = ?1', now + 0.001)
    expect(await ended(made)).toEqual(all)
  })
})
