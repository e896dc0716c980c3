// An access token as a resource server sees it, however it was verified.

/** The content of a verified access token. Instants are NumericDate seconds. */
export type AccessToken = {
  issuer: string
  /** The user, or the client itself if the token has no user. */
  subject: string
  clientId: string
  audience: readonly string[]
  scope: readonly string[]
  expiresAt: number
  /** When the user signed in; absent if the token has no user. */
  authTime?: number | undefined
  /** How the user signed in (OpenID Connect Core 2). */
  acr?: string | undefined
  /** What the token is bound to (RFC 7800): the thumbprint of a key or of a certificate. */
  confirmation?: { jkt: string } | { 'x5t#S256': string } | undefined
}

/**
 * Verifies an access token: its signature, its issuer and its lifetime. The caller checks audience,
 * scope and proof of possession. Returns null for an invalid token.
 * @throws Unverifiable if the server or its keys cannot be reached
 */
export type VerifyAccessToken = (
  token: string,
  expected: { issuer: string },
) => Promise<AccessToken | null>

/** Thrown if a token can be neither accepted nor rejected: the server or its keys did not answer. */
export class Unverifiable extends Error {}
