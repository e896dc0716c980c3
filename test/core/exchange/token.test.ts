// A token request before its grant looks at it: which grant it names, and what the client must prove.
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/clients/storage.ts'
import type { TokenRequest } from '../../../src/core/exchange/token-request.ts'
import { exchangeGrant } from '../../../src/core/exchange/token.ts'
import { isRepeatableAtToken, parseParameters } from '../../../src/protocol/parameters.ts'
import { coreServer, descriptionOf, refusalOf, store } from '../../support/core-server.ts'
import { newSpending } from '../../support/exchange.ts'
import { newClient } from '../../support/records.ts'

const { metadata } = newClient()
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange' as const
const clientWith = (change: Partial<Client['metadata']> = {}): Client => {
  const grant_types: Client['metadata']['grant_types'] = ['client_credentials', tokenExchange]
  return newClient({ metadata: { ...metadata, grant_types, scope: 'read', ...change } })
}
const client = clientWith()

type Given = { form?: string; of?: Client } & Omit<TokenRequest, 'parameters'>

/** A request for a token, with what was logged, spent by a refusal, and left for later. */
function begin({ form = 'grant_type=client_credentials', of = client, ...facts }: Given = {}) {
  const used: unknown[] = []
  const use = ({ digest }: { digest: string }) => Promise.resolve(used.push(digest))
  const { as, events, waiting } = coreServer({ store: { ...store, usedIdentifiers: { use } } })
  const parameters = parseParameters(form, { mayRepeat: isRepeatableAtToken })
  const ask = () => exchangeGrant(as, of, { parameters, ...facts })
  return { ask, events, used, waiting }
}
const refusal = (given: Given) => refusalOf(begin(given).ask)
const description = (given: Given) => descriptionOf(begin(given).ask)

describe('a token request', () => {
  it('that is granted is logged', async () => {
    const { ask, events } = begin()
    expect((await ask()).scope).toEqual(['read'])
    expect(events).toEqual([{ event: 'token issued', grant_type: 'client_credentials' }])
  })

  it('names a grant type that there is, and that the client is registered for', async () => {
    expect({
      none: await refusal({ form: 'scope=read' }),
      unknown: await refusal({ form: 'grant_type=none' }),
      unregistered: await refusal({ of: clientWith({ grant_types: ['refresh_token'] }) }),
    }).toEqual({
      none: 'invalid_request: parameter_missing',
      unknown: 'unsupported_grant_type: grant_type_unknown',
      unregistered: 'unauthorized_client',
    })
  })

  it('names an audience more than once only to exchange a token', async () => {
    const named = (grantType: string) =>
      description({ form: `grant_type=${grantType}&audience=a&audience=b` })
    const repeated = 'a parameter is repeated'
    expect(await named('client_credentials')).toBe(repeated)
    expect(await named(tokenExchange)).not.toBe(repeated)
    expect(await refusal({ form: 'grant_type=client_credentials&audience=a' })).toBe('none')
    expect(await refusal({ form: 'grant_type=client_credentials&resource=&resource=' })).toBe(
      'none',
    )
  })

  it('proves what the tokens of the client are to be bound to', async () => {
    const dpop = clientWith({ dpop_bound_access_tokens: true })
    const tls = clientWith({ tls_client_certificate_bound_access_tokens: true })
    const certificate = { 'x5t#S256': 'a thumbprint' }
    expect({
      dpop: await refusal({ of: dpop }),
      proved: await refusal({ of: dpop, confirmation: { jkt: 'a key' } }),
      tls: await refusal({ of: tls }),
      connected: await refusal({ of: tls, confirmation: certificate }),
    }).toEqual({
      ...{ dpop: 'invalid_dpop_proof', proved: 'none' },
      ...{ tls: 'invalid_request', connected: 'none' },
    })
  })

  it('that is refused spends its identifiers, and nothing where it has none', async () => {
    const spending = newSpending()
    const spent = begin({ form: 'grant_type=none', spends: [spending] })
    const without = begin({ form: 'grant_type=none' })
    await refusalOf(spent.ask)
    expect(await refusalOf(without.ask)).toBe('unsupported_grant_type: grant_type_unknown')
    expect({
      used: spent.used,
      works: spent.waiting.length,
      without: [...without.used, ...without.waiting],
    }).toEqual({ used: [spending.digest], works: 1, without: [] })
  })
})
