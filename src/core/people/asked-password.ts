// The first password of a user whose old system gives no hashes away: the operator's own endpoint says
// whether it is right. The tries are counted before anybody is asked.
import { utf8Text } from '../../crypto/encoding.ts'
import { hashPassword } from '../../crypto/password.ts'
import { resetPassword } from '../../crypto/stored-password.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { hasAdminRole } from './import/admin-role.ts'
import type { User } from './storage.ts'

/** An endpoint that judges passwords, and the key of the requests to it. */
export type PasswordEndpoint = { url: string; key: string }

/**
 * Asks an endpoint whether a password is right. Anything but a clear yes is a no.
 * @throws temporarily_unavailable if there is no answer in time
 */
export type PasswordAsking = (
  as: AuthorizationServer,
  endpoint: PasswordEndpoint,
  asked: { username: string; password: string },
) => Promise<boolean>

/** Returns whether the password of a user is to be asked for at the endpoint of their import. */
export const isAskedElsewhere = ({ passwordHash, passwordState }: User): boolean =>
  passwordHash === resetPassword && passwordState === 'ask'

/**
 * Returns whether a password is right by the endpoint of the user's import. A right one is hashed and
 * stored after the response, and the endpoint is not asked again. Of parallel first sign-ins, D1 keeps
 * the first hash.
 * @throws temporarily_unavailable if the endpoint does not answer, or its key cannot be opened. The try
 *   stays counted: a slow endpoint must not be called without a limit.
 */
export async function isRightElsewhere(
  as: AuthorizationServer,
  user: User,
  password: string,
): Promise<boolean> {
  const { importId, sourceId } = user
  const isAdministrator = hasAdminRole(user)
  const asking = await as.store.imports.findAsking({ importId, sourceId, isAdministrator })
  if (asking === null) return false
  const key = utf8Text(await as.keys.openStored('import key', asking.sealedKey, asking.id))
  if (key === null) return false
  const asked = { username: user.username, password }
  const isRight = await as.askPassword(as, { url: asking.url, key }, asked)
  if (isRight) as.waitUntil(adopt(as, user, password))
  return isRight
}

async function adopt(as: AuthorizationServer, user: User, password: string): Promise<void> {
  await as.store.passwords.adopt(user.id, await hashPassword(as, password))
}
