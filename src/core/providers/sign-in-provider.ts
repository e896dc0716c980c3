// The providers that people can choose to sign in with.
import type { AuthorizationServer } from '../authorization-server.ts'

/** What a button says and brings; `issuer` is how links name the provider. */
export type SignInProvider = { id: string; label: string; issuer: string }

/** Every provider that the sign-in page offers. */
export const signInProviders = async (as: AuthorizationServer): Promise<SignInProvider[]> =>
  (await as.providers.list(as.now))
    .filter(({ configuration }) => configuration.sign_in)
    .map(({ id, configuration: { label, issuer } }) => ({ id, label, issuer }))
