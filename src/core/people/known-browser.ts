// A browser in which an account has signed in before has password tries of its own, so that guesses
// from elsewhere cannot lock out the account's owner. The mark that it carries proves nothing else.
import { base64url } from '../../crypto/encoding.ts'
import { digestOf, equalInConstantTime } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { foldLoginName } from './login-name.ts'

/** Returns the mark for a browser in which the account of this name has signed in. */
export const knownBrowserMark = async (
  as: AuthorizationServer,
  name: string,
  browserSecret: string,
): Promise<string> => markUnder(as, as.keys.currentId, name, browserSecret)

/**
 * Returns the digest that identifies the browser, if its mark shows that the account of this name has
 * signed in with it, under any listed MASTER_KEY; otherwise null.
 */
export async function isKnownBrowser(
  as: AuthorizationServer,
  name: string,
  browserSecret: string | undefined,
  mark: string | undefined,
): Promise<string | null> {
  if (browserSecret === undefined || mark === undefined) return null
  for (const keyId of as.keys.ids) {
    if (equalInConstantTime(mark, await markUnder(as, keyId, name, browserSecret))) {
      return digestOf(browserSecret)
    }
  }
  return null
}

async function markUnder(
  as: AuthorizationServer,
  keyId: string,
  name: string,
  browserSecret: string,
): Promise<string> {
  const text = `${foldLoginName(name)} ${browserSecret}`
  return base64url(await as.keys.mac('known browser', text, keyId))
}
