// Rich authorization requests: what exactly a client may do, as entries of a registered type. RFC 9396.
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { introspect, lineOf, postAs, refresh, tokensOf } from '../support/tokens.ts'
import { shownText, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  codeOf,
  decide,
  type Extra,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerWebClient,
  signedIn,
} from './flow.ts'

const schema = {
  type: 'object',
  properties: {
    amount: {
      type: 'object',
      properties: {
        value: { type: 'number', minimum: 0 },
        currency: { type: 'string', enum: ['EUR', 'USD'] },
      },
      required: ['value', 'currency'],
    },
    payee: { type: 'string', maxLength: 100 },
    express: { type: 'boolean' },
    actions: { type: 'array', items: { type: 'string', maxLength: 20 }, maxItems: 3 },
    locations: { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 3 },
    parts: { type: 'integer' },
  },
  required: ['amount', 'payee'],
}

async function registerType(more: object = {}): Promise<string> {
  const sent = {
    type: `payment_${crypto.randomUUID()}`,
    schema,
    title: { en: 'A payment', de: 'Eine Zahlung' },
    summary: 'Pay {amount.value} {amount.currency} to {payee}',
    ...more,
  }
  const { status, body } = await read(await admin('POST', '/authorization-details-types', sent))
  if (status !== 201) throw new Error(JSON.stringify(body))
  return sent.type
}

const user = await registerUser()
const agent = await signedIn(user)
const type = await registerType()
const otherType = await registerType({ schema: { type: 'object', properties: {} }, summary: 'x' })
const client = await registerWebClient({ authorization_details_types: [type] })

const payment = (more: object = {}) => ({
  type,
  amount: { value: 12.5, currency: 'EUR' },
  payee: 'Alice',
  ...more,
})
const bob = payment({ payee: 'Bob' })

const details = (...entries: unknown[]) => ({ authorization_details: JSON.stringify(entries) })

const ask = (extra: Extra, by: TestClient = client): Promise<Place> =>
  agent.open(authorizePath(by, { scope: 'openid read offline_access', ...extra }))

const allow = async (extra: Extra, by: TestClient = client): Promise<string> =>
  codeOf(await decide(agent, await ask(extra, by), 'allow'))

const refusal = async (answer: Response | Promise<Response>) => {
  const { status, body } = await read(await answer)
  return { status, error: Object(body).error }
}

const invalid = { status: 400, error: 'invalid_authorization_details' }

const detailsOf = (answer: object): unknown => Reflect.get(answer, 'authorization_details')

describe('RA1', () => {
  it.each([
    ['an unknown type', [{ ...payment(), type: 'unknown' }]],
    ['no type', [{ amount: { value: 1, currency: 'EUR' }, payee: 'Alice' }]],
    ['an object instead of an array', payment()],
    ['a further member', [payment({ note: 'x' })]],
    ['a further member within', [payment({ amount: { value: 1, currency: 'EUR', x: 1 } })]],
    ['a member of another type', [payment({ payee: 1 })]],
    ['a value beyond the schema', [payment({ amount: { value: -1, currency: 'EUR' } })]],
    ['a word that is not listed', [payment({ amount: { value: 1, currency: 'GBP' } })]],
    ['a text that is too long', [payment({ payee: 'x'.repeat(101) })]],
    ['a list that is too long', [payment({ actions: ['a', 'b', 'c', 'd'] })]],
    ['a fraction for an integer', [payment({ parts: 1.5 })]],
    ['a number that cannot be read exactly', [payment({ parts: 2 ** 53 + 2 })]],
    ['half a character', [payment({ payee: '\ud800' })]],
    ['a required member left out', [{ type, payee: 'Alice' }]],
    ['21 entries', Array.from({ length: 21 }, (_, index) => payment({ parts: index }))],
    ['two equal entries', [payment(), Object.fromEntries(Object.entries(payment()).toReversed())]],
    ['no entry', []],
    ['null', null],
    ['null within', [null]],
    ['a type of another client', [{ type: otherType }]],
  ])('M073: %s is refused at authorize and at token', async (_what, value) => {
    const extra = { authorization_details: JSON.stringify(value) }
    expect({
      authorize: outcome(await ask(extra)),
      token: await refusal(postAs(machine, '/oauth2/token', { ...machineGrant, ...extra })),
    }).toEqual({ authorize: refusedWith('invalid_authorization_details'), token: invalid })
  })

  it.each([
    ['no JSON', '[{'],
    ['a member twice', `[{"type":"${type}","payee":"Alice","payee":"Bob"}]`],
  ])('M073: %s is refused', async (_what, text) => {
    const place = await ask({ authorization_details: text })
    expect(outcome(place)).toEqual(refusedWith('invalid_authorization_details'))
  })
})

const machine = await registerWebClient({
  grant_types: ['client_credentials'],
  authorization_details_types: [type],
})
const machineGrant = { grant_type: 'client_credentials' }

describe('RA2: always shown, never remembered', () => {
  it('M074: shows title, summary and every other value, to a trusted client, too', async () => {
    const place = await ask(details(payment({ express: true, actions: ['now', 'later'] })))
    const text = shownText(place)
    expect({
      page: place.title,
      summary: text.includes('Pay 12.5 EUR to Alice'),
      title: text.includes('A payment'),
      express: text.includes('express: true'),
      actions: text.includes('actions: now, later'),
    }).toEqual({
      page: place.title,
      summary: true,
      title: true,
      express: true,
      actions: true,
    })
  })

  it('M074: asks again for the very same details; prompt=none is consent_required', async () => {
    const extra = details(payment())
    await allow(extra)
    const again = await ask(extra)
    expect({
      again: again.away,
      silent: outcome(await ask({ ...extra, prompt: 'none' })),
      without: outcome(await ask({ prompt: 'none' })),
    }).toEqual({
      again: null,
      silent: refusedWith('consent_required'),
      without: granted(),
    })
  })
})

describe('RA3', () => {
  it('gives them back in the answer, the token and at introspection', async () => {
    const entries = [payment(), bob]
    const line = await lineOf(redeem(client, await allow(details(...entries))))
    expect({
      answer: detailsOf(line),
      token: decodeJwt(line.access_token)['authorization_details'],
      introspected: detailsOf(await introspect(client, line.access_token)),
      refreshToken: detailsOf(await introspect(client, line.refresh_token)),
      refreshed: detailsOf(await tokensOf(refresh(client, line.refresh_token))),
    }).toEqual({
      answer: entries,
      token: entries,
      introspected: entries,
      refreshToken: entries,
      refreshed: entries,
    })
  })
})
