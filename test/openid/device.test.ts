// Device authorization (RFC 8628), from the device's request to its tokens.
import { afterEach, describe, expect, it } from 'vitest'
import { issuer, read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { lineOf } from '../support/tokens.ts'
import { backToNow, signedIn, verifiedIdToken } from './flow.ts'
import { allowDevice, codesFor, codesOf, askForCodes, poll, registerDevice } from './device-flow.ts'

const client = await registerDevice()
const user = await registerUser()
const agent = await signedIn(user)

afterEach(backToNow)

describe('the device authorization endpoint (RFC 8628 3.1, 3.2)', () => {
  it('DV2: gives a code to the device and one to its user', async () => {
    const answer = await askForCodes(client, { scope: 'openid read' })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const codes = await codesOf(answer)
    expect(codes).toEqual({
      device_code: expect.stringMatching(/^dc_[\w.-]{43,}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${issuer}/device`,
      verification_uri_complete: `${issuer}/device?user_code=${codes.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })
})

describe('polling (RFC 8628 3.4, 3.5)', () => {
  it('DV5: waits for the user, then gives tokens', async () => {
    const codes = await codesFor(client, { scope: 'openid offline_access read' })
    expect(await read(await poll(client, codes.device_code))).toEqual({
      status: 400,
      body: { error: 'authorization_pending', error_description: expect.any(String) },
    })
    expect((await allowDevice(agent, codes.user_code)).title).toBe(
      'The device is connected · Postern',
    )
    const tokens = await lineOf(poll(client, codes.device_code))
    expect(tokens).toMatchObject({ scope: 'openid offline_access read', token_type: 'Bearer' })
    expect((await verifiedIdToken(tokens)).payload).toMatchObject({ sub: user.sub })
  })
})
