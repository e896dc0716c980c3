// bcrypt, and what others put before it: Devise's pepper, Django's SHA-256, WordPress's HMAC.
import { base64, joined, utf8 } from '../encoding.ts'
import { hmacKey } from '../pbkdf2.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import { bcrypt } from './blowfish.ts'
import {
  type ForeignHash,
  type HashForm,
  malformed,
  matched,
  readBase64,
  tooCostly,
  unknownHash,
} from './hash.ts'

/** Cost 14 is about 1.2 seconds of CPU; each more doubles it. */
const highestCost = 14

/** The ways to write a hash that bcrypt made. */
export const bcryptForms: readonly HashForm[] = [
  { begins: /^(?=\$2[aby]\$)/, read: (rest) => readBcrypt(rest) },
  {
    begins: /^\$2x\$/,
    read: () => {
      throw unknownHash('begins with $2x$, the mark of hashes that a faulty implementation made')
    },
  },
  { begins: /^bcrypt\$/, read: (rest) => readBcrypt(rest) },
  {
    begins: /^bcrypt_sha256\$/,
    read: (rest) =>
      withoutLimit(readBcrypt(rest), async (password) =>
        utf8(new Uint8Array(await crypto.subtle.digest('SHA-256', password)).toHex()),
      ),
  },
  {
    begins: /^\$pepper\$([^$]*)\$/,
    read: (rest, [, text = '']) => {
      const pepper = readBase64(text, 'pepper')
      const inner = readBcrypt(rest)
      return { ...inner, matches: (password) => inner.matches(joined(password, pepper)) }
    },
  },
  {
    // Since WordPress 6.8.
    begins: /^\$wp(?=\$)/,
    read: (rest) => ({
      ...withoutLimit(readBcrypt(rest), async (password) => {
        const key = await hmacKey('SHA-384', utf8('wp-sha384'))
        return utf8(base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, password))))
      }),
      algorithm: 'wordpress',
      preparations: ['wordpress'],
    }),
  },
  {
    begins: /^\{crypt\}/i,
    read: (rest) => {
      if (/^\$2[aby]\$/.test(rest)) return readBcrypt(rest)
      throw unknownHash('is a {CRYPT} hash of another kind than bcrypt')
    },
  },
]

function readBcrypt(text: string): ForeignHash {
  const shape = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/
  const [costText, saltText = '', hashText = ''] = matched(text, shape, 'a whole bcrypt hash')
  const cost = Number(costText)
  if (cost < 4) throw malformed(`has cost ${cost}, and the least is 4`)
  if (cost > highestCost) throw tooCostly(`has a bcrypt cost above ${highestCost}`)
  const salt = readBase64(inStandardAlphabet(saltText), 'salt')
  const expected = readBase64(inStandardAlphabet(hashText), 'hash')
  return {
    algorithm: 'bcrypt',
    milliseconds: 2 ** cost * 0.075,
    preparations: ['bcrypt'],
    matches: async (password) => equalBytesInConstantTime(bcrypt(cost, salt, password), expected),
  }
}

/** Returns a hash of what `digest` makes of the password, so that every byte of the password counts. */
const withoutLimit = (
  inner: ForeignHash,
  digest: (password: Uint8Array) => Promise<Uint8Array>,
): ForeignHash => ({
  ...inner,
  preparations: ['none'],
  matches: async (password) => inner.matches(await digest(password)),
})

const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ours = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const inStandardAlphabet = (text: string): string =>
  text.replace(/./g, (character) => standard.charAt(ours.indexOf(character)))
