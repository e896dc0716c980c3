// The secrets of a state folder. They are created at its first boot and only read afterwards. For
// the default folder they are also available as `.dev.vars`, which a plain `wrangler dev` reads.
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { developmentSettings } from './development-settings.ts'
import { parseEnvFile, writePrivateFile } from './env-file.ts'
import { Refusal } from './refusal.ts'
import { secretsPath } from './state-folder.ts'

const madeAtFirstBoot = ['ADMIN_TOKEN', 'MASTER_KEY', 'DEMO_ADMIN_PASSWORD', 'DEMO_SERVICE_SECRET']

/**
 * The contents of a secrets file: settings of the worker, and credentials that no document prints.
 */
export type SecretsFile = {
  settings: Record<string, string>
  demo: { adminPassword: string; serviceSecret: string }
  /** Whether the folder has no data yet. */
  isNew: boolean
  /** Saves new secrets. Nothing is saved before the settings are known to be valid. */
  keep: () => void
}

/**
 * Reads the secrets of `folder`, or creates them if nothing is stored yet. A given `masterKey` is
 * saved, because it must outlive the environment that it came from. `devVars` is a second path to the
 * secrets.
 * @throws Refusal if the folder has data but no secrets, or if either file is damaged
 */
export function openSecretsFile(
  folder: string,
  devVars: string | null,
  masterKey: string | undefined,
): SecretsFile {
  const path = secretsPath(folder)
  makeFolder(folder)
  if (devVars !== null) adoptDevVars(path, devVars)
  const isNew = !existsSync(path)
  if (isNew && holdsData(folder)) {
    throw new Refusal(
      `${shown(folder)} has data, but its secrets file ${shown(path)} is missing: restore the file, or delete the folder to start over`,
    )
  }
  const text = isNew ? firstSecrets(masterKey) : readFileSync(path, 'utf8')
  const name = devVars === null ? shown(path) : `${shown(devVars)} (${shown(path)})`
  const { DEMO_ADMIN_PASSWORD = '', DEMO_SERVICE_SECRET = '', ...settings } = parse(text, name)
  return {
    settings,
    demo: { adminPassword: DEMO_ADMIN_PASSWORD, serviceSecret: DEMO_SERVICE_SECRET },
    isNew,
    keep: () => {
      if (isNew) writePrivateFile(path, text)
      if (devVars !== null && !existsSync(devVars)) link(path, devVars)
    },
  }
}

/** Returns a path as the operator would type it. */
export function shown(path: string): string {
  const within = relative(process.cwd(), path)
  return within === '' || within.startsWith('..') ? path : within
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal(`The state folder cannot be created: ${reason}`)
  }
}

// Editors and archives replace the link by a file. An identical file is fine. If the state folder
// is gone, the file becomes the new secrets. If both exist and differ, the operator must decide.
function adoptDevVars(path: string, devVars: string): void {
  const entry = lstatSync(devVars, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (entry.isSymbolicLink()) {
    if (resolve(dirname(devVars), readlinkSync(devVars)) === path) return
    throw new Refusal(`${shown(devVars)} does not link to ${shown(path)}: remove it`)
  }
  parse(readFileSync(devVars, 'utf8'), shown(devVars))
  if (!existsSync(path)) {
    writePrivateFile(path, readFileSync(devVars, 'utf8'))
  } else if (readFileSync(path, 'utf8') !== readFileSync(devVars, 'utf8')) {
    throw new Refusal(`${shown(devVars)} and ${shown(path)} differ: remove the wrong one`)
  }
}

function parse(text: string, name: string): Record<string, string> {
  const values = parseEnvFile(text)
  if (values === null) {
    throw new Refusal(`${name} is damaged: a line is neither NAME=value nor a comment`)
  }
  const missing = madeAtFirstBoot.filter((each) => (values[each] ?? '') === '')
  if (missing.length > 0) throw new Refusal(`${name} is damaged: it lacks ${missing.join(', ')}`)
  return values
}

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

function firstSecrets(masterKey: string | undefined): string {
  return `# Created at the first boot. MASTER_KEY opens the data beside this file: keep both together.
ADMIN_TOKEN=${random(32)}
MASTER_KEY=${masterKey ?? `k1:${random(32)}`}

# Credentials of the demo user \`admin\` and the demo client \`service\`.
DEMO_ADMIN_PASSWORD=${random(12)}
DEMO_SERVICE_SECRET=${random(32)}

# Settings of a plain \`npx wrangler dev\`; the environment of \`npm start\` overrides them.
${Object.entries(developmentSettings)
  .map(([name, value]) => `${name}=${value}\n`)
  .join('')}`
}

function holdsData(folder: string): boolean {
  const databases = join(folder, 'v3', 'd1')
  return existsSync(databases) && readdirSync(databases).length > 0
}

function link(path: string, devVars: string): void {
  try {
    symlinkSync(relative(dirname(devVars), path), devVars)
  } catch {
    // On Windows only privileged users can create links.
    copyFileSync(path, devVars)
  }
}
