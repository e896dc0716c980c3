// Who asks for a passkey: the name it is made for, the sites that use it, and what a browser is asked.
// WebAuthn 4 (RP ID, user handle), 5.4, 5.5.
import { digestOf } from '../../../crypto/secret.ts'
import { algorithms } from '../../../crypto/webauthn/public-key.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { User } from '../storage.ts'
import type { Passkey } from './storage.ts'

/** Seconds for which a challenge may be answered. */
export const challengeLifetime = 300

/** The most passkeys of one user. */
export const mostPasskeys = 20

/**
 * Returns what authenticators know a user by: 32 bytes in base64url, random as the salt is, from which
 * nobody learns the `sub` (WebAuthn 14.6.1). It is stored with the first passkey; until then two tabs
 * must not come to different ones.
 */
export const userHandleOf = async ({ userHandle, pairwiseSalt }: User): Promise<string> =>
  userHandle ?? digestOf(`user handle ${pairwiseSalt}`)

/** What a challenge is the id of. */
type Challenge = { id: string }

/** Returns the PublicKeyCredentialRequestOptionsJSON of a sign-in: of whichever user has a passkey. */
export const requestOptions = (rpId: string, { id }: Challenge) => ({
  challenge: id,
  rpId,
  timeout: challengeLifetime * 1000,
  userVerification: 'required',
})

/** Returns the PublicKeyCredentialCreationOptionsJSON of a new passkey beside those that there are. */
export async function creationOptions(
  as: AuthorizationServer,
  rpId: string,
  { id }: Challenge,
  user: User,
  passkeys: readonly Passkey[],
) {
  return {
    challenge: id,
    rp: { id: rpId, name: as.settings.brand.name },
    user: {
      id: await userHandleOf(user),
      name: user.username,
      displayName: user.name ?? user.username,
    },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: challengeLifetime * 1000,
    excludeCredentials: passkeys.map((passkey) => ({
      type: 'public-key',
      id: passkey.id,
      transports: passkey.transports,
    })),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  }
}

/** Returns what makes a browser forget the passkeys of a user that are no longer stored. */
export const acceptedPasskeys = async (
  rpId: string,
  user: User,
  passkeys: readonly Passkey[],
): Promise<object> => ({
  rpId,
  userId: await userHandleOf(user),
  allAcceptedCredentialIds: passkeys.map(({ id }) => id),
})
