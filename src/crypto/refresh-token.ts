// Refresh tokens: rt_<key id>.<grant id>.<generation>.<secret>.<checksum>
// The keyed checksum lets garbage be refused without any storage. The successor's secret is derived
// from the presented token, so that a retry after a lost answer gets the same successor and only a
// holder of the presented token can obtain it.
import { base64url } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'
import { equalInConstantTime, randomSecret } from './secret.ts'

export type RefreshToken = {
  text: string
  keyId: string
  grantId: string
  generation: number
}

const format = /^rt_([\w-]{1,32})\.([\w-]{22})\.(0|[1-9]\d{0,9})\.[\w-]{43}\.[\w-]{22}$/

/** Creates the first refresh token of a grant (generation 0). */
export const firstRefreshToken = (keys: KeyRing, grantId: string): Promise<string> =>
  assemble(keys, keys.currentId, grantId, 0, randomSecret())

/** Splits a text in the form of a refresh token into its parts. Verifies nothing. */
export function parseRefreshToken(text: string): RefreshToken | null {
  const match = format.exec(text)
  if (match === null) return null
  const [, keyId = '', grantId = '', generation = ''] = match
  return { text, keyId, grantId, generation: Number(generation) }
}

/** Returns the parts of a refresh token whose checksum is ours, or null for any other text. */
export async function readRefreshToken(keys: KeyRing, text: string): Promise<RefreshToken | null> {
  const token = parseRefreshToken(text)
  if (token === null || !keys.has(token.keyId)) return null
  const dot = text.lastIndexOf('.')
  const expected = await checksumOf(keys, token.keyId, text.slice(0, dot))
  return equalInConstantTime(text.slice(dot + 1), expected) ? token : null
}

/**
 * Returns the one successor of `token` under master key `keyId` (default: the current key).
 * Repeated calls return the same token.
 */
export async function successorOf(
  keys: KeyRing,
  token: RefreshToken,
  keyId = keys.currentId,
): Promise<string> {
  const generation = token.generation + 1
  const secret = await keys.mac('refresh token successor', token.text, keyId)
  return assemble(keys, keyId, token.grantId, generation, base64url(secret))
}

async function assemble(
  keys: KeyRing,
  keyId: string,
  grantId: string,
  generation: number,
  secret: string,
): Promise<string> {
  const body = `rt_${keyId}.${grantId}.${generation}.${secret}`
  return `${body}.${await checksumOf(keys, keyId, body)}`
}

const checksumOf = async (keys: KeyRing, keyId: string, body: string): Promise<string> =>
  base64url((await keys.mac('refresh token checksum', body, keyId)).subarray(0, 16))
