// Password hashes that other systems made. An importer hands over one text for each; here it is judged
// before it is stored, and verified when its user signs in for the first time.
import { argon2Forms } from './argon2.ts'
import { bcryptForms } from './bcrypt.ts'
import { digestForms } from './digest.ts'
import { ForeignHashError, type ForeignHash, type ForeignHashFault, type HashForm } from './hash.ts'
import { pbkdf2Forms } from './pbkdf2.ts'
import { phpassForms } from './phpass.ts'
import { posternForms } from './postern.ts'
import { lastingPreparation, prepared, type Preparation } from './preparation.ts'
import { scryptForms } from './scrypt.ts'

/** Every form that is read. No text begins like two of them. */
const forms: readonly HashForm[] = [
  ...bcryptForms,
  ...phpassForms,
  ...argon2Forms,
  ...scryptForms,
  ...pbkdf2Forms,
  ...digestForms,
  ...posternForms,
]

/** Longer texts are not even read; salts of real hashes have 8 to 64 bytes. */
const longestText = 4096

/**
 * Reads the text of a password hash that another system made, and judges its parameters, so that an
 * absurd one never runs. Nothing is hashed here.
 */
export function readForeignHash(text: string): ForeignHash | ForeignHashFault {
  if (text.length > longestText) {
    return { fault: 'too_costly', detail: `is longer than ${longestText} characters` }
  }
  try {
    for (const { begins, read } of forms) {
      const begin = begins.exec(text)
      if (begin !== null) return read(text.slice(begin[0].length), begin)
    }
  } catch (thrown) {
    if (!(thrown instanceof ForeignHashError)) throw thrown
    return { fault: thrown.fault, detail: thrown.message }
  }
  return { fault: 'unknown_hash', detail: 'is of no kind that can be verified' }
}

/**
 * Verifies a password. Returns what a new hash must do to the password before it is hashed, so that it
 * is of what the old one compared, or null if the password is wrong.
 */
export async function verifyForeignHash(
  hash: ForeignHash,
  password: string,
): Promise<Preparation | null> {
  const tried = new Set<number>()
  for (const preparation of hash.preparations ?? ['none']) {
    const bytes = prepared(password, preparation)
    // A preparation only ever takes bytes away.
    if (tried.has(bytes.byteLength)) continue
    tried.add(bytes.byteLength)
    if (await hash.matches(bytes)) return lastingPreparation(password, preparation)
  }
  return null
}
