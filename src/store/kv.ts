// KV may be stale, slow or down; nobody waits for it longer than this.
import { utf8 } from '../crypto/encoding.ts'
import { digestOf } from '../crypto/secret.ts'

/** Bytes of the longest key that KV takes. */
const longestKey = 512

/**
 * Returns the key under which KV keeps what we name `key`: the digest of a longer one. The address of a
 * client's document may have 2,000 characters, and a revocation that KV refuses would wait for ever, and
 * others behind it.
 */
export const placeOf = async (key: string): Promise<string> =>
  utf8(key).length <= longestKey ? key : `${key.slice(0, 32)}#${await digestOf(key)}`

/** Milliseconds until KV counts as down for this request. */
const deadline = 1_000

/** Waits for KV to answer; null if it fails or takes too long. */
export async function orMiss<Result>(answer: Promise<Result>): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadline)
  })
  try {
    return await Promise.race([answer, late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
