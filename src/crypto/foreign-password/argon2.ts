// Argon2 in PHC form, as nearly everybody writes it; Django puts its own name before it.
import { argon2, largestMemory, type Argon2 } from '../argon2.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import {
  checkedHash,
  type ForeignHash,
  type HashForm,
  malformed,
  matched,
  readBase64,
  readParameters,
  wholeNumber,
} from './hash.ts'

const mostPasses = 10
const mostLanes = 16

/** The ways to write a hash of Argon2. */
export const argon2Forms: readonly HashForm[] = [
  { begins: /^(?:argon2)?\$argon2(id|i|d)\$/, read: (rest, [, type]) => readArgon2(rest, type) },
]

function readArgon2(rest: string, name: string | undefined): ForeignHash {
  const type = name === 'i' || name === 'd' ? name : 'id'
  const shape = /^(?:v=(\d+)\$)?([^$]+)\$([^$]*)\$([^$]*)$/
  const [versionText = '16', parametersText = '', saltText = '', hashText = ''] = matched(
    rest,
    shape,
    'a whole Argon2 hash',
  )
  const parameters = readParameters(parametersText, ['m', 't', 'p'])
  const memory = wholeNumber(parameters.get('m'), 'memory (m)', 8, largestMemory)
  const passes = wholeNumber(parameters.get('t'), 'number of passes (t)', 1, mostPasses)
  const lanes = wholeNumber(parameters.get('p'), 'number of lanes (p)', 1, mostLanes)
  if (memory < 8 * lanes) throw malformed('has less memory than 8 KiB for each lane')
  const settings: Argon2 = { type, version: version(versionText), memory, passes, lanes }
  const salt = readBase64(saltText, 'salt')
  if (salt.byteLength < 8) throw malformed('has a salt of less than 8 bytes')
  const expected = checkedHash(readBase64(hashText, 'hash'))
  return {
    algorithm: `argon2${type}`,
    milliseconds: memory * passes * 0.001,
    matches: async (password) =>
      equalBytesInConstantTime(
        await argon2(settings, password, salt, expected.byteLength),
        expected,
      ),
  }
}

function version(text: string): Argon2['version'] {
  if (text === '16') return 16
  if (text === '19') return 19
  throw malformed('has a version of Argon2 other than 16 and 19')
}
