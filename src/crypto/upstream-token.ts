// Tokens that somebody else made: signed with an asymmetric algorithm under a key that the caller
// names, perhaps encrypted to one of ours. Nothing in a token's header is followed or believed.
// RFC 7515, 7516, 7519 7.2, 8725 3.
import { compactDecrypt, compactVerify, importJWK } from 'jose'
import * as z from 'zod/mini'
import { once } from '../protocol/once.ts'
import { isJsonObject, parseJson } from '../protocol/strict-json.ts'
import { fromBase64url, utf8Text } from './encoding.ts'
import type { Claims } from './jwt.ts'
import { encryptionAlgorithms, type EncryptionAlgorithm } from './signing-key.ts'

/** Algorithms of a foreign signature: never `none`, never one whose key is a shared secret. */
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

/** The key type that an algorithm takes (RFC 7518 3.1, RFC 8037 3.1). */
const keyTypeOf = (alg: UpstreamAlgorithm): 'RSA' | 'EC' | 'OKP' => {
  if (alg.startsWith('Ed')) return 'OKP'
  return alg.startsWith('ES') ? 'EC' : 'RSA'
}

const optionalText = once(() => z.optional(z.string()))

/** A public key of a provider, by what decides whether a token may be its own. */
export const upstreamKey = once(() =>
  z.object({
    kty: z.string(),
    kid: optionalText(),
    use: optionalText(),
    alg: optionalText(),
    key_ops: z.optional(z.array(z.string())),
    // The public members only: whatever else stands in a key set is not looked at.
    crv: optionalText(),
    x: optionalText(),
    y: optionalText(),
    n: optionalText(),
    e: optionalText(),
  }),
)
export type UpstreamKey = z.infer<ReturnType<typeof upstreamKey>>

// A key of the token's own choosing proves nothing (RFC 8725 3.10), and an extension that must be
// understood is not (RFC 7515 4.1.11).
const foreign = once(() => z.optional(z.never()))

const keyId = once(() => z.string().check(z.minLength(1), z.maxLength(200)))

const tokenTypes = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'] as const

const jwsHeader = once(() =>
  z.object({
    alg: z.enum(upstreamAlgorithms),
    kid: z.optional(keyId()),
    jku: optionalText(),
    // Other types are other kinds of token: a logout token must not sign anybody in (8725 3.11).
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
    // A few bytes could become gigabytes (RFC 8725 3.6).
    zip: foreign(),
    crit: foreign(),
  }),
)

/** Characters of a token at most. */
const longestToken = 32 * 1024

const isCompact = (text: string, parts: 3 | 5): boolean =>
  text.length <= longestToken &&
  (parts === 3
    ? /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
    : /^[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/.test(text))

/** Whether the text could be a token of ours to read at all; others are opaque. */
export const isToken = (text: string): boolean => isCompact(text, 3) || isCompact(text, 5)

/** The header of a signed token, or null for any that could never count. */
export function upstreamHeader(token: string): UpstreamHeader | null {
  if (!isCompact(token, 3)) return null
  const header = jwsHeader().safeParse(headerOf(token))
  return header.success ? header.data : null
}

/**
 * The keys that may have signed a token with this header: of the algorithm's type, for signatures,
 * with its `kid`; without one, the only such key.
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

/** The claims of a token that `key` signed, or null. Times and audiences are judged by the caller. */
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
 * The signed token inside one that was encrypted to a key of ours, or null. Anyone can encrypt to a
 * public key: only what is inside can prove anything.
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
