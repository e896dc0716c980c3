// The password grant: what refuses before a password is looked at, and what it gives.
import { beforeAll, describe, expect, it } from 'vitest'
import '../../../support/cheap-derivations.ts'
import type { Client } from '../../../../src/core/clients/storage.ts'
import { exchange } from '../../../../src/core/exchange/grants/password.ts'
import { acrOfOneFactor, acrOfTwoFactors } from '../../../../src/core/tokens/acr.ts'
import type { Confirmation } from '../../../../src/core/tokens/storage.ts'
import { hashPassword } from '../../../../src/crypto/password.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { coreServer, refusalOf, store, storeResource } from '../../../support/core-server.ts'
import { claimsOf } from '../../../support/forge.ts'
import { openedRecord } from '../../../support/outage.ts'
import { audit, newClient, now, storeUser } from '../../../support/records.ts'
import { testKeys } from '../../../support/settings.ts'

const password = 'a password of eight words that nobody guesses'
const tries = { perAccount: 100, perAccountEverywhere: 100, perAddress: 100, window: 900 }
const settings = { passwordForm: 'pbkdf2' as const, passwordTries: tries, factors: { mfa: 'off' } }
const passwordHash = await hashPassword({ keys: testKeys(), settings }, password)
const user = await storeUser(store.userAdministration, { passwordHash, scope: 'openid read' })
const demanding = 'https://proved-by-password.example/'
beforeAll(() => storeResource({ resource: demanding, dpop_required: true }))

const { metadata } = newClient()
async function someClient(
  change: Partial<Client['metadata']> = {},
  facts: Partial<Client> = {},
): Promise<Client> {
  const own = { scope: 'openid read write', ...change }
  const client = newClient({ ...facts, metadata: { ...metadata, ...own } })
  await store.clients.create(client, audit())
  return client
}
const client = await someClient({ grant_types: ['password', 'refresh_token'] })
const withoutRefresh = await someClient({ grant_types: ['password'] })

type Given = { form?: Record<string, string>; of?: Client; confirmation?: Confirmation }

/** Asks once, and tells how often a password was tried. */
async function ask({ form = {}, of = client, confirmation }: Given = {}) {
  const names: string[] = []
  const countTry: typeof store.passwords.countTry = (attempt, ...limits) => {
    names.push(attempt.foldedName)
    return store.passwords.countTry(attempt, ...limits)
  }
  const passwords = { ...store.passwords, countTry }
  const { as, waiting } = coreServer({ store: { ...store, passwords } }, settings)
  const sent = { username: user.username, password, ...form }
  const parameters = parseParameters(new URLSearchParams(sent).toString())
  const result = { refusal: 'none' as unknown, claims: {}, refreshes: false }
  result.refusal = await refusalOf(async () => {
    const { accessToken, refreshToken } = await exchange(as, of, { parameters, confirmation })
    result.claims = claimsOf(accessToken)
    result.refreshes = refreshToken !== undefined
  })
  await Promise.all(waiting)
  return { ...result, tries: names.length }
}

describe('a password', () => {
  it('gives what the client may ask for and its user may have, by one factor', async () => {
    expect(await ask()).toMatchObject({
      ...{ refusal: 'none', refreshes: true, tries: 1 },
      claims: {
        ...{ sub: user.sub, client_id: client.id, scope: 'openid read' },
        ...{ auth_time: now, amr: ['pwd'], acr: acrOfOneFactor },
      },
    })
  })

  it('gives a refresh token only to a client that is registered for it', async () => {
    expect(await ask({ of: withoutRefresh })).toMatchObject({ refusal: 'none', refreshes: false })
  })

  it('leaves a record of its grant in KV for the time when D1 is away', async () => {
    const { claims } = await ask()
    const record = await openedRecord(`grant:${String(Object(claims).grant_id)}`)
    expect(record).toMatchObject({ clientId: client.id, scope: 'openid read', amr: 'pwd' })
  })

  it('that is wrong, or that is of a user who may have none of the scope, gives nothing', async () => {
    expect({
      wrong: (await ask({ form: { password: 'another' } })).refusal,
      scope: (await ask({ form: { scope: 'write' } })).refusal,
    }).toEqual({ wrong: 'invalid_grant: credentials_wrong', scope: 'invalid_scope' })
  })

  it('is bound to the key that the request proves', async () => {
    const confirmation = { jkt: 'a key' }
    expect(await ask({ form: { resource: demanding }, confirmation })).toMatchObject({
      refusal: 'none',
      claims: { aud: demanding, cnf: confirmation },
    })
  })

  it.each<[string, () => Promise<Given> | Given, string]>([
    ['without a name', () => ({ form: { username: '' } }), 'invalid_request: parameter_missing'],
    ['that is empty', () => ({ form: { password: '' } }), 'invalid_request: parameter_missing'],
    [
      'of a client that needs two factors',
      async () => ({ of: await someClient({ require_acr: acrOfTwoFactors }) }),
      'unauthorized_client',
    ],
    [
      'with authorization details',
      () => ({ form: { authorization_details: '[]' } }),
      'invalid_authorization_details',
    ],
    [
      'for a resource that demands a proof',
      () => ({ form: { resource: demanding } }),
      'invalid_dpop_proof',
    ],
    [
      'for a scope that the client may not have',
      () => ({ form: { scope: 'delete' } }),
      'invalid_scope',
    ],
    [
      'of a client whose end this clock has not reached',
      async () => ({ of: await someClient({}, { notBefore: now + 1 }) }),
      'temporarily_unavailable',
    ],
  ])('%s is refused before it is tried', async (_which, given, refusal) => {
    expect(await ask(await given())).toEqual({ refusal, claims: {}, refreshes: false, tries: 0 })
  })
})
