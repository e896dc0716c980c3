// Security profiles that a client can be held to. What a profile demands of a request stands where that
// is judged, and asks here; what it demands of a registration is in fapi.ts.
import type { RegisteredMetadata } from './metadata.ts'

export const profiles = ['fapi2'] as const

/** Returns whether the client is held to the FAPI 2.0 Security Profile. */
export const isFapi2 = ({ metadata }: { metadata: Pick<RegisteredMetadata, 'profile'> }): boolean =>
  metadata.profile === 'fapi2'

/** Seconds that a code lives at most. FAPI 2.0 5.3.2.2 */
export const longestCodeLifetime = 60

/** "use PS256, ES256, or EdDSA": of the algorithms of this server that leaves out RS256. FAPI 2.0 5.4.1 */
export const isFapiAlgorithm = (alg: string): boolean => alg !== 'RS256'
