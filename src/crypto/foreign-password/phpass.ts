// The portable hashes of phpass (Openwall): WordPress before 6.8 and phpBB.
import { joined, utf8 } from '../encoding.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import { type ForeignHash, type HashForm, malformed, matched, tooCostly } from './hash.ts'

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const highestLogarithm = 16

/** The ways to write a hash of phpass. */
export const phpassForms: readonly HashForm[] = [
  // WordPress trims a password before it asks phpass, phpBB does not.
  {
    begins: /^\$P\$/,
    read: (rest) => ({ ...readPhpass(rest), preparations: ['none', 'wordpress'] }),
  },
  { begins: /^\$H\$/, read: (rest) => readPhpass(rest) },
]

function readPhpass(rest: string): ForeignHash {
  const shape = /^([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})$/
  const [count = '', saltText = '', hashText = ''] = matched(rest, shape, 'a whole phpass hash')
  const logarithm = alphabet.indexOf(count)
  if (logarithm < 7) throw malformed(`has 2^${logarithm} rounds, and the least is 2^7`)
  if (logarithm > highestLogarithm) throw tooCostly(`has more than 2^${highestLogarithm} rounds`)
  const rounds = 2 ** logarithm
  const salt = utf8(saltText)
  const expected = decoded(hashText)
  return {
    algorithm: 'phpass',
    milliseconds: rounds * 0.002,
    matches: async (password) => {
      let hash = await md5(joined(salt, password))
      for (let round = 0; round < rounds; round++) hash = await md5(joined(hash, password))
      return equalBytesInConstantTime(hash, expected)
    },
  }
}

const md5 = async (bytes: Uint8Array) => new Uint8Array(await crypto.subtle.digest('MD5', bytes))

/** Decodes 22 characters of 6 bits each, the least significant first. */
function decoded(text: string): Uint8Array {
  let number = 0n
  for (const character of [...text].toReversed()) {
    number = (number << 6n) | BigInt(alphabet.indexOf(character))
  }
  if (number >> 128n !== 0n) throw malformed('has a hash of more than 128 bits')
  return Uint8Array.fromHex(number.toString(16).padStart(32, '0')).reverse()
}
