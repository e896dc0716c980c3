// What Sign in with Apple does in its own way: the client secret is a token that we sign, and a person's
// name comes once, beside the answer of the browser.
import type { Provider } from '../core/providers/storage.ts'
import { signJwt } from '../crypto/jwt.ts'
import { importP256Key } from '../crypto/pem-key.ts'
import { JsonFault, isJsonObject, parseJson } from '../protocol/strict-json.ts'
import { OutboundError } from './outbound.ts'

/** Seconds for which a client secret counts: it is used at once. Apple allows six months. */
const secretLifetime = 300

/**
 * Returns the client secret: a JWT that the developer's key signs with ES256. `now` is in seconds.
 * @throws OutboundError if the stored secret is no such key
 */
export async function appleClientSecret(
  { configuration }: Pick<Provider, 'configuration'>,
  key: string,
  now: number,
): Promise<string> {
  const { client_id: sub, issuer: aud, team_id: iss, key_id: kid } = configuration
  const privateKey = await importP256Key(key)
  if (privateKey === null || iss === undefined || kid === undefined) {
    throw new OutboundError('forbidden', 'there is no key to sign the client secret with')
  }
  const iat = Math.floor(now)
  const claims = { iss, sub, aud, iat, exp: iat + secretLifetime }
  return signJwt({ kid, alg: 'ES256', privateKey }, 'JWT', claims)
}

/**
 * Returns the name in the `user` member of an answer, which Apple sends at the first sign-in alone.
 * Nobody has signed it: the browser may have changed it, so it is good for a display name and no more.
 */
export function appleName(user: string | undefined): string | null {
  const name = objectIn(user)?.name
  if (!isJsonObject(name)) return null
  const parts = [name.firstName, name.lastName].filter((part) => typeof part === 'string')
  return parts.join(' ').trim() || null
}

function objectIn(text: string | undefined): Record<string, unknown> | null {
  try {
    const value = text === undefined ? null : parseJson(text)
    return isJsonObject(value) ? value : null
  } catch (thrown) {
    if (thrown instanceof JsonFault) return null
    throw thrown
  }
}
