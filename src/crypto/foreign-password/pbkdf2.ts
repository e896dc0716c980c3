// PBKDF2 as PHC, passlib, Django, Werkzeug, OpenLDAP and ASP.NET Core Identity write it.
import { utf8 } from '../encoding.ts'
import { blockLength, pbkdf2, type Pbkdf2Digest } from '../pbkdf2.ts'
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
  wholeNumber,
} from './hash.ts'

/** About 3 seconds of CPU. */
const mostIterations = 1_500_000

/** The ways to write a hash that PBKDF2 made. */
export const pbkdf2Forms: readonly HashForm[] = [
  {
    // PHC has `i=600000`, also with `,l=32`; passlib has the number alone.
    begins: /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$/,
    read: (rest, [, digest = 'sha1']) => {
      const shape = /^([^$]+)\$([^$]*)\$([^$]*)$/
      const [text = '', saltText = '', hashText = ''] = matched(rest, shape, 'a whole PBKDF2 hash')
      const parameters = readParameters(/^\d+$/.test(text) ? `i=${text}` : text, ['i', 'l'])
      const hash = readBase64(hashText, 'hash')
      const length = parameters.get('l')
      if (length !== undefined && length !== String(hash.byteLength)) {
        throw malformed('is not as long as it says (l)')
      }
      return hashOf(digest, parameters.get('i'), readBase64(saltText, 'salt'), hash)
    },
  },
  {
    // Django's salt is text, and so is Werkzeug's.
    begins: /^pbkdf2_(sha1|sha256|sha512)\$/,
    read: (rest, [, digest]) => {
      const shape = /^(\d+)\$([^$]*)\$([^$]*)$/
      const [iterations, salt = '', hash = ''] = matched(rest, shape, 'a whole PBKDF2 hash')
      return hashOf(digest, iterations, utf8(salt), readBase64(hash, 'hash'))
    },
  },
  {
    begins: /^pbkdf2:(sha1|sha256|sha512):/,
    read: (rest, [, digest]) => {
      const shape = /^(\d+)\$([^$]*)\$([^$]*)$/
      const [iterations, salt = '', hash = ''] = matched(rest, shape, 'a whole PBKDF2 hash')
      return hashOf(digest, iterations, utf8(salt), readHex(hash, 'hash'))
    },
  },
  {
    begins: /^\{pbkdf2(?:-(sha1|sha256|sha512))?\}/i,
    read: (rest, [, digest = 'sha1']) => {
      const shape = /^(\d+)\$([^$]*)\$([^$]*)$/
      const [iterations, salt = '', hash = ''] = matched(rest, shape, 'a whole PBKDF2 hash')
      return hashOf(digest, iterations, readBase64(salt, 'salt'), readBase64(hash, 'hash'))
    },
  },
  {
    // The base64 of a first byte 00 or 01, and of at least the 49 bytes of the shorter form.
    begins: /^(?=A[A-Za-f][A-Za-z0-9+/]{38,}={0,2}$)/,
    read: (rest) => readIdentity(readBase64(rest, 'hash')),
  },
]

/** Reads a hash of ASP.NET Core Identity, version 2 or 3. */
function readIdentity(bytes: Uint8Array<ArrayBuffer>): ForeignHash {
  const view = new DataView(bytes.buffer)
  if (view.getUint8(0) === 0) {
    if (bytes.byteLength !== 49) throw malformed('has another length than 49 bytes')
    return hashOf('sha1', '1000', bytes.subarray(1, 17), bytes.subarray(17))
  }
  const digest = ['sha1', 'sha256', 'sha512'][view.getUint32(1)]
  const saltLength = view.getUint32(9)
  // Nothing is left for the hash if the salt is said to be longer than all.
  const salt = bytes.subarray(13, 13 + saltLength)
  return hashOf(digest, String(view.getUint32(5)), salt, bytes.subarray(13 + saltLength))
}

const digests = new Map<string, Pbkdf2Digest>([
  ['sha1', 'SHA-1'],
  ['sha256', 'SHA-256'],
  ['sha512', 'SHA-512'],
])

function hashOf(
  name: string | undefined,
  iterationsText: string | undefined,
  salt: Uint8Array,
  hash: Uint8Array<ArrayBuffer>,
): ForeignHash {
  const digestName = String(name).toLowerCase()
  const digest = digests.get(digestName)
  if (digest === undefined) throw malformed('has an unknown digest')
  const iterations = wholeNumber(iterationsText, 'number of iterations', 1, mostIterations)
  // Each block of a longer hash is made by itself: whoever knows the first one knows the password.
  const expected = checkedHash(hash).subarray(0, blockLength[digest])
  return {
    algorithm: `pbkdf2-${digestName}`,
    milliseconds: iterations * (iterations > 100_000 ? 0.002 : 0.0003),
    matches: async (password) =>
      equalBytesInConstantTime(
        await pbkdf2(digest, password, salt, iterations, expected.byteLength),
        expected,
      ),
  }
}
