// What a refresh asks of its grant, and what it narrows the grant to.
import { describe, expect, it } from 'vitest'
import { type Asked, askedOf, narrowing } from '../../../src/core/exchange/narrowing.ts'
import type { AuthorizationDetail } from '../../../src/core/tokens/details.ts'
import type { Confirmation, Grant } from '../../../src/core/tokens/storage.ts'
import { type Parameters, parseParameters } from '../../../src/protocol/parameters.ts'
import { coreServer, refusalOf, storeResource } from '../../support/core-server.ts'
import { newClient, newGrant } from '../../support/records.ts'

const [one, two, alias] = ['https://one.example/', 'https://two.example/', 'https://alias.example/']
const { metadata } = newClient()
const client = newClient({ metadata: { ...metadata, authorization_details_types: ['payment'] } })
const payment = (facts: object = {}): AuthorizationDetail => ({ type: 'payment', ...facts })

/** What a request asks of a server that knows the type `payment`. */
async function asked(form: string, confirmation?: Confirmation): Promise<Asked> {
  const items = { type: 'string', maxLength: 200 }
  const locations = { type: 'array', items, maxItems: 3 }
  const schema = { type: 'object', properties: { locations }, required: [] }
  const types = new Map([['payment', { metadata: { schema } }]])
  const { as } = coreServer({ detailsTypes: { all: () => Promise.resolve(types) } })
  const parameters: Parameters = parseParameters(form, { mayRepeat: (name) => name === 'resource' })
  return askedOf(as, client, { parameters, confirmation, spends: [] })
}
const detailsIn = (...details: AuthorizationDetail[]) =>
  `authorization_details=${encodeURIComponent(JSON.stringify(details))}`

describe('a refresh', () => {
  it('that names nothing asks for nothing less', async () => {
    expect(await asked('')).toEqual({
      ...{ keyThumbprint: null, provesKey: false, scope: null, resource: null },
      ...{ authorizationDetails: null, details: [] },
    })
  })

  it('names a scope, resources by all their spellings, and details', async () => {
    await storeResource({ resource: one, aliases: [alias] })
    const form = `scope=read+list&resource=https://ALIAS.example&resource=https://TWO.example&${detailsIn(payment())}`
    expect(await asked(form, { jkt: 'a key' })).toEqual({
      ...{ keyThumbprint: 'a key', provesKey: true, scope: ['read', 'list'] },
      resource: [
        [one, one, one, alias],
        ['https://TWO.example', two],
      ],
      authorizationDetails: ['{"type":"payment"}'],
      details: [payment()],
    })
  })

  it('proves no key by a certificate', async () => {
    expect(await asked('', { 'x5t#S256': 'a certificate' })).toMatchObject({
      keyThumbprint: 'a certificate',
      provesKey: false,
    })
  })

  it('has a proof for a resource that demands one', async () => {
    const resource = 'https://proved.example/'
    await storeResource({ resource, dpop_required: true })
    expect({
      without: await refusalOf(() => asked(`resource=${resource}`)),
      with: await refusalOf(() => asked(`resource=${resource}`, { jkt: 'a key' })),
    }).toEqual({ without: 'invalid_dpop_proof', with: 'none' })
  })

  it('has details at the resources that it names; where it names none, anywhere', async () => {
    const there = detailsIn(payment({ locations: [two] }))
    expect({
      elsewhere: await refusalOf(() => asked(`resource=https://three.example/&${there}`)),
      there: await refusalOf(() => asked(`resource=${two}&${there}`)),
      anywhere: await refusalOf(() => asked(there)),
    }).toEqual({ elsewhere: 'invalid_authorization_details', there: 'none', anywhere: 'none' })
  })
})

describe('a grant', () => {
  const grantOf = (facts: Partial<Grant> = {}): Grant => ({
    ...newGrant({ userId: 1, clientId: client.id }),
    ...{ generation: 0, lastUsedAt: 1, revokedAt: null, scope: 'openid read' },
    ...{ resource: `${one} https://TWO.example`, resourceKeys: `${one} ${two} ${alias}` },
    authorizationDetails: JSON.stringify([payment(), payment({ sum: 1 })]),
    ...facts,
  })
  const nothing: Asked = {
    ...{ keyThumbprint: null, provesKey: false, scope: null, resource: null },
    ...{ authorizationDetails: null, details: [] },
  }
  const by = (facts: Partial<Asked>, grant = grantOf()) =>
    narrowing(grant, { ...nothing, ...facts })
  const whole = {
    scope: ['openid', 'read'],
    resource: [one, 'https://TWO.example'],
    details: [payment(), payment({ sum: 1 })],
  }

  it('is whole where nothing is asked, also one without resources', () => {
    const bare = grantOf({ resource: null, resourceKeys: null, authorizationDetails: null })
    expect({ whole: by({}), bare: by({}, bare) }).toEqual({
      whole,
      bare: { ...whole, resource: [], details: [] },
    })
  })

  it('is narrowed to what is asked, resources in the spelling that was authorized', () => {
    expect({
      scope: by({ scope: ['read'] }),
      first: by({ resource: [['x:', one]] }),
      second: by({ resource: [['x:', two]], scope: ['read'] }),
      bySpelling: by({ resource: [['https://TWO.example', alias]] }),
      details: by({ details: [payment({ sum: 1 })] }),
    }).toEqual({
      scope: { ...whole, scope: ['read'] },
      first: { ...whole, resource: [one] },
      second: { ...whole, scope: ['read'], resource: ['https://TWO.example'] },
      bySpelling: { ...whole, resource: ['https://TWO.example'] },
      details: { ...whole, details: [payment({ sum: 1 })] },
    })
  })

  it('is never wider than it was', async () => {
    const refusal = (facts: Partial<Asked>, grant = grantOf()) => refusalOf(() => by(facts, grant))
    const bare = grantOf({ resource: null, resourceKeys: null })
    expect({
      scope: await refusal({ scope: ['read', 'write'] }),
      resource: await refusal({ resource: [[one], ['https://three.example/']] }),
      ofBare: await refusal({ resource: [[one]] }, bare),
      details: await refusal({ details: [payment({ sum: 2 })] }),
    }).toEqual({
      scope: 'invalid_scope: scope_wider',
      resource: 'invalid_target',
      ofBare: 'invalid_target',
      details: 'invalid_authorization_details',
    })
  })

  it('of the release before is compared by its spellings', async () => {
    const former = grantOf({ resourceKeys: null })
    expect({
      own: by({ resource: [['https://TWO.example', two]] }, former).resource,
      alias: await refusalOf(() => by({ resource: [[alias]] }, former)),
    }).toEqual({ own: ['https://TWO.example'], alias: 'invalid_target' })
  })
})
