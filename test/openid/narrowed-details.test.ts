// A part of the authorization details that were granted: at the token endpoint, at a refresh, at a token
// exchange. RFC 9396 6.
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { read, refusal } from '../support/http.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerResource,
  type TestClient,
} from '../support/registry.ts'
import { grantRow } from '../support/time.ts'
import { clientCredentials, grantOf, postAs, refresh, tokensOf } from '../support/tokens.ts'
import { codeOf, decide, outcome, redeem, refusedWith, registerWebClient } from './flow.ts'
import {
  agent,
  allow,
  ask,
  bob,
  client,
  details,
  invalid,
  grantWith,
  machine,
  payment,
  registerType,
  type,
} from './rich-authorization.ts'

const eve = payment({ payee: 'Eve' })
const larger = payment({ amount: { value: 1000, currency: 'EUR' } })

describe('RA4: entry by entry', () => {
  it('M075: at the token endpoint; a refusal does not use the code up', async () => {
    const code = await allow(details(payment(), bob))
    expect({
      larger: await refusal(redeem(client, code, details(larger))),
      notGranted: await refusal(redeem(client, code, details(payment(), eve))),
      part: (await tokensOf(redeem(client, code, details(bob)))).authorization_details,
    }).toEqual({ larger: invalid, notGranted: invalid, part: [bob] })
  })

  it('M075: at a refresh; a refusal leaves the grant as it is', async () => {
    const grant = await grantWith(details(payment(), bob))
    const before = await grantRow(grant.refresh_token)
    const refused = {
      larger: await refusal(refresh(client, grant.refresh_token, details(larger))),
      notGranted: await refusal(refresh(client, grant.refresh_token, details(payment(), eve))),
      after: await grantRow(grant.refresh_token),
    }
    const part = await grantOf(refresh(client, grant.refresh_token, details(bob)))
    const whole = await grantOf(refresh(client, part.refresh_token))
    expect({
      ...refused,
      part: part.authorization_details,
      token: decodeJwt(part.access_token)['authorization_details'],
      whole: whole.authorization_details,
    }).toEqual({
      larger: invalid,
      notGranted: invalid,
      after: before,
      part: [bob],
      token: [bob],
      whole: [payment(), bob],
    })
  })

  it('a grant without details gives none', async () => {
    const grant = await grantOf(redeem(client, codeOf(await ask({}))))
    const before = await grantRow(grant.refresh_token)
    expect({
      refused: await refusal(refresh(client, grant.refresh_token, details(payment()))),
      row: await grantRow(grant.refresh_token),
    }).toEqual({ refused: invalid, row: before })
  })

  it.each([
    ['quotes and other letters', { payee: 'Jürgen "the \\ slash" \u2028 \n \u{1f600} </script>' }],
    ['a small number', { amount: { value: 1e-7, currency: 'EUR' } }],
    ['a large number', { amount: { value: 123456789012.34, currency: 'USD' } }],
    ['a list', { actions: ['a', 'b'] }],
  ])('D1 finds an entry with %s, its members in any order', async (_what, members) => {
    const wanted = payment(members)
    const grant = await grantWith(details(wanted, bob))
    const turned = Object.fromEntries(Object.entries(wanted).toReversed())
    const part = await tokensOf(refresh(client, grant.refresh_token, details(turned)))
    expect(part.authorization_details).toEqual([wanted])
  })
})

describe('RA5: locations lie within the resources of the token', () => {
  const api = `https://${crypto.randomUUID()}.example/api`
  const files = `https://${crypto.randomUUID()}.example/files`
  const atApi = payment({ locations: [api] })
  const atBoth = payment({ payee: 'Bob', locations: [api, files] })

  it('at authorize, in any spelling', async () => {
    const spelled = payment({ locations: [api.replace('https://', 'HTTPS://')] })
    const refused = refusedWith('invalid_authorization_details')
    expect({
      none: outcome(await ask(details(atApi))),
      other: outcome(await ask({ ...details(atApi), resource: files })),
      half: outcome(await ask({ ...details(atBoth), resource: api })),
      spelled: (await ask({ ...details(spelled), resource: api })).away,
    }).toEqual({ none: refused, other: refused, half: refused, spelled: null })
  })

  it.each(['', 'files', '//files.example', 'https://', '{}'])(
    'and %j is no URI, and so none of them',
    async (location) => {
      const odd = details(payment({ locations: [location] }))
      const refused = refusedWith('invalid_authorization_details')
      expect({
        authorize: outcome(await ask({ ...odd, resource: api })),
        machine: await refusal(clientCredentials(machine, { ...odd, resource: api })),
      }).toEqual({ authorize: refused, machine: invalid })
    },
  )

  it('at the token endpoint: a token for one resource has no entry for another', async () => {
    const everywhere = payment({ payee: 'Carol' })
    const place = await ask({ ...details(atApi, atBoth, everywhere), resource: [api, files] })
    const code = codeOf(await decide(agent, place, 'allow'))
    const beyond = { resource: files, ...details(atApi) }
    const refused = await refusal(redeem(client, code, beyond))
    const grant = await grantOf(redeem(client, code, { resource: api }))
    const before = await grantRow(grant.refresh_token)
    expect({
      refused,
      token: grant.authorization_details,
      refreshRefused: await refusal(refresh(client, grant.refresh_token, beyond)),
      row: await grantRow(grant.refresh_token),
      refreshed: (await tokensOf(refresh(client, grant.refresh_token, { resource: files })))
        .authorization_details,
    }).toEqual({
      refused: invalid,
      token: [atApi, everywhere],
      refreshRefused: invalid,
      row: before,
      refreshed: [everywhere],
    })
  })

  it('at client_credentials', async () => {
    expect(await refusal(clientCredentials(machine, details(atApi)))).toEqual(invalid)
  })
})

describe('what is no longer allowed is not given anew', () => {
  const grantOfTwoTypes = async () => {
    const [lost, kept] = [await registerType(), await registerType()]
    const both = await registerWebClient({ authorization_details_types: [lost, kept] })
    const left = payment({ type: kept })
    const grant = await grantWith(details(payment({ type: lost }), left), both)
    return { lost, kept, both, grant, left: [left] }
  }

  it('of a type that was deleted', async () => {
    const { lost, both, grant, left } = await grantOfTwoTypes()
    await admin('DELETE', `/authorization-details-types/${lost}`)
    const refreshed = await tokensOf(refresh(both, grant.refresh_token))
    expect(refreshed.authorization_details).toEqual(left)
  })

  it('of a type whose schema became narrower', async () => {
    const { lost, both, grant, left } = await grantOfTwoTypes()
    const amount = { properties: { value: { maximum: 1 } } }
    await admin('PATCH', `/authorization-details-types/${lost}`, {
      schema: { properties: { amount } },
    })
    const refreshed = await tokensOf(refresh(both, grant.refresh_token))
    expect(refreshed.authorization_details).toEqual(left)
  })

  it('of a type that the client lost; nothing at all if it lost every one', async () => {
    const { kept, both, grant, left } = await grantOfTwoTypes()
    await patchClient(both, { authorization_details_types: [kept] })
    const refreshed = await grantOf(refresh(both, grant.refresh_token))
    await patchClient(both, { authorization_details_types: null })
    expect({
      refreshed: refreshed.authorization_details,
      lost: await refusal(refresh(both, refreshed.refresh_token)),
    }).toEqual({ refreshed: left, lost: invalid })
  })
})

describe('token exchange', () => {
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const exchanging = { grant_types: [grant_type], scope: 'read' }

  it('carries them, or the part that is named, to a client that may use the type', async () => {
    const service = await registerClient({ ...exchanging, authorization_details_types: [type] })
    const other = await registerClient(exchanging)
    const { resource } = await registerResource()
    const { access_token } = await grantWith(details(payment(), bob))
    const exchange = (by: TestClient, extra: object = {}) =>
      postAs(by, '/oauth2/token', {
        grant_type,
        subject_token: access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource,
        ...extra,
      })
    const detailsIn = async (answer: Promise<Response>) => {
      const { access_token: token, authorization_details: told } = Object(
        (await read(await answer)).body,
      )
      return { told, token: decodeJwt(token)['authorization_details'] }
    }
    const given = (...entries: unknown[]) => ({ told: entries, token: entries })
    expect({
      whole: await detailsIn(exchange(service)),
      part: await detailsIn(exchange(service, details(bob))),
      more: await refusal(exchange(service, details(eve))),
      other: await refusal(exchange(other)),
    }).toEqual({ whole: given(payment(), bob), part: given(bob), more: invalid, other: invalid })
  })
})
