// The providers that the sign-in page offers.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Preset } from '../../protocol/provider-presets.ts'
import { foldLoginName } from '../people/login-name.ts'

/** A provider's id and button label, and the issuer that links use as its name. */
export type SignInProvider = {
  id: string
  label: string
  issuer: string
  preset: Preset | undefined
  /** The domains whose addresses sign in there alone. */
  domains: readonly string[]
}

/** Returns every provider that the sign-in page offers. */
export const signInProviders = async (as: AuthorizationServer): Promise<SignInProvider[]> =>
  (await as.providers.list(as.now))
    .filter(({ configuration }) => configuration.sign_in)
    .map(({ id, configuration: { label, issuer, preset, domains } }) => ({
      ...{ id, label, issuer, preset, domains },
    }))

/** Returns the domain of a typed name that is an e-mail address, in whatever characters; else null. */
const domainOf = (name: string): string | null =>
  /^[^\s@]{1,64}@([^\s@]{1,253})$/.exec(foldLoginName(name))?.[1] ?? null

/**
 * Returns the id of the provider that owns the domain of a typed name; null = a password may be tried.
 * It depends on the domain alone, so that it tells nobody who has an account.
 */
export async function ownerOfName(as: AuthorizationServer, name: string): Promise<string | null> {
  const domain = domainOf(name)
  if (domain === null) return null
  const owner = (await signInProviders(as)).find(({ domains }) => domains.includes(domain))
  return owner?.id ?? null
}

/**
 * Returns whether the sign-in page asks for the name before the password: a provider owns a domain, and
 * nobody whose password it keeps shall type that password here.
 */
export const asksForNameFirst = async (as: AuthorizationServer): Promise<boolean> =>
  (await signInProviders(as)).some(({ domains }) => domains.length > 0)
