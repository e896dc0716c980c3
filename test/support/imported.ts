// Users whose passwords another system has hashed, as an import stores them.
import { env } from 'cloudflare:workers'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { passwordKindOf, sealForeignHash } from '../../src/crypto/stored-password.ts'
import { fromBase64url } from '../../src/crypto/encoding.ts'
import { registerUser, type TestUser } from './registry.ts'
import { testSettings } from './settings.ts'

const [id = '', key = ''] = testSettings.MASTER_KEY.split(':')
const keys = new KeyRing([{ id, bytes: fromBase64url(key) ?? new Uint8Array(32) }])

/** A user with the hash of another system, of which `password` is the password. */
export async function importedUser(hash: string, password: string): Promise<TestUser> {
  const user = await registerUser()
  const sealed = await sealForeignHash(keys, hash)
  if ('fault' in sealed) throw new Error(sealed.detail)
  await storePassword(user, sealed.stored)
  return { ...user, password }
}

/** Stores a hash as it is. */
export async function storePassword(user: TestUser, stored: string): Promise<void> {
  const update = env.DB.prepare('UPDATE users SET password_hash = ?2 WHERE id = ?1')
  await update.bind(user.id, stored).run()
}

export async function storedPassword(user: TestUser): Promise<string | null> {
  const row = await env.DB.prepare('SELECT password_hash AS stored FROM users WHERE id = ?1')
    .bind(user.id)
    .first<{ stored: string | null }>()
  return row?.stored ?? null
}

/** The kind of the password that a user has: `none`, `own`, `reset`, or the algorithm of an import. */
export const storedKind = async (user: TestUser): Promise<string> =>
  passwordKindOf(await storedPassword(user))
