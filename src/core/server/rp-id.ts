// The name that passkeys are made for (the RP ID of WebAuthn), and the sites that may use it.
import type { AuthorizationServer } from '../authorization-server.ts'

/**
 * Returns the rpId; null = there are no passkeys here, because the host is an address and no name
 * (WebAuthn 5.1.3).
 */
export function rpIdOf({
  issuer,
  settings,
}: Pick<AuthorizationServer, 'issuer' | 'settings'>): string | null {
  const { hostname } = new URL(issuer)
  const isName = !/^\[|^[\d.]+$/.test(hostname)
  return isName ? (settings.passkeys.rpId ?? hostname) : null
}

/** Returns the origins whose pages may ask for the passkeys. */
export const originsOf = ({
  issuer,
  settings,
}: Pick<AuthorizationServer, 'issuer' | 'settings'>): readonly string[] => [
  new URL(issuer).origin,
  ...settings.passkeys.relatedOrigins,
]
