// How and when the user signed in, as resource servers learn of it: RFC 9470 6.
import { afterEach, describe, expect, it } from 'vitest'
import { claimsOf } from '../support/forge.ts'
import { read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { introspect, grantOf, refresh } from '../support/tokens.ts'
import { backToNow, codeFor, pass, redeem, registerWebClient, signedIn } from './flow.ts'

afterEach(backToNow)

/** What an access token and its introspection say about the sign-in. */
async function signInOf(client: Awaited<ReturnType<typeof registerWebClient>>, token: string) {
  const { acr, auth_time } = claimsOf(token)
  const { body } = await read(await introspect(client, token))
  return { token: { acr, auth_time }, introspection: body }
}

describe('RS7: access tokens and introspection', () => {
  it('M100: a refresh after ten days leaves acr and auth_time as they were', async () => {
    const client = await registerWebClient()
    const signedInAt = Math.floor(Date.now() / 1000)
    const code = await codeFor(await signedIn(await registerUser()), client)
    const first = await grantOf(redeem(client, code))
    const before = await signInOf(client, first.access_token)
    pass(10 * 86_400)
    const second = await grantOf(refresh(client, first.refresh_token))
    const after = await signInOf(client, second.access_token)
    const { auth_time } = before.token
    expect(Number(auth_time) - signedInAt).toBeLessThan(60)
    const facts = { token: { acr: 'urn:postern:acr:1', auth_time } }
    expect({ before, after }).toEqual({
      before: {
        ...facts,
        introspection: expect.objectContaining({ acr: 'urn:postern:acr:1', auth_time }),
      },
      after: {
        ...facts,
        introspection: expect.objectContaining({ acr: 'urn:postern:acr:1', auth_time }),
      },
    })
  })
})
