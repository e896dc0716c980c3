// Authorization codes carry their facts, sealed: issuing one writes nothing, and everything that can
// refuse a redemption is checked before storage is touched. RFC 6749 4.1.2.
import type { AuthorizationServer } from '../authorization-server.ts'
import { SealedFacts } from './sealed-facts.ts'

/** The facts that a code carries. Instants in seconds with a millisecond fraction. */
export type CodeFacts = {
  /**
   * Random: names the authorization, in whatever form its code is carried. Codes for one pushed request
   * have one id, so that one of them is redeemed.
   */
  id: string
  clientId: string
  /** Of a client with a metadata document: the digest of that document. */
  documentDigest: string | null
  /** The only address that a redemption may name; empty where it may name none. */
  redirectUri: string
  /** Whether the request named the address: then the redemption must, too (RFC 6749 4.1.3). */
  redirectUriNamed: boolean
  userId: number
  /** The browser session in which the code was issued. */
  sessionId?: string | undefined
  /** Without a session: the grant of the access token that the code was asked for with. */
  endsWith?: string | undefined
  scope: readonly string[]
  resource: readonly string[]
  nonce?: string | undefined
  codeChallenge?: string | undefined
  /** The key whose possession the redemption must prove (RFC 9449 10). */
  keyThumbprint?: string | undefined
  claimsRequest?: string | undefined
  /** What exactly was authorized (RFC 9396), as `keptDetails` writes it. */
  authorizationDetails?: string | undefined
  authTime: number
  amr: readonly string[]
  /**
   * The class that the sign-in reached. Absent = the code is of the release before, which knew passwords
   * alone. The release before ignores it and states the lowest class, so the format is not raised for it.
   */
  acr?: string | undefined
  /** Whether a consent for each of the resources must still stand at the redemption. */
  needsConsent: boolean
  issuedAt: number
  expiresAt: number
}

const codes = new SealedFacts<CodeFacts>({
  purpose: 'authorization code',
  format: 'code 4',
  prefix: 'ac_',
  parkedPrefix: 'acp_',
})

/**
 * Issues a code that expires after `lifetime` seconds. Nothing is written unless the code is too long
 * for a URL. RFC 6749 4.1.2.
 */
export function issueCode(
  as: AuthorizationServer,
  basis: Omit<CodeFacts, 'issuedAt' | 'expiresAt'>,
  lifetime: number,
): Promise<string> {
  const expiresAt = as.now + lifetime
  as.log({ event: 'code issued', client_id: basis.clientId, user_id: basis.userId })
  return codes.sealOrPark(as, { ...basis, issuedAt: as.now, expiresAt }, expiresAt)
}

/**
 * Opens a code. Returns null if this server did not issue it or no longer has it parked. The caller
 * checks whether it has expired.
 */
export const readCode = (as: AuthorizationServer, code: string): Promise<CodeFacts | null> =>
  codes.open(as, code)
