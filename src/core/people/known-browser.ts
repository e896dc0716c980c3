// A browser that an account has signed in with before has a bucket of tries of its own, so that
// guesses from elsewhere cannot lock its owner out. The mark is worth nothing else.
import { base64url } from '../../crypto/encoding.ts'
import { digestOf, equalInConstantTime } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { foldLoginName } from './login-name.ts'

/** The mark that a browser gets once the account of this name has signed in with it. */
export const knownBrowserMark = async (
  as: AuthorizationServer,
  name: string,
  browserSecret: string,
): Promise<string> => markUnder(as, as.keys.currentId, name, browserSecret)

/** Which browser it is, if its mark says that the account of this name has signed in with it. */
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
