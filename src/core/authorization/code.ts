// Authorization codes carry their facts, sealed: issuing one writes nothing, and everything that can
// refuse a redemption is checked before storage is touched. RFC 6749 4.1.2.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/** Longer ones are parked in D1: a code travels in a URL. */
const longestSealed = 1_500

/** Sealed into every code: raised with any change of the facts, so that no other kind opens. */
const format = 'code 3'

/** What a code stands for. Instants in seconds with a millisecond fraction. */
export type CodeFacts = {
  /** Random: which authorization this is, however its code is written. */
  id: string
  clientId: string
  /** The only one that a redemption may name; empty where it may name none. */
  redirectUri: string
  /** Whether the request named it: then the redemption must, too (RFC 6749 4.1.3). */
  redirectUriNamed: boolean
  userId: number
  /** The browser session it was asked for in. */
  sessionId?: string | undefined
  /** Else the line of the user's token that asked for it. */
  lineId?: string | undefined
  scope: readonly string[]
  resource: readonly string[]
  nonce?: string | undefined
  codeChallenge?: string | undefined
  /** The key whose possession the redemption must prove (RFC 9449 10). */
  keyThumbprint?: string | undefined
  claimsRequest?: string | undefined
  authTime: number
  amr: readonly string[]
  /** Whether a consent for each of the resources must still stand. */
  needsConsent: boolean
  issuedAt: number
  expiresAt: number
}

/** Makes a code that lives for the settings' lifetime. */
export async function issueCode(
  as: AuthorizationServer,
  basis: Omit<CodeFacts, 'id' | 'issuedAt' | 'expiresAt'>,
): Promise<string> {
  const expiresAt = as.now + as.settings.lifetimes.authorizationCode
  const facts: CodeFacts = { ...basis, id: randomSecret(16), issuedAt: as.now, expiresAt }
  const text = utf8(JSON.stringify(facts))
  as.log({ event: 'code issued', client_id: basis.clientId, user_id: basis.userId })
  const sealed = await as.keys.seal('authorization code', text, format)
  if (sealed.length <= longestSealed) return `ac_${sealed}`
  const code = `acp_${randomSecret()}`
  const parked = await as.keys.seal('authorization code', text, parkedContext(code))
  await as.store.parkedCodes.park(await digestOf(code), parked, expiresAt)
  return code
}

// Of a parked code the row has only the digest: who reads the row can neither redeem the code nor
// hand what is sealed there to us in another form, because without the code itself it does not open.
const parkedContext = (code: string): string => `${format} ${code}`

/** The facts of a code of ours, or null for anything else; its expiry is judged by the caller. */
export async function readCode(as: AuthorizationServer, code: string): Promise<CodeFacts | null> {
  const opened = code.startsWith('acp_') ? await openParked(as, code) : await openSealed(as, code)
  const text = opened === null ? null : utf8Text(opened)
  // Whatever opens was sealed here, from facts of this format.
  return text === null ? null : JSON.parse(text)
}

const openSealed = async (as: AuthorizationServer, code: string): Promise<Uint8Array | null> =>
  code.startsWith('ac_') ? as.keys.open('authorization code', code.slice(3), format) : null

async function openParked(as: AuthorizationServer, code: string): Promise<Uint8Array | null> {
  const sealed = await as.store.parkedCodes.find(await digestOf(code), as.now)
  return sealed === null ? null : as.keys.open('authorization code', sealed, parkedContext(code))
}
