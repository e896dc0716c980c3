// Whose tokens a client may exchange, and for which resources: what its registration says of it.
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/clients/storage.ts'
import { requireExchangeable } from '../../../src/core/exchange/exchange-policy.ts'
import type { AccessToken } from '../../../src/core/tokens/access-token.ts'
import type { Target } from '../../../src/core/tokens/target.ts'
import { coreServer, refusalOf, targetOf, unregistered } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { newClient } from '../../support/records.ts'

const { as } = coreServer()
const { metadata } = newClient()
const api = targetOf({ resource: 'https://api.example/', aliases: ['https://old.example/'] })
const files = targetOf({ resource: 'https://files.example/' })
const unknown = unregistered('https://unknown.example/')

type Given = {
  policy?: Client['metadata']['token_exchange']
  origin?: Client['origin']
  targets?: readonly Target[]
  audience?: string[]
}

/** Asks to exchange a token of another client. */
const ask = ({ policy, origin = 'admin', targets = [api], audience = [issuer] }: Given) => {
  const client = newClient({ origin, metadata: { ...metadata, token_exchange: policy } })
  const token: AccessToken = Object.assign(Object.create(null), { clientId: 'another', audience })
  return refusalOf(() => requireExchangeable(as, client, token, targets))
}
const invalid = 'invalid_request'

describe('a token of another client', () => {
  it('is exchanged for registered resources alone', async () => {
    expect({
      registered: await ask({ targets: [api, files] }),
      unregistered: await ask({ targets: [unknown] }),
      oneUnregistered: await ask({ targets: [api, unknown] }),
      none: await ask({ targets: [] }),
    }).toEqual({
      ...{ registered: 'none', unregistered: invalid, oneUnregistered: invalid, none: invalid },
    })
  })

  it('is one for this server alone', async () => {
    expect(await ask({ audience: [issuer, 'https://api.example/'] })).toBe(invalid)
  })

  it('is exchanged by a client that the operator vouches for, unless it says otherwise', async () => {
    expect({
      admin: await ask({ origin: 'admin' }),
      config: await ask({ origin: 'config' }),
      dcr: await ask({ origin: 'dcr' }),
      cimd: await ask({ origin: 'cimd' }),
      own: await ask({ policy: 'own' }),
      any: await ask({ policy: 'any', origin: 'dcr' }),
    }).toEqual({
      ...{ admin: 'none', config: 'none', dcr: invalid, cimd: invalid },
      ...{ own: invalid, any: 'none' },
    })
  })

  it('is exchanged for each of the resources that the policy lists, by any of their names', async () => {
    const resources = ['https://OLD.example']
    expect({
      listed: await ask({ policy: { resources } }),
      other: await ask({ policy: { resources }, targets: [files] }),
      oneOther: await ask({ policy: { resources }, targets: [api, files] }),
      anyResource: await ask({ policy: { clients: ['another'] }, targets: [files] }),
    }).toEqual({ listed: 'none', other: invalid, oneOther: invalid, anyResource: 'none' })
  })

  it('is of one of the clients that the policy lists', async () => {
    expect({
      listed: await ask({ policy: { clients: ['a third', 'another'] } }),
      unlisted: await ask({ policy: { clients: ['a third'] } }),
      none: await ask({ policy: { clients: [] } }),
    }).toEqual({ listed: 'none', unlisted: invalid, none: invalid })
  })
})
