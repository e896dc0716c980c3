// A scripted provider with a key set, and its tokens.
import type { JWTPayload } from 'jose'
import { makeKey, ScriptedProvider, seconds, signToken } from './providers.ts'

export async function providerWithKeys(host = '127.0.0.1') {
  const provider = new ScriptedProvider(host)
  const key = await makeKey()
  const jku = provider.url('/keys')
  await provider.answer('/keys', { body: { keys: [key.jwk] } })
  /** The claims of a token that counts, but for `claims`; undefined = left out. */
  const claimsWith = (claims: JWTPayload): JWTPayload => ({
    iss: provider.url(''),
    aud: 'portal',
    iat: seconds(),
    exp: seconds() + 300,
    ...claims,
  })
  const tokenWith = (claims: JWTPayload, header: object = {}) =>
    signToken(key, claimsWith(claims), { jku, ...header })
  return { provider, key, jku, claimsWith, tokenWith }
}
