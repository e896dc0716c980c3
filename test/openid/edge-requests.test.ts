// Odd requests at the authorization endpoint, of rows that no other file has: what is empty, unregistered,
// foreign, or longer than the platform allows.
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import { get } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { tokensOf } from '../support/tokens.ts'
import { allowDevice, codesFor, deviceGrant, poll } from './device-flow.ts'
import {
  authorizePath,
  codeOf,
  outcome,
  redeem,
  refusedWith,
  registerWebClient,
  signedIn,
  signInTo,
  verifiedIdToken,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

describe('RFC 6749 3.1: a parameter without a value', () => {
  it('N014: nonce, code_challenge and state that are empty were not sent', async () => {
    const lenient = await registerWebClient({ require_pkce: false })
    const empty = { nonce: '', code_challenge: '', code_challenge_method: '', state: '' }
    const place = await agent.open(authorizePath(lenient, empty))
    const tokens = await tokensOf(redeem(lenient, codeOf(place), { code_verifier: undefined }))
    const { payload } = await verifiedIdToken(tokens)
    expect({ nonce: payload.nonce, state: outcome(place) }).toEqual({
      nonce: undefined,
      state: expect.not.objectContaining({ state: expect.anything() }),
    })
  })
})

describe('RFC 6749 3.3: a scope that the client is not registered for', () => {
  it('N020: is left out, and the token response says what was granted', async () => {
    const place = await agent.open(authorizePath(client, { scope: 'openid admin read' }))
    const tokens = await tokensOf(redeem(client, codeOf(place)))
    expect(tokens.scope).toBe('openid read')
  })

  it('N020: alone it is invalid_scope at the client', async () => {
    const place = await agent.open(authorizePath(client, { scope: 'admin' }))
    expect(outcome(place)).toEqual(refusedWith('invalid_scope'))
  })
})

describe('OpenID Connect Core 3.1.2.1: id_token_hint', () => {
  it('N028: signed by a foreign key, under our key id and under its own, is invalid_request', async () => {
    const { id_token = '' } = await signInTo(agent, client)
    const { payload, header } = await verifiedIdToken({ id_token })
    const foreign = await makeKey('RS256')
    for (const kid of [String(header.kid), foreign.kid]) {
      const hint = await new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
        .sign(foreign.privateKey)
      const extra = { prompt: 'none', id_token_hint: hint }
      expect(outcome(await agent.open(authorizePath(client, extra)))).toEqual(
        refusedWith('invalid_request'),
      )
    }
  })
})

describe('RFC 9110 15.5.15, 15.5: more than the platform allows', () => {
  it('N037: a URL of more than 16 KB is 400, and nobody is sent anywhere', async () => {
    const answer = await get(authorizePath(client, { state: 's'.repeat(16_400) }))
    expect({ status: answer.status, location: answer.headers.get('Location') }).toEqual({
      status: 400,
      location: null,
    })
  })

  it.each(['Cookie', 'Authorization', 'Accept-Language', 'X-Anything'])(
    'N037: a header %s of 128 KB is no failure of the server',
    async (name) => {
      const headers = { [name]: `a=${'b'.repeat(131_072)}` }
      const statuses = [
        (await get(authorizePath(client, { prompt: 'none' }), headers)).status,
        (await get('/oauth2/userinfo', headers)).status,
      ]
      expect(statuses).toEqual([303, 401])
    },
  )
})

describe('RFC 9126 6: a client that must push its authorization requests', () => {
  it('M064: goes on asking for codes of devices, which are no authorization requests', async () => {
    const strict = await registerWebClient({
      require_pushed_authorization_requests: true,
      grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    })
    const codes = await codesFor(strict)
    await allowDevice(agent, codes.user_code)
    expect((await poll(strict, codes.device_code)).status).toBe(200)
  })
})
