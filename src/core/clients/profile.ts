// Security profiles that a client can be held to. What a profile demands of a request stands where that
// is judged, and asks here; what it demands of a registration is in fapi.ts.
import type { SigningAlgorithm } from '../../crypto/signing-key.ts'
import type { ClientMetadata } from './metadata.ts'

export const profiles = ['fapi2'] as const

/** Returns whether the client is held to the FAPI 2.0 Security Profile. */
export const isFapi2 = ({ metadata }: { metadata: Pick<ClientMetadata, 'profile'> }): boolean =>
  metadata.profile === 'fapi2'

/** Seconds that a code lives at most. FAPI 2.0 5.3.2.2 */
export const longestCodeLifetime = 60

/**
 * "use PS256, ES256, or EdDSA": of the algorithms of this server that leaves out RS256. FAPI 2.0 5.4.1
 */
export const isFapiAlgorithm = (alg: string): boolean => alg !== 'RS256'

/**
 * Returns what we sign with for a client that registered no algorithm: RS256 (OpenID Registration 2,
 * JARM 3, RFC 9701 6), which the profile fapi2 forbids.
 */
export const defaultSigningAlgorithm = (
  metadata: Pick<ClientMetadata, 'profile'>,
): SigningAlgorithm => (isFapi2({ metadata }) ? 'ES256' : 'RS256')

/**
 * Seconds that a request object may be good for, and may have been good before. FAPI 2.0 Message
 * Signing 5.3.1
 */
export const longestRequestObject = 3_600
