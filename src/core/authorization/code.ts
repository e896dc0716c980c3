// Authorization codes carry their facts, sealed: issuing one writes nothing, and everything that can
// refuse a redemption is checked before storage is touched. RFC 6749 4.1.2.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/** Characters of a sealed code; longer ones are parked in D1, because a code travels in a URL. */
const longestSealed = 1_500

/** Raised with any change of the facts, so that a code of another format does not open. */
const format = 'code 4'

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
  /** Whether a consent for each of the resources must still stand at the redemption. */
  needsConsent: boolean
  issuedAt: number
  expiresAt: number
}

/**
 * Issues a code that expires after `lifetime` seconds. Nothing is written unless the code is too long
 * for a URL. RFC 6749 4.1.2.
 */
export async function issueCode(
  as: AuthorizationServer,
  basis: Omit<CodeFacts, 'issuedAt' | 'expiresAt'>,
  lifetime: number,
): Promise<string> {
  const expiresAt = as.now + lifetime
  const facts: CodeFacts = { ...basis, issuedAt: as.now, expiresAt }
  const text = utf8(JSON.stringify(facts))
  as.log({ event: 'code issued', client_id: basis.clientId, user_id: basis.userId })
  const sealed = await as.keys.seal('authorization code', text, format)
  if (sealed.length <= longestSealed) return `ac_${sealed}`
  const code = `acp_${randomSecret()}`
  const parked = await as.keys.seal('authorization code', text, parkedContext(code))
  await as.store.parkedCodes.park(await digestOf(code), parked, expiresAt)
  return code
}

// The row of a parked code has only the digest of the code. Whoever reads the row can neither redeem
// the code nor present the sealed facts in another form, because they do not open without the code.
const parkedContext = (code: string): string => `${format} ${code}`

/**
 * Opens a code. Returns null if this server did not issue it or no longer has it parked. The caller
 * checks whether it has expired.
 */
export async function readCode(as: AuthorizationServer, code: string): Promise<CodeFacts | null> {
  const opened = code.startsWith('acp_') ? await openParked(as, code) : await openSealed(as, code)
  const text = opened === null ? null : utf8Text(opened)
  // A text that opens was sealed here, from facts of this format.
  return text === null ? null : JSON.parse(text)
}

const openSealed = async (as: AuthorizationServer, code: string): Promise<Uint8Array | null> =>
  code.startsWith('ac_') ? as.keys.open('authorization code', code.slice(3), format) : null

async function openParked(as: AuthorizationServer, code: string): Promise<Uint8Array | null> {
  const sealed = await as.store.parkedCodes.find(await digestOf(code), as.now)
  return sealed === null ? null : as.keys.open('authorization code', sealed, parkedContext(code))
}
