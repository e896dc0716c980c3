// Passwords that were digested once, or a few times: our own `$digest$`, which an importer writes for all
// sorts of sources, Django's oldest forms, and LDAP (RFC 2307).
import { joined, utf8, utf8Text } from '../encoding.ts'
import { hmacKey } from '../pbkdf2.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import {
  type ForeignHash,
  type HashForm,
  malformed,
  matched,
  ofLength,
  readBase64,
  readHex,
  readParameters,
  unknownHash,
  wholeNumber,
} from './hash.ts'

/** About a second of CPU. */
const mostRounds = 500_000

type Algorithm = { length: number; name: string }

const algorithms = new Map<string, Algorithm>([
  ['md4', { length: 16, name: 'MD4' }],
  ['md5', { length: 16, name: 'MD5' }],
  ['sha1', { length: 20, name: 'SHA-1' }],
  ['sha256', { length: 32, name: 'SHA-256' }],
  ['sha384', { length: 48, name: 'SHA-384' }],
  ['sha512', { length: 64, name: 'SHA-512' }],
])

/** Encodes a password as the other system did; null if it has characters that this encoding lacks. */
type Encode = (password: Uint8Array) => Uint8Array | null

const encodings = new Map<string, Encode>([
  ['utf8', (password) => password],
  ['utf16le', (password) => inWords(password, true)],
  ['utf16be', (password) => inWords(password, false)],
  ['latin1', inLatin1],
])

type Digest = {
  algorithm: string
  salt: Uint8Array
  hash: Uint8Array<ArrayBuffer>
  saltPosition: 'prefix' | 'suffix' | 'hmac'
  encode?: Encode
  rounds?: number
}

/** The ways to write a digest. */
export const digestForms: readonly HashForm[] = [
  { begins: /^\$digest\$/, read: (rest) => readDigest(rest) },
  {
    begins: /^(md5|sha1)\$/,
    read: (rest, [, algorithm = '']) => {
      const [salt = '', hash = ''] = matched(rest, /^([^$]*)\$([^$]*)$/, 'a whole digest')
      return hashOf({
        algorithm,
        salt: utf8(salt),
        hash: readHex(hash, 'digest'),
        saltPosition: 'prefix',
      })
    },
  },
  {
    begins: /^\{(s?)(md5|sha(?:1|256|384|512)?)\}/i,
    read: (rest, [, s, name]) => readLdap(rest, s !== '', name),
  },
  {
    begins: /^\{(?:cleartext|plain|clear)\}/i,
    read: () => {
      throw unknownHash('is a password in clear text')
    },
  },
]

function readDigest(rest: string): ForeignHash {
  const shape = /^([^$]+)\$([^$]*)\$([^$]*)$/
  const [text = '', salt = '', hash = ''] = matched(rest, shape, 'a whole digest')
  const parameters = readParameters(text, ['a', 'k', 's', 'e', 'i'])
  const { a = '', k, s = 'prefix', e = 'utf8', i = '1' } = Object.fromEntries(parameters)
  const encode = encodings.get(e)
  if (encode === undefined) throw malformed('has an unknown encoding of the password (e)')
  if (k !== undefined && k !== 'hmac') throw malformed('has an unknown key (k)')
  if (s !== 'prefix' && s !== 'suffix') throw malformed('has an unknown position of the salt (s)')
  return hashOf({
    algorithm: a,
    salt: readBase64(salt, 'salt'),
    hash: readBase64(hash, 'digest'),
    saltPosition: k ?? s,
    encode,
    rounds: wholeNumber(i, 'number of rounds (i)', 1, mostRounds),
  })
}

function readLdap(rest: string, isSalted: boolean, name = ''): ForeignHash {
  const lower = name.toLowerCase()
  const algorithm = lower === 'sha' ? 'sha1' : lower
  const bytes = readBase64(rest, 'digest')
  const length = isSalted ? (algorithms.get(algorithm)?.length ?? 0) : bytes.byteLength
  if (isSalted && bytes.byteLength <= length) throw malformed('has no salt after the digest')
  const salt = bytes.subarray(length)
  return hashOf({ algorithm, salt, hash: bytes.slice(0, length), saltPosition: 'suffix' })
}

function hashOf(digest: Digest): ForeignHash {
  const { salt, saltPosition, encode = (password) => password, rounds = 1 } = digest
  const algorithm = algorithms.get(digest.algorithm)
  if (algorithm === undefined) throw malformed('has an unknown algorithm')
  const expected = ofLength(digest.hash, algorithm.length)
  return {
    algorithm: saltPosition === 'hmac' ? `hmac-${digest.algorithm}` : digest.algorithm,
    milliseconds: rounds * 0.002,
    matches: async (password) => {
      const encoded = encode(password)
      if (encoded === null) return false
      let made =
        saltPosition === 'hmac'
          ? await hmacOf(algorithm, salt, encoded)
          : await digestOf(
              algorithm,
              saltPosition === 'prefix' ? joined(salt, encoded) : joined(encoded, salt),
            )
      for (let round = 1; round < rounds; round++) made = await digestOf(algorithm, made)
      return equalBytesInConstantTime(made, expected)
    },
  }
}

// WebCrypto has no MD4, and loading the platform's other module takes 6 ms: not before it is needed.
async function digestOf({ name }: Algorithm, bytes: Uint8Array): Promise<Uint8Array> {
  if (name !== 'MD4') return new Uint8Array(await crypto.subtle.digest(name, bytes))
  const { createHash } = await import('node:crypto')
  return new Uint8Array(createHash('md4').update(bytes).digest())
}

async function hmacOf(
  { name }: Algorithm,
  key: Uint8Array,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  if (name !== 'MD4') {
    return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(name, key), bytes))
  }
  const { createHmac } = await import('node:crypto')
  return new Uint8Array(createHmac('md4', key).update(bytes).digest())
}

function inWords(password: Uint8Array, isLittleEndian: boolean): Uint8Array | null {
  const text = utf8Text(password)
  if (text === null) return null
  const view = new DataView(new ArrayBuffer(2 * text.length))
  for (let at = 0; at < text.length; at++) {
    view.setUint16(2 * at, text.charCodeAt(at), isLittleEndian)
  }
  return new Uint8Array(view.buffer)
}

function inLatin1(password: Uint8Array): Uint8Array | null {
  const text = utf8Text(password)
  if (text === null || /[^\0-\xff]/.test(text)) return null
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
