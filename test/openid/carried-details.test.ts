// Authorization details of requests that do not come by the browser: from a device (RFC 8628), and
// pushed (RFC 9126). RFC 9396 3.
import { describe, expect, it } from 'vitest'
import { claimsOf } from '../support/forge.ts'
import { read, refusal } from '../support/http.ts'
import { grantOf, postAs, refresh, tokensOf } from '../support/tokens.ts'
import { shownText } from '../support/user-agent.ts'
import {
  answerDevice,
  askForCodes,
  codesFor,
  enterCode,
  poll,
  registerDevice,
} from './device-flow.ts'
import { authorizationRequest, codeOf, decide, redeem, registerWebClient } from './flow.ts'
import { agent, bob, details, invalid, payment, type } from './rich-authorization.ts'

const eve = details(payment({ payee: 'Eve' }))

describe('a device', () => {
  it('M073: is refused what the client may not ask for', async () => {
    const stranger = await registerDevice()
    expect(await refusal(askForCodes(stranger, details(payment())))).toEqual(invalid)
  })

  it('RA2 to RA4: its user is shown the entries, and it gets them or a part', async () => {
    const device = await registerDevice({ authorization_details_types: [type] })
    const codes = await codesFor(device, details(payment(), bob))
    const page = await enterCode(agent, codes.user_code)
    await answerDevice(agent, page, 'allow')
    const refused = await refusal(poll(device, codes.device_code, eve))
    const grant = await grantOf(poll(device, codes.device_code, details(bob)))
    expect({
      shown: shownText(page).includes('Pay 12.5 EUR to Alice'),
      refused,
      part: grant.authorization_details,
      token: claimsOf(grant.access_token).authorization_details,
      whole: (await tokensOf(refresh(device, grant.refresh_token))).authorization_details,
    }).toEqual({
      shown: true,
      refused: invalid,
      part: [bob],
      token: [bob],
      whole: [payment(), bob],
    })
  })
})

describe('a pushed request', () => {
  it('is judged when it is pushed, and shown when the browser brings it', async () => {
    const client = await registerWebClient({ authorization_details_types: [type] })
    const push = (extra: object) =>
      postAs(client, '/oauth2/par', { ...authorizationRequest(client), ...extra })
    const refused = await refusal(push({ authorization_details: 'null' }))
    const { request_uri } = Object((await read(await push(details(payment())))).body)
    const query = new URLSearchParams({ client_id: client.client_id, request_uri })
    const page = await agent.open(`/oauth2/authorize?${query}`)
    const code = codeOf(await decide(agent, page, 'allow'))
    expect({
      refused,
      shown: shownText(page).includes('Pay 12.5 EUR to Alice'),
      given: (await tokensOf(redeem(client, code))).authorization_details,
    }).toEqual({ refused: invalid, shown: true, given: [payment()] })
  })
})
