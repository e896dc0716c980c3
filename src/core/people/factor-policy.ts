// Who must prove a second factor, by the setting MFA and by what they have.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { User } from './storage.ts'

/** Returns whether the user must have a second factor: whoever has none is led to add one. */
export function isSecondFactorRequired(
  { settings }: Pick<AuthorizationServer, 'settings'>,
  { role }: Pick<User, 'role'>,
): boolean {
  const { mfa } = settings.factors
  return mfa === 'required' || (typeof mfa === 'object' && mfa.role === role)
}

/**
 * Returns whether a password alone does not sign the user in: they must have a second factor, or they
 * have an authenticator app. A passkey takes nothing from the password.
 */
export const isPasswordTooLittle = (
  as: Pick<AuthorizationServer, 'settings'>,
  user: Pick<User, 'role' | 'sealedTotp'>,
): boolean =>
  isSecondFactorRequired(as, user) ||
  (as.settings.factors.mfa !== 'off' && user.sealedTotp !== null)
