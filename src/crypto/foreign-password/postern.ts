// The chain of PBKDF2 as another Postern exports it (src/operator/leaving.md). Argon2id leaves as PHC.
import { readOwnHash } from '../own-password.ts'
import { iterationsPerCall } from '../pbkdf2.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import { type HashForm, malformed, matched, ofLength, readBase64, wholeNumber } from './hash.ts'
import { preparationOf } from './preparation.ts'

/** With as many iterations a round this is the costliest PBKDF2 that is read. */
const mostRounds = 15

const algorithm = 'pbkdf2-sha256-chain'

/** The way in which Postern writes a hash that leaves it. */
export const posternForms: readonly HashForm[] = [
  {
    begins: /^\$pbkdf2-sha256-chain\$/,
    read: (rest) => {
      const shape = /^r=(\d+),i=(\d+)(?:,a=(\w{1,20}))?\$([^$]+)\$([^$]+)$/
      const what = 'a whole hash of another Postern'
      const [r, i, name = 'none', saltText = '', hashText = ''] = matched(rest, shape, what)
      const rounds = wholeNumber(r, 'r', 1, mostRounds)
      const iterations = wholeNumber(i, 'i', 1, iterationsPerCall)
      const preparation = preparationOf(name)
      const form = readOwnHash(algorithm, `r=${rounds},i=${iterations}`)
      if (preparation === null || form === null) throw malformed(`has an unknown way a=${name}`)
      const salt = readBase64(saltText, 'salt')
      const expected = ofLength(readBase64(hashText, 'hash'), 32)
      return {
        algorithm,
        milliseconds: (rounds * iterations) / 8_000,
        preparations: [preparation],
        matches: async (password) =>
          equalBytesInConstantTime(await form.derive(password, salt), expected),
      }
    },
  },
]
