// Rich authorization requests: what exactly a client may do, as entries of a registered type. RFC 9396.
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { get, read, refusal } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { clientCredentials, grantOf, passwordGrant, refresh, tokensOf } from '../support/tokens.ts'
import { shownText } from '../support/user-agent.ts'
import { codeOf, decide, granted, outcome, redeem, refusedWith, registerWebClient } from './flow.ts'
import {
  agent,
  allow,
  ask,
  bob,
  client,
  details,
  introspected,
  invalid,
  grantWith,
  machine,
  payment,
  registerTextType,
  registerType,
  type,
  user,
} from './rich-authorization.ts'

const otherType = await registerTextType()

describe('RA1: entries of a registered type that the client may use, valid by its schema', () => {
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
    ['a NUL', [payment({ payee: 'Alice\0' })]],
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
      token: await refusal(clientCredentials(machine, extra)),
    }).toEqual({ authorize: refusedWith('invalid_authorization_details'), token: invalid })
  })

  it.each([
    ['no JSON', '[{'],
    ['a member twice', `[{"type":"${type}","payee":"Alice","payee":"Bob"}]`],
    ['a prototype', `[{"type":"${type}","__proto__":{"payee":"Bob"}}]`],
  ])('M073: %s is refused', async (_what, text) => {
    const place = await ask({ authorization_details: text })
    expect(outcome(place)).toEqual(refusedWith('invalid_authorization_details'))
  })
})

describe('RA2: always shown, never remembered', () => {
  it('M074: shows title, summary and every other value, to the user of a trusted client, too', async () => {
    const place = await ask(details(payment({ express: true, actions: ['now', '<b>later</b>'] })))
    const html = place.html.replace(/<bdi class="name">|<\/bdi>/g, '')
    expect({
      away: place.away,
      entry: /<strong>A payment.*?<\/li>/s.exec(html)?.[0].replace(/\s+/g, ' '),
    }).toEqual({
      away: null,
      entry:
        '<strong>A payment</strong><p>Pay 12.5 EUR to Alice</p>' +
        '<p><code>actions</code>: now, &lt;b&gt;later&lt;/b&gt;</p>' +
        '<p><code>express</code>: true</p></li>',
    })
  })

  it('speaks the language of the page', async () => {
    const place = await ask({ ...details(payment()), ui_locales: 'de' })
    expect(shownText(place)).toContain('Eine Zahlung')
  })

  it('shows a long value to its end', async () => {
    const reader = await registerWebClient({ authorization_details_types: [otherType] })
    const text = `${'x'.repeat(990)} the end`
    const place = await ask(details({ type: otherType, text }), reader)
    expect(shownText(place)).toContain(`text : ${text}`)
  })

  it('M074: asks again for the very same details; prompt=none is consent_required', async () => {
    const asker = await registerWebClient({ trusted: false, authorization_details_types: [type] })
    const extra = details(payment())
    await allow(extra, asker)
    expect({
      again: (await ask(extra, asker)).away,
      silent: outcome(await ask({ ...extra, prompt: 'none' }, asker)),
      silentTrusted: outcome(await ask({ ...extra, prompt: 'none' })),
      withoutDetails: outcome(await ask({ prompt: 'none' }, asker)),
    }).toEqual({
      again: null,
      silent: refusedWith('consent_required'),
      silentTrusted: refusedWith('consent_required'),
      withoutDetails: granted(),
    })
  })

  it('a no is access_denied', async () => {
    const place = await decide(agent, await ask(details(payment())), 'deny')
    expect(outcome(place)).toEqual(refusedWith('access_denied'))
  })

  it('the password grant refuses them, since nobody is shown them there', async () => {
    const direct = await registerClient({ authorization_details_types: [type] })
    expect(await refusal(passwordGrant(direct, user, details(payment())))).toEqual(invalid)
  })
})

describe('RA3: kept in the grant, and given back', () => {
  it('in the answer, the token and at introspection', async () => {
    const entries = [payment(), bob]
    const grant = await grantWith(details(...entries))
    expect({
      answer: grant.authorization_details,
      token: decodeJwt(grant.access_token)['authorization_details'],
      introspected: await introspected(client, grant.access_token),
      refreshToken: await introspected(client, grant.refresh_token),
      refreshed: (await tokensOf(refresh(client, grant.refresh_token))).authorization_details,
    }).toEqual({
      answer: entries,
      token: entries,
      introspected: entries,
      refreshToken: entries,
      refreshed: entries,
    })
  })

  it('where there are none, no answer has the member', async () => {
    const grant = await grantOf(redeem(client, codeOf(await ask({}))))
    const named = (object: object) => Object.keys(object).includes('authorization_details')
    expect({
      answer: named(grant),
      token: named(decodeJwt(grant.access_token)),
      introspected: await introspected(client, grant.access_token),
    }).toEqual({ answer: false, token: false, introspected: undefined })
  })

  it('a resource server learns nothing of a token that is meant for another one', async () => {
    const resource = `https://${crypto.randomUUID()}.example/api`
    const server = await registerClient({ resources: [resource] })
    const stranger = await registerClient()
    const { access_token } = await grantWith({ ...details(payment()), resource })
    expect({
      server: await introspected(server, access_token),
      stranger: await introspected(stranger, access_token),
    }).toEqual({ server: [payment()], stranger: undefined })
  })

  it('they fit into a code that is too long for a URL', async () => {
    const entries = Array.from({ length: 20 }, (_, parts) =>
      payment({ parts, payee: 'x'.repeat(100) }),
    )
    const grant = await grantWith(details(...entries))
    expect(grant.authorization_details?.map(({ parts }) => parts)).toEqual(
      entries.map((_entry, parts) => parts),
    )
  })

  it('a client that may use the type has its own at client_credentials, up to 16 KiB', async () => {
    const writer = await registerClient({
      grant_types: ['client_credentials'],
      authorization_details_types: [otherType],
    })
    const texts = Array.from({ length: 15 }, (_, index) => `${index}`.padEnd(1000, 'x'))
    const { authorization_details: text } = details(
      ...texts.map((one) => ({ type: otherType, text: one })),
    )
    const filled = { authorization_details: text.padEnd(16_384) }
    const over = { authorization_details: text.padEnd(16_385) }
    const own = await tokensOf(clientCredentials(machine, details(payment())))
    expect({
      machine: own.authorization_details,
      token: decodeJwt(own.access_token)['authorization_details'],
      filled: (await tokensOf(clientCredentials(writer, filled))).authorization_details?.length,
      over: await refusal(clientCredentials(writer, over)),
    }).toEqual({ machine: [payment()], token: [payment()], filled: 15, over: invalid })
  })
})

describe('discovery', () => {
  it('lists the types that are registered', async () => {
    const isListed = async (name: string) => {
      const { body } = await read(await get('/.well-known/oauth-authorization-server'))
      return Object(body).authorization_details_types_supported.includes(name)
    }
    const fresh = await registerType()
    const before = await isListed(fresh)
    await admin('DELETE', `/authorization-details-types/${fresh}`)
    expect({ before, after: await isListed(fresh) }).toEqual({ before: true, after: false })
  })
})
