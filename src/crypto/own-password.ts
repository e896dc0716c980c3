// The two forms in which Postern hashes passwords itself. The setting PASSWORD_HASH chooses one for new
// hashes; both are always verified.
import { argon2 } from './argon2.ts'
import { iterationsPerCall, pbkdf2 } from './pbkdf2.ts'

export type PasswordForm = 'pbkdf2' | 'argon2id'

type OwnForm = {
  algorithm: string
  /** The names of the parameters, in the order in which a stored hash has them. */
  names: readonly string[]
  /** The parameters of new hashes. */
  today: readonly number[]
  /** Derives 32 bytes. */
  derive: (
    parameters: readonly number[],
    password: Uint8Array,
    salt: Uint8Array,
  ) => Promise<Uint8Array>
}

/** One of our own hashes, as far as its parameters tell. */
export type OwnHash = {
  algorithm: string
  /** The parameters as a stored hash has them. */
  parameters: string
  derive: (password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>
}

/**
 * `pbkdf2`: six chained PBKDF2-HMAC-SHA-256 calls of 100,000 iterations, each salted with the previous
 * output, reach OWASP's 600,000 iterations within the platform's limit per call. This is our own
 * composition, not a standard. `argon2id`: OWASP's first choice, which other systems can import.
 */
const ownForms: Readonly<Record<PasswordForm, OwnForm>> = {
  pbkdf2: {
    algorithm: 'pbkdf2-sha256-chain',
    names: ['r', 'i'],
    today: [6, iterationsPerCall],
    derive: async ([rounds = 0, iterations = 0], password, salt) => {
      const capped = Math.min(iterations, iterationsPerCall)
      let output = salt
      for (let round = 0; round < rounds; round++) {
        output = await pbkdf2('SHA-256', password, output, capped, 32)
      }
      return output
    },
  },
  argon2id: {
    algorithm: 'argon2id',
    names: ['v', 'm', 't', 'p'],
    today: [19, 19_456, 2, 1],
    derive: async ([, memory = 0, passes = 0, lanes = 0], password, salt) =>
      argon2({ type: 'id', version: 19, memory, passes, lanes }, password, salt, 32),
  },
}

const ownHash = ({ algorithm, names, derive }: OwnForm, numbers: readonly number[]): OwnHash => ({
  algorithm,
  parameters: names.map((name, place) => `${name}=${numbers[place]}`).join(','),
  derive: (password, salt) => derive(numbers, password, salt),
})

/** Returns how new hashes of a form are made. */
export const newOwnHash = (form: PasswordForm): OwnHash =>
  ownHash(ownForms[form], ownForms[form].today)

/** Returns how a stored hash was made. Returns null if it is of neither form. */
export function readOwnHash(algorithm: string, parameters: string): OwnHash | null {
  const form = Object.values(ownForms).find((one) => one.algorithm === algorithm)
  if (form === undefined) return null
  const shape = new RegExp(`^${form.names.map((name) => `${name}=(\\d+)`).join(',')}$`)
  const numbers = shape.exec(parameters)?.slice(1).map(Number)
  return numbers === undefined ? null : ownHash(form, numbers)
}
