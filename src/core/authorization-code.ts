// Authorization codes carry their facts, sealed: issuing one writes nothing, and everything that can
// refuse a redemption is checked before storage is touched. RFC 6749 4.1.2.
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** Longer ones are parked in D1: a code travels in a URL. */
const longestSealed = 1_500

/** Sealed into every code: raised with any change of the facts, so that no other kind opens. */
const format = 'code 1'

/** What a code stands for. Instants in seconds with a millisecond fraction. */
export type CodeFacts = {
  clientId: string
  /** The only one that a redemption may name; empty (KorAP) where it may name none. */
  redirectUri: string
  /** Whether the request named it: then the redemption must, too (RFC 6749 4.1.3). */
  redirectUriNamed: boolean
  userId: number
  /** The browser session it was asked for in. */
  sessionId?: string | undefined
  /** Else (KorAP) the line of the user's token that asked for it. */
  lineId?: string | undefined
  scope: readonly string[]
  resource: readonly string[]
  nonce?: string | undefined
  codeChallenge?: string | undefined
  claimsRequest?: string | undefined
  authTime: number
  amr: readonly string[]
  /** Whether a consent for the redirect URI must still stand. */
  needsConsent: boolean
  issuedAt: number
  expiresAt: number
}

/** Makes a code that lives for the settings' lifetime. */
export async function issueCode(
  as: AuthorizationServer,
  basis: Omit<CodeFacts, 'issuedAt' | 'expiresAt'>,
): Promise<string> {
  const expiresAt = as.now + as.settings.lifetimes.authorizationCode
  const text = JSON.stringify({ ...basis, issuedAt: as.now, expiresAt } satisfies CodeFacts)
  const sealed = await as.keys.seal('authorization code', utf8(text), format)
  const isShort = sealed.length <= longestSealed
  const code = isShort ? `ac_${sealed}` : `acp_${randomSecret()}`
  if (!isShort) await as.store.parkedCodes.park(await digestOf(code), sealed, expiresAt)
  as.log({ event: 'code issued', client_id: basis.clientId, user_id: basis.userId })
  return code
}

/** The facts of a code of ours, or null for anything else; its expiry is judged by the caller. */
export async function readCode(as: AuthorizationServer, code: string): Promise<CodeFacts | null> {
  const sealed = code.startsWith('acp_')
    ? await as.store.parkedCodes.find(await digestOf(code), as.now)
    : code.startsWith('ac_')
      ? code.slice(3)
      : null
  const opened = sealed === null ? null : await as.keys.open('authorization code', sealed, format)
  const text = opened === null ? null : utf8Text(opened)
  // Whatever opens was sealed here, from facts of this format.
  return text === null ? null : JSON.parse(text)
}
