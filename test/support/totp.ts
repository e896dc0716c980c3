// An authenticator app: another implementation of RFC 6238.
import * as OTPAuth from 'otpauth'
import { beginImport, importRows, newRow, userNamed } from './imports.ts'
import { postern, type Answerer } from './http.ts'

/** The code of a secret (base32, or a URI) now, or `steps` time steps later. */
export function codeOfApp(secret: string, steps = 0): string {
  const read = secret.startsWith('otpauth:')
    ? OTPAuth.URI.parse(secret)
    : new OTPAuth.TOTP({ secret })
  if (!(read instanceof OTPAuth.TOTP)) throw new Error('not a TOTP')
  return read.generate({ timestamp: Date.now() + steps * read.period * 1000 })
}

/** A code that is none of the present ones. */
export function wrongCode(secret: string): string {
  const present = [-1, 0, 1].map((steps) => codeOfApp(secret, steps))
  const wrong = ['000000', '111111', '222222', '333333'].find((code) => !present.includes(code))
  if (wrong === undefined) throw new Error('there are three codes')
  return wrong
}

/** A user whose password is not all that signs them in. */
export type AppUser = {
  id: number
  sub: string
  username: string
  email: string
  password: string
  totp: string
}

/** A user with an authenticator app, as an import brings them. */
export async function userWithApp(
  facts: { totp?: string; role?: string } = {},
  to: Answerer = postern,
): Promise<AppUser> {
  const totp = facts.totp ?? new OTPAuth.Secret({ size: 20 }).base32
  const password = 'correct horse battery staple'
  const email = `${crypto.randomUUID()}@example.com`
  const row = newRow({
    totp,
    email,
    password: { plain: password },
    ...(facts.role === undefined ? {} : { roles: [facts.role] }),
  })
  const done = await importRows(await beginImport({}, to), [row], 1, to)
  if (done.created !== 1 || done.totp !== 1) throw new Error(JSON.stringify(done))
  const user = await userNamed(row.username)
  if (user === undefined) throw new Error('the user is not there')
  return { id: user.id, sub: user.sub, username: row.username, email, password, totp }
}
