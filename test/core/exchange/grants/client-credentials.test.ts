// A token in the client's own name: who gets one, for what, and what is noted of it.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/core/clients/storage.ts'
import { exchange } from '../../../../src/core/exchange/grants/client-credentials.ts'
import type { Confirmation } from '../../../../src/core/tokens/storage.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { coreServer, refusalOf, store, storeResource } from '../../../support/core-server.ts'
import { claimsOf } from '../../../support/forge.ts'
import { issuer } from '../../../support/http.ts'
import { newClient, now } from '../../../support/records.ts'

const api = 'https://machines.example/'
const demanding = 'https://proved-by-machines.example/'
beforeAll(() => storeResource({ resource: demanding, dpop_required: true }))

const { metadata } = newClient()
const clientWith = (
  change: Partial<Client['metadata']> = {},
  facts: Partial<Client> = {},
): Client => {
  const own = { scope: 'openid read write offline_access', ...change }
  return newClient({ ...facts, metadata: { ...metadata, ...own } })
}
const client = clientWith()

type Given = { form?: Record<string, string>; of?: Client; confirmation?: Confirmation }

const locations = { type: 'array', items: { type: 'string', maxLength: 100 }, maxItems: 2 }
const schema = { type: 'object', properties: { locations } }
const types = new Map([['payment', { metadata: { schema } }]])

async function ask({ form = {}, of = client, confirmation }: Given = {}) {
  const noted: unknown[] = []
  const noteUse = (...values: unknown[]) => Promise.resolve(noted.push(values))
  const { as } = coreServer({
    now: now + 0.7,
    store: { ...store, clientRemoval: { noteUse } },
    detailsTypes: { all: () => Promise.resolve(types) },
  })
  const parameters = parseParameters(new URLSearchParams(form).toString())
  const issued = await exchange(as, of, { parameters, confirmation })
  return { ...issued, claims: claimsOf(issued.accessToken), noted }
}
const refusal = (given: Given) => refusalOf(() => ask(given))

describe('the token of a machine', () => {
  it('is about the client, has no refresh token, and no user', async () => {
    const { claims, refreshToken, idToken, user, expiresIn } = await ask()
    const { jti, ...said } = claims
    expect({ said, refreshToken, idToken, user, expiresIn }).toEqual({
      said: {
        ...{ iss: issuer, sub: client.id, aud: issuer, client_id: client.id },
        ...{ scope: 'read write', iat: now, exp: now + 600 },
      },
      expiresIn: 600,
    })
    expect(typeof jti).toBe('string')
  })

  it('has the scope that it asks for, of the client’s own, and none about a user', async () => {
    const scopeOf = async (given: Given) => (await ask(given)).scope
    expect({
      unasked: await scopeOf({}),
      asked: await scopeOf({ form: { scope: 'write openid' } }),
      ofUsersAlone: await scopeOf({ of: clientWith({ scope: 'openid' }) }),
      other: await refusal({ form: { scope: 'openid' } }),
    }).toEqual({
      unasked: ['read', 'write'],
      asked: ['write'],
      ofUsersAlone: [],
      other: 'invalid_scope',
    })
  })

  it('is for confidential clients alone', async () => {
    const of = clientWith({ token_endpoint_auth_method: 'none' })
    expect(await refusal({ of })).toBe('unauthorized_client')
  })

  it('waits for the end of its client that this clock has not reached', async () => {
    expect({
      ahead: await refusal({ of: clientWith({}, { notBefore: now + 1 }) }),
      reached: await refusal({ of: clientWith({}, { notBefore: now }) }),
    }).toEqual({ ahead: 'temporarily_unavailable', reached: 'none' })
  })

  it('is bound to a key where a resource demands it', async () => {
    const form = { resource: demanding }
    const confirmation = { jkt: 'a key' }
    expect({
      without: await refusal({ form }),
      with: (await ask({ form, confirmation })).claims['cnf'],
    }).toEqual({ without: 'invalid_dpop_proof', with: confirmation })
  })

  it('has authorization details that lie within its resources', async () => {
    const of = clientWith({ authorization_details_types: ['payment'] })
    const details = [{ locations: [api], type: 'payment' }]
    const authorization_details = JSON.stringify(details)
    const within = await ask({ of, form: { authorization_details, resource: api } })
    expect({
      within: within.claims['authorization_details'],
      beyond: await refusal({ of, form: { authorization_details } }),
    }).toEqual({ within: details, beyond: 'invalid_authorization_details' })
  })

  it('keeps a client that might be removed, until it expires', async () => {
    const of = clientWith({}, { keptUntil: now })
    const expiry = now + 600
    expect({
      kept: (await ask({ of })).noted,
      lasting: (await ask()).noted,
    }).toEqual({ kept: [[of.id, expiry, expiry + 86_400]], lasting: [] })
  })
})
