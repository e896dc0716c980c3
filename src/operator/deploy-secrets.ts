// The secrets of a deployment. A new secret is saved in a file before it leaves this machine,
// because nobody can read it back from the platform.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivateFile } from './env-file.ts'
import { Refusal } from './refusal.ts'
import { shown } from './secrets-file.ts'

export const secretNames = ['ADMIN_TOKEN', 'MASTER_KEY'] as const
export type SecretName = (typeof secretNames)[number]
export type Secrets = Partial<Record<SecretName, string>>

const random = (): string => randomBytes(32).toString('base64url')

/** Returns the file with the secrets of an environment. .gitignore lists these files. */
export const deploySecretsPath = (folder: string, env: string): string =>
  join(folder, env === '' ? '.secrets.json' : `.secrets.${env}.json`)

/** Reads the saved secrets. @throws Refusal if the file is damaged */
export function readKept(path: string): Secrets {
  if (!existsSync(path)) return {}
  const values = parseObject(readFileSync(path, 'utf8'))
  if (values === null) throw new Refusal(`${shown(path)} is damaged: it must be a JSON object`)
  const kept: Secrets = {}
  for (const name of secretNames) {
    const value = values[name]
    if (typeof value === 'string' && value !== '') kept[name] = value
  }
  return kept
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

/** Creates the named secrets and saves all of them in a file that only its owner can read. */
export function makeSecrets(path: string, kept: Secrets, names: readonly SecretName[]): Secrets {
  const all = { ...kept }
  for (const name of names) all[name] = name === 'MASTER_KEY' ? `k1:${random()}` : random()
  writePrivateFile(path, `${JSON.stringify(all, null, 2)}\n`)
  return all
}

/** Returns the text that tells the operator about new secrets. */
export function keepSafe(path: string, names: readonly SecretName[]): string {
  const file = shown(path)
  const made = `${names.join(' and ')}: created, and saved only in ${file} (mode 0600, not in git)`
  if (!names.includes('MASTER_KEY')) return made
  return `${made}
Copy MASTER_KEY to a safe place now, apart from this machine and from database backups. Without it
the stored data cannot be opened. If it is lost, every password must be set again, provider secrets
must be entered again, and all sessions and tokens end; a backup does not help. ADMIN_TOKEN opens
the admin interface. If it is lost, replace it: npx wrangler secret put ADMIN_TOKEN`
}
