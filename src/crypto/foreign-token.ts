// Tokens that somebody else made: signed with an asymmetric algorithm under a key that the caller
// names, perhaps encrypted to one of ours. Nothing in a token's header is followed or believed.
// RFC 7515, 7516, 7519 7.2, 8725 3.
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { isJsonObject, isStorable, parseJson } from '../protocol/strict-json.ts'
import { isCompact, jsonObjectIn } from './compact-token.ts'
import { utf8Text } from './encoding.ts'
import {
  type ForeignAlgorithm,
  type ForeignKey,
  candidates,
  foreignAlgorithms,
} from './foreign-key.ts'
import { decryptedJwe } from './jwe.ts'
import { importVerifier, verifiedJws } from './jws.ts'
import type { Claims } from './jwt.ts'
import { encryptionAlgorithms, type EncryptionAlgorithm } from './signing-key.ts'

const optionalText = once(() => v.optional(v.string()))

// A key of the token's own choosing proves nothing (RFC 8725 3.10), and an extension that must be
// understood is not (RFC 7515 4.1.11).
const foreign = once(() => v.optional(v.never()))

const keyId = once(() => v.pipe(v.string(), v.minLength(1), v.maxLength(200)))

const jwsHeader = once(() =>
  v.object({
    alg: v.picklist(foreignAlgorithms),
    kid: v.optional(keyId()),
    jku: optionalText(),
    typ: optionalText(),
    jwk: foreign(),
    x5u: foreign(),
    x5c: foreign(),
    crit: foreign(),
    b64: foreign(),
  }),
)
export type ForeignHeader = v.InferOutput<ReturnType<typeof jwsHeader>>

/** What the header of a token must say for its purpose. */
export type HeaderRules = {
  /** Compared exactly: never the token's choice (RFC 8725 3.1). */
  algorithms: readonly ForeignAlgorithm[]
  /**
   * Values of `typ`, in lower case and without `application/` (RFC 7515 4.1.9). Another type is
   * another kind of token: a logout token must not sign anybody in (RFC 8725 3.11).
   */
  types: readonly string[]
  /** Whether a token without `typ` is refused. */
  typeRequired?: true
  /** Whether the token may name a key set: the caller decides whether that is one it holds already. */
  mayNameKeySet?: true
}

const jweHeader = once(() =>
  v.object({
    alg: v.picklist(encryptionAlgorithms),
    enc: v.literal('A256GCM'),
    kid: keyId(),
    epk: v.optional(v.unknown()),
    apu: optionalText(),
    apv: optionalText(),
    // A few bytes could become gigabytes (RFC 8725 3.6).
    zip: foreign(),
    crit: foreign(),
  }),
)

/** Characters of a token at most. */
const longestToken = 32 * 1024

const isJws = (text: string): boolean => isCompact(text, 'jws', longestToken)
const isJwe = (text: string): boolean => isCompact(text, 'jwe', longestToken)

/** Returns whether the text has the form of a token that is read here; any other is opaque. */
export const isToken = (text: string): boolean => isJws(text) || isJwe(text)

/**
 * Returns the header of a signed token, its `typ` as the rules spell it; or null for any that could
 * never count under these rules.
 */
export function foreignHeader(token: string, rules: HeaderRules): ForeignHeader | null {
  if (!isJws(token)) return null
  const parsed = v.safeParse(jwsHeader(), headerOf(token))
  if (!parsed.success) return null
  const header = parsed.output
  if (!rules.algorithms.includes(header.alg)) return null
  if (header.jku !== undefined && rules.mayNameKeySet !== true) return null
  if (header.typ === undefined) return rules.typeRequired === true ? null : header
  const type = header.typ.toLowerCase().replace(/^application\//, '')
  return rules.types.includes(type) ? { ...header, typ: type } : null
}

/**
 * Returns the claims of a signed token before anything proves them: they say whose keys to ask, no
 * more.
 */
export const unprovedClaims = (token: string): Claims | null =>
  isJws(token) ? jsonObjectIn(token.split('.')[1]) : null

/** Where the keys of a token's signer are. */
export type KeySource = {
  /** The keys, read anew where none of those at hand has the `kid`. */
  find: (kid: string | undefined) => Promise<readonly ForeignKey[]>
  /**
   * The keys once more, for a signature that none of the first made: the key under a kid may have been
   * replaced. Null where they are the same.
   */
  findAgain: () => Promise<readonly ForeignKey[] | null>
}

/**
 * The claims of a token that one of the keys signed, or null. Times and audiences are judged by the
 * caller. Rejects with what the source rejects with.
 */
export async function verifiedClaims(
  token: string,
  header: ForeignHeader,
  source: KeySource,
): Promise<Claims | null> {
  const claims = await signedByOne(token, header, await source.find(header.kid))
  if (claims !== null) return claims
  const replaced = await source.findAgain()
  return replaced === null ? null : signedByOne(token, header, replaced)
}

async function signedByOne(
  token: string,
  header: ForeignHeader,
  keys: readonly ForeignKey[],
): Promise<Claims | null> {
  for (const key of candidates(header, keys).slice(0, 3)) {
    const claims = await signedBy(token, header, key)
    if (claims !== null) return claims
  }
  return null
}

async function signedBy(
  token: string,
  { alg }: ForeignHeader,
  key: ForeignKey,
): Promise<Claims | null> {
  try {
    const verified = await verifiedJws(token, alg, await importVerifier(key, alg))
    const text = verified === null ? null : utf8Text(verified.payload)
    const claims = text === null ? null : parseJson(text)
    // What a claim says of a person or an app is stored.
    return isJsonObject(claims) && isStorable(claims) ? claims : null
  } catch {
    return null
  }
}

type FindDecrypter = (
  kid: string,
) => Promise<{ alg: EncryptionAlgorithm; privateKey: CryptoKey } | null>

/**
 * Returns the signed token inside one that was encrypted to a key of ours, or null. Anyone can encrypt
 * to a public key: only what is inside can prove anything.
 */
export async function decryptForeign(token: string, find: FindDecrypter): Promise<string | null> {
  if (!isJwe(token)) return null
  const header = v.safeParse(jweHeader(), headerOf(token))
  if (!header.success) return null
  const key = await find(header.output.kid)
  if (key === null || key.alg !== header.output.alg) return null
  const plaintext = await decryptedJwe(token, header.output, key.privateKey)
  const inner = plaintext === null ? null : utf8Text(plaintext)
  return inner !== null && isJws(inner) ? inner : null
}

const headerOf = (token: string): Claims | null => jsonObjectIn(token.split('.', 1)[0])
