// The two forms in which Postern hashes passwords itself. The setting PASSWORD_HASH chooses one for new
// hashes; both are always verified.
import { argon2 } from './argon2.ts'
import { iterationsPerCall, pbkdf2 } from './pbkdf2.ts'

export type PasswordForm = 'pbkdf2' | 'argon2id'

type OwnForm = {
  algorithm: string
  /** The parameters of new hashes. */
  parameters: string
  /** Derives 32 bytes with the parameters of a stored hash. */
  derive: (
    parameters: ReadonlyMap<string, number>,
    password: Uint8Array,
    salt: Uint8Array,
  ) => Promise<Uint8Array>
}

/**
 * `pbkdf2`: six chained PBKDF2-HMAC-SHA-256 calls of 100,000 iterations, each salted with the previous
 * output, reach OWASP's 600,000 iterations within the platform's limit per call. This is our own
 * composition, not a standard. `argon2id`: OWASP's first choice, which other systems can import.
 */
export const ownForms: Readonly<Record<PasswordForm, OwnForm>> = {
  pbkdf2: {
    algorithm: 'pbkdf2-sha256-chain',
    parameters: `r=6,i=${iterationsPerCall}`,
    derive: async (parameters, password, salt) => {
      const iterations = Math.min(parameters.get('i') ?? 1, iterationsPerCall)
      let output = salt
      for (let round = parameters.get('r') ?? 0; round > 0; round--) {
        output = await pbkdf2('SHA-256', password, output, iterations, 32)
      }
      return output
    },
  },
  argon2id: {
    algorithm: 'argon2id',
    parameters: 'v=19,m=19456,t=2,p=1',
    derive: async (parameters, password, salt) => {
      const memory = parameters.get('m') ?? 8
      const [passes, lanes] = [parameters.get('t') ?? 1, parameters.get('p') ?? 1]
      return argon2({ type: 'id', version: 19, memory, passes, lanes }, password, salt, 32)
    },
  },
}

/** Returns the form of a stored hash by its algorithm, or null. */
export const ownFormOf = (algorithm: string): OwnForm | null =>
  Object.values(ownForms).find((form) => form.algorithm === algorithm) ?? null
