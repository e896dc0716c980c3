// Tokens from providers: signed with an asymmetric algorithm under a key from the caller, and
// optionally encrypted to one of our keys. No URL or key in a token's header is ever used. RFC
// 7515, 7516, 7519 7.2, 8725 3.
import { compactDecrypt, compactVerify, importJWK } from 'jose'
import * as z from 'zod/mini'
import { once } from '../protocol/once.ts'
import { isJsonObject, parseJson } from '../protocol/strict-json.ts'
import { fromBase64url, utf8Text } from './encoding.ts'
import type { Claims } from './jwt.ts'
import { encryptionAlgorithms, type EncryptionAlgorithm } from './signing-key.ts'

/**
 * Accepted signature algorithms: never `none`, never an algorithm with a shared secret (RFC 8725
 * 3.1).
 */
export const upstreamAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
export type UpstreamAlgorithm = (typeof upstreamAlgorithms)[number]

/** Returns the key type of an algorithm (RFC 7518 3.1, RFC 8037 3.1). */
const keyTypeOf = (alg: UpstreamAlgorithm): 'RSA' | 'EC' | 'OKP' => {
  if (alg.startsWith('Ed')) return 'OKP'
  return alg.startsWith('ES') ? 'EC' : 'RSA'
}

const optionalText = once(() => z.optional(z.string()))

/** A provider's public key, with the members that decide whether it may verify a token. */
export const upstreamKey = once(() =>
  z.object({
    kty: z.string(),
    kid: optionalText(),
    use: optionalText(),
    alg: optionalText(),
    key_ops: z.optional(z.array(z.string())),
    // Only the public members. Other members of a key set are ignored.
    crv: optionalText(),
    x: optionalText(),
    y: optionalText(),
    n: optionalText(),
    e: optionalText(),
  }),
)
export type UpstreamKey = z.infer<ReturnType<typeof upstreamKey>>

// A key in the token's own header proves nothing (RFC 8725 3.10), and no critical extension is
// supported (RFC 7515 4.1.11).
const foreign = once(() => z.optional(z.never()))

const keyId = once(() => z.string().check(z.minLength(1), z.maxLength(200)))

const tokenTypes = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'] as const

const jwsHeader = once(() =>
  z.object({
    alg: z.enum(upstreamAlgorithms),
    kid: z.optional(keyId()),
    jku: optionalText(),
    // Other types are other kinds of token: a logout token must not sign anybody in (RFC 8725
    // 3.11).
    typ: z.optional(z.pipe(z.string().check(z.toLowerCase()), z.enum(tokenTypes))),
    jwk: foreign(),
    x5u: foreign(),
    x5c: foreign(),
    crit: foreign(),
    b64: foreign(),
  }),
)
export type UpstreamHeader = z.infer<ReturnType<typeof jwsHeader>>

const jweHeader = once(() =>
  z.object({
    alg: z.enum(encryptionAlgorithms),
    enc: z.literal('A256GCM'),
    kid: keyId(),
    // Compression could expand a few bytes to gigabytes (RFC 8725 3.6).
    zip: foreign(),
    crit: foreign(),
  }),
)

/** Maximum length of a token in characters. */
const longestToken = 32 * 1024

const isCompact = (text: string, parts: 3 | 5): boolean =>
  text.length <= longestToken &&
  (parts === 3
    ? /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
    : /^[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/.test(text))

/** Returns whether the text has the form of a compact JWS or JWE. Other tokens are opaque. */
export const isToken = (text: string): boolean => isCompact(text, 3) || isCompact(text, 5)

/**
 * Returns the header of a signed token, or null if the header cannot belong to an acceptable token.
 */
export function upstreamHeader(token: string): UpstreamHeader | null {
  if (!isCompact(token, 3)) return null
  const header = jwsHeader().safeParse(headerOf(token))
  return header.success ? header.data : null
}

/**
 * Returns the keys that may have signed a token with this header: signature keys of the algorithm's
 * type with its `kid`. Without a `kid`, the key must be the only one that fits.
 */
export function candidates(header: UpstreamHeader, keys: readonly UpstreamKey[]): UpstreamKey[] {
  const fitting = keys.filter(
    ({ kty, kid, use, alg, key_ops }) =>
      kty === keyTypeOf(header.alg) &&
      (use === undefined || use === 'sig') &&
      (alg === undefined || alg === header.alg) &&
      (key_ops === undefined || key_ops.includes('verify')) &&
      (header.kid === undefined || kid === header.kid),
  )
  return header.kid === undefined && fitting.length > 1 ? [] : fitting
}

/**
 * Returns the claims of a token that `key` signed, or null. The caller checks times and audience.
 */
export async function verifyUpstream(
  token: string,
  { alg }: UpstreamHeader,
  key: UpstreamKey,
): Promise<Claims | null> {
  try {
    const { kty, crv, x, y, n, e } = key
    const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value)
    const publicKey = await importJWK({ kty, ...Object.fromEntries(members) }, alg)
    const { payload } = await compactVerify(token, publicKey, { algorithms: [alg] })
    const claims = parseJson(utf8Text(payload) ?? '')
    return isJsonObject(claims) ? claims : null
  } catch {
    return null
  }
}

type FindDecrypter = (
  kid: string,
) => Promise<{ alg: EncryptionAlgorithm; privateKey: CryptoKey } | null>

/**
 * Decrypts a token that was encrypted to one of our keys. Returns the signed token inside, or null.
 * Anybody can encrypt to a public key, so only the inner signature proves the sender.
 */
export async function decryptUpstream(token: string, find: FindDecrypter): Promise<string | null> {
  if (!isCompact(token, 5)) return null
  const header = jweHeader().safeParse(headerOf(token))
  if (!header.success) return null
  const key = await find(header.data.kid)
  if (key === null || key.alg !== header.data.alg) return null
  try {
    const { plaintext } = await compactDecrypt(token, key.privateKey, {
      keyManagementAlgorithms: [key.alg],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    const inner = utf8Text(plaintext)
    return inner !== null && isCompact(inner, 3) ? inner : null
  } catch {
    return null
  }
}

function headerOf(token: string): unknown {
  const bytes = fromBase64url(token.slice(0, token.indexOf('.')))
  try {
    return parseJson((bytes === null ? null : utf8Text(bytes)) ?? '')
  } catch {
    return null
  }
}
