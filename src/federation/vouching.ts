// Whether a provider vouches for the e-mail address in its claims. Who does decides over accounts that
// have the address, so each provider's own warnings count.
import type { ProviderConfiguration } from '../core/providers/configuration.ts'

type Claims = Readonly<Record<string, unknown>>

/** Returns whether the e-mail address is verified; some providers write the flag as text. */
export const isVerified = (claims: Claims): boolean =>
  claims.email_verified === true || claims.email_verified === 'true'

/** Returns whether the provider vouches that the person owns the address in `claims.email` today. */
export function vouches(
  { preset }: Pick<ProviderConfiguration, 'preset'>,
  claims: Claims,
): boolean {
  if (preset === 'microsoft') return isOfVerifiedDomain(claims)
  return isVerified(claims) && (preset !== 'google' || isGooglesOwn(claims))
}

/**
 * A tenant's administrator may write any address into an account ("nOAuth"), so that Microsoft's `email`
 * proves nothing. The optional claim `xms_edov` says that the tenant has proved to own the domain.
 */
const isOfVerifiedDomain = ({ xms_edov: verified }: Claims): boolean =>
  verified === true || verified === 1 || verified === '1' || verified === 'true'

/**
 * Google answers for its own addresses and for those of organizations (`hd`). Any other was verified
 * once, and may have a new owner since.
 */
const isGooglesOwn = ({ email, hd }: Claims): boolean =>
  (typeof hd === 'string' && hd !== '') ||
  (typeof email === 'string' && /@(gmail|googlemail)\.com$/i.test(email))
