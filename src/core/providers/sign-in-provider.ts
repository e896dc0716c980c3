// The providers that the sign-in page offers.
import type { AuthorizationServer } from '../authorization-server.ts'

/** A provider's id and button label, and the issuer that links use as its name. */
export type SignInProvider = { id: string; label: string; issuer: string }

/** Returns every provider that the sign-in page offers. */
export const signInProviders = async (as: AuthorizationServer): Promise<SignInProvider[]> =>
  (await as.providers.list(as.now))
    .filter(({ configuration }) => configuration.sign_in)
    .map(({ id, configuration: { label, issuer } }) => ({ id, label, issuer }))
