// scrypt (RFC 7914) as PHC, Django and Werkzeug write it, and Firebase's own form.
import { joined, utf8 } from '../encoding.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import {
  checkedHash,
  type ForeignHash,
  type HashForm,
  malformed,
  matched,
  readBase64,
  readHex,
  readParameters,
  tooCostly,
  wholeNumber,
} from './hash.ts'

type Scrypt = { cost: number; blockSize: number; parallelization: number }

// What workerd computes; 64 MiB of memory.
const mostWork = 2 ** 20
const mostMemory = 2 ** 19

/** The ways to write a hash that scrypt made. */
export const scryptForms: readonly HashForm[] = [
  {
    begins: /^\$scrypt\$/,
    read: (rest) => {
      const shape = /^([^$]+)\$([^$]*)\$([^$]*)$/
      const [text = '', salt = '', hash = ''] = matched(rest, shape, 'a whole scrypt hash')
      const parameters = readParameters(text, ['ln', 'r', 'p'])
      const scrypt = judged(powerOf(parameters.get('ln')), parameters.get('r'), parameters.get('p'))
      return hashOf(scrypt, readBase64(salt, 'salt'), readBase64(hash, 'hash'))
    },
  },
  {
    // Django: scrypt$N$salt$r$p$hash, where the salt is text.
    begins: /^scrypt\$/,
    read: (rest) => {
      const shape = /^(\d+)\$([^$]*)\$(\d+)\$(\d+)\$([^$]*)$/
      const [cost, salt = '', r, p, hash = ''] = matched(rest, shape, 'a whole scrypt hash')
      return hashOf(judged(numberOf(cost), r, p), utf8(salt), readBase64(hash, 'hash'))
    },
  },
  {
    // Werkzeug: scrypt:N:r:p$salt$hash in hexadecimal, where the salt is text.
    begins: /^scrypt:/,
    read: (rest) => {
      const shape = /^(\d+):(\d+):(\d+)\$([^$]*)\$([^$]*)$/
      const [cost, r, p, salt = '', hash = ''] = matched(rest, shape, 'a whole scrypt hash')
      return hashOf(judged(numberOf(cost), r, p), utf8(salt), readHex(hash, 'hash'))
    },
  },
  { begins: /^\$fbscrypt\$/, read: (rest) => readFirebase(rest) },
]

const numberOf = (text: string | undefined) => wholeNumber(text, 'cost (N)', 2, mostMemory)

const powerOf = (text: string | undefined) =>
  2 ** wholeNumber(text, 'logarithm of the cost', 1, Math.log2(mostMemory))

function judged(cost: number, r: string | undefined, p: string | undefined): Scrypt {
  if (!Number.isInteger(Math.log2(cost))) throw malformed('has a cost (N) that is no power of 2')
  const blockSize = wholeNumber(r, 'block size (r)', 1, mostMemory)
  const parallelization = wholeNumber(p, 'parallelization (p)', 1, mostWork)
  if (cost * blockSize > mostMemory) throw tooCostly('needs more than 64 MiB (N * r above 2^19)')
  if (cost * blockSize * parallelization > mostWork) throw tooCostly('has N * r * p above 2^20')
  return { cost, blockSize, parallelization }
}

const millisecondsOf = ({ cost, blockSize, parallelization }: Scrypt): number =>
  cost * blockSize * parallelization * 0.0003

function hashOf(scrypt: Scrypt, salt: Uint8Array, hash: Uint8Array<ArrayBuffer>): ForeignHash {
  const expected = checkedHash(hash)
  return {
    algorithm: 'scrypt',
    milliseconds: millisecondsOf(scrypt),
    matches: async (password) =>
      equalBytesInConstantTime(await derive(scrypt, password, salt, expected.byteLength), expected),
  }
}

/**
 * Firebase: the derived key encrypts the project's signer key, and that is the hash. Its parameters are
 * those of the project, and Supabase keeps them beside every hash.
 */
function readFirebase(rest: string): ForeignHash {
  const shape = /^([^$]+)\$([^$]*)\$([^$]*)$/
  const [text = '', saltText = '', hashText = ''] = matched(rest, shape, 'a whole Firebase hash')
  const parameters = readParameters(text, ['v', 'n', 'r', 'p', 'ss', 'sk'])
  const encoded = (name: string, what: string) => {
    const value = parameters.get(name)
    if (value === undefined) throw malformed(`has no ${what} (${name})`)
    return readBase64(value, what)
  }
  if (parameters.get('v') !== '1') throw malformed('has a version (v) other than 1')
  const scrypt = judged(powerOf(parameters.get('n')), parameters.get('r'), parameters.get('p'))
  const salt = joined(readBase64(saltText, 'salt'), encoded('ss', 'salt separator'))
  const signerKey = encoded('sk', 'signer key')
  const expected = checkedHash(readBase64(hashText, 'hash'))
  if (expected.byteLength !== signerKey.byteLength) {
    throw malformed('is not as long as the signer key (sk)')
  }
  return {
    algorithm: 'firebase-scrypt',
    milliseconds: millisecondsOf(scrypt),
    matches: async (password) => {
      const key = (await derive(scrypt, password, salt, 64)).subarray(0, 32)
      const aes = await crypto.subtle.importKey('raw', key, 'AES-CTR', false, ['encrypt'])
      const algorithm = { name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }
      const made = await crypto.subtle.encrypt(algorithm, aes, signerKey)
      return equalBytesInConstantTime(new Uint8Array(made), expected)
    },
  }
}

async function derive(
  { cost, blockSize, parallelization }: Scrypt,
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  // Imported here because loading the platform's module takes 6 ms, which every isolate would wait for.
  const { scryptSync } = await import('node:crypto')
  return scryptSync(password, salt, length, {
    N: cost,
    r: blockSize,
    p: parallelization,
    maxmem: 2 ** 28,
  })
}
