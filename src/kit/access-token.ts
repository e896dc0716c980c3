// What a resource server learns of an access token, however the token was verified.

/** What an access token says, once it is verified. Instants are NumericDate seconds. */
export type AccessToken = {
  issuer: string
  /** The user, or the client itself where no user is behind the token. */
  subject: string
  clientId: string
  audience: readonly string[]
  scope: readonly string[]
  expiresAt: number
  /** When the user signed in; absent where no user is behind the token. */
  authTime?: number | undefined
  /** How the user signed in (OpenID Connect Core 2). */
  acr?: string | undefined
  /** What the token is bound to (RFC 7800): the thumbprint of a key or of a certificate. */
  confirmation?: { jkt: string } | { 'x5t#S256': string } | undefined
}

/**
 * Verifies an access token: its signature, its issuer and its lifetime. Audience, scope and proof of
 * possession are judged by the caller. Returns null for a token that does not count.
 * @throws Unverifiable where the server or its keys cannot be reached
 */
export type VerifyAccessToken = (
  token: string,
  expected: { issuer: string },
) => Promise<AccessToken | null>

/** Nobody can tell whether a token counts: the server or its keys did not answer. */
export class Unverifiable extends Error {}
