// The texts that the worker knows a foreign password hash by: PHC where there is a form, and
// `$digest$` for everything that is one digest.
import type { Password, RowProblem } from './source.ts'

/** A password of a source, and why it is to be reset if it cannot be taken over. */
export type Credential = { password?: Password; problem?: RowProblem }

export type DigestAlgorithm = 'md4' | 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

const digestAlgorithms: readonly string[] = ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512']

export const isDigestAlgorithm = (name: string | undefined): name is DigestAlgorithm =>
  name !== undefined && digestAlgorithms.includes(name)

/** Formats a PHC string: base64 without padding, parameters in their order. */
export function phcText(
  id: string,
  parameters: Record<string, number>,
  salt: Uint8Array,
  hash: Uint8Array,
): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return `$${id}$${list.join(',')}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Formats PBKDF2 with the length that `hash` has: a longer one than its digest is several blocks. */
export const pbkdf2Text = (
  digest: 'sha1' | 'sha256' | 'sha512',
  iterations: number,
  salt: Uint8Array,
  hash: Uint8Array,
): string => phcText(`pbkdf2-${digest}`, { i: iterations, l: hash.length }, salt, hash)

/** Takes bcrypt over whose cost, salt (22 characters) and hash (31) stand apart, or together in `hash`. */
export function bcryptOfParts(
  cost: number,
  salt: string | undefined,
  hash: string | undefined,
): Credential {
  if (hash?.startsWith('$2') === true) return hashed(hash)
  const isWhole = /^[./\w]{22}$/.test(salt ?? '') && /^[./\w]{31}$/.test(hash ?? '')
  if (!isWhole || !Number.isInteger(cost) || cost < 4 || cost > 31) {
    return malformedHash('is not the cost, salt and hash of bcrypt')
  }
  return hashed(`$2a$${String(cost).padStart(2, '0')}$${salt}${hash}`)
}

/** Formats a hash that is one digest over password and salt. */
export function digestText(
  algorithm: DigestAlgorithm,
  hash: Uint8Array,
  options: {
    salt?: Uint8Array
    /** The salt is the key of an HMAC. */
    hmac?: boolean
    suffix?: boolean
    encoding?: 'utf8' | 'utf16le' | 'utf16be' | 'latin1'
    rounds?: number
  } = {},
): string {
  const { salt = new Uint8Array(), hmac, suffix, encoding = 'utf8', rounds = 1 } = options
  const parameters = [
    `a=${algorithm}`,
    ...(hmac === true ? ['k=hmac'] : []),
    ...(suffix === true ? ['s=suffix'] : []),
    ...(encoding === 'utf8' ? [] : [`e=${encoding}`]),
    ...(rounds === 1 ? [] : [`i=${rounds}`]),
  ]
  return `$digest$${parameters.join(',')}$${base64(salt)}$${base64(hash)}`
}

/** The hash with the pepper that Devise appends to each password. */
export const pepperedText = (pepper: string, bcrypt: string): string =>
  `$pepper$${Buffer.from(pepper).toString('base64url')}$${bcrypt}`

/**
 * Takes a hash text over as it is. What systems write where there is no password (nothing, `!`, `x`,
 * `*`) is a reset, and so is a secret that an export has masked.
 */
export function hashed(text: string | undefined): Credential {
  if (text === undefined || /^(!.*|x|\*|NP|LK)$/i.test(text)) return { password: { reset: true } }
  if (/^\*+$/.test(text)) return unusable('masked', 'is masked in the export')
  return { password: { hash: text } }
}

/** The password is to be changed at the first sign-in, if it can be taken over and `mustChange`. */
export function temporaryIf(mustChange: boolean, credential: Credential): Credential {
  const { password } = credential
  if (!mustChange || password === undefined || 'reset' in password) return credential
  return { ...credential, password: { ...password, temporary: true } }
}

/** The person is imported without a password, and the report says why. */
export const unusable = (code: string, detail: string): Credential => ({
  password: { reset: true },
  problem: { field: 'password', code, detail: `${detail}, so that the user has no password` },
})

/** The name of the scheme is of the file: nothing of it may move the cursor of a terminal. */
export const unknownHash = (scheme: string | undefined): Credential => {
  const name = (scheme ?? 'nothing').replace(/[^\w{}+./ -]/g, '?').slice(0, 64)
  return unusable('unknown_hash', `is hashed with ${name}, which is not supported`)
}

export const malformedHash = (detail: string): Credential => unusable('malformed_hash', detail)

/** Decodes base64 in either alphabet, with or without padding; undefined if it is none. */
export function fromBase64(text: string | undefined): Buffer | undefined {
  if (text === undefined || !/^[\w+/-]*={0,2}$/.test(text)) return undefined
  return text.replace(/=+$/, '').length % 4 === 1 ? undefined : Buffer.from(text, 'base64')
}

/** Decodes hexadecimal digits; undefined if they are none. */
export function fromHex(text: string | undefined): Buffer | undefined {
  if (text === undefined || !/^([\da-f]{2})*$/i.test(text)) return undefined
  return Buffer.from(text, 'hex')
}

/** Encodes bytes in base32 (RFC 4648 section 6) without padding, as authenticator apps show it. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return groups.map((group) => digits.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const unpadded = (bytes: Uint8Array) => base64(bytes).replace(/=+$/, '')
