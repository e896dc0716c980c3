// Passwords and secrets of the demo. The documents print some of them, so they are public. If
// others can reach the server, random ones replace them, which are kept in the state folder.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential } from '../dialects/demo.ts'
import { dialects } from '../dialects/dialects.ts'
import { formatEnvFile, parseEnvFile, writePrivateFile } from './env-file.ts'
import { Refusal } from './refusal.ts'
import { type SecretsFile, shown } from './secrets-file.ts'

const documented = new Map(dialects.flatMap(({ demo }) => Object.entries(demo.documented)))

/** The credentials of every demo user and client with a fixed name. */
export type DemoCredentials = SecretsFile['demo'] & { credential: Credential }

/** Where the demo's credentials come from: the documents, or random. */
type Source = 'documents' | 'random'

export type Demo = {
  credentials: DemoCredentials
  /** Whether the database may still have credentials from the other source. */
  isChanging: boolean
  /** Records that the database is about to change. Called before any change. */
  begin: () => void
  /** Records that the database has exactly these credentials. */
  finish: () => void
}

/**
 * Reads which credentials the demo in `folder` has, and which ones it should have now. Random ones are
 * created once.
 * @throws Refusal if the file is damaged
 */
export function openDemo(folder: string, made: SecretsFile['demo'], wanted: Source): Demo {
  const path = join(folder, 'demo.env')
  const { random, inForce } = existsSync(path) ? readDemoFile(path) : firstDemo()
  const note = (IN_FORCE: string) =>
    writePrivateFile(path, formatEnvFile({ ...Object.fromEntries(random), IN_FORCE }))
  const source = wanted === 'random' ? random : documented
  return {
    credentials: { ...made, credential: (name) => named(source, name) },
    isChanging: inForce !== wanted,
    begin: () => note('changing'),
    finish: () => note(wanted),
  }
}

function named(source: ReadonlyMap<string, string>, name: string): string {
  const value = source.get(name)
  if (value === undefined) throw new Error(`no dialect documents a credential ${name}`)
  return value
}

type DemoFile = { random: ReadonlyMap<string, string>; inForce: string }

function readDemoFile(path: string): DemoFile {
  const values = parseEnvFile(readFileSync(path, 'utf8')) ?? {}
  const random = [...documented.keys()].map((name): [string, string] => {
    const value = values[name] ?? ''
    if (value === '') throw new Refusal(`${shown(path)} is damaged: ${name} is missing`)
    return [name, value]
  })
  return { random: new Map(random), inForce: values.IN_FORCE ?? 'changing' }
}

function firstDemo(): DemoFile {
  const random = [...documented.keys()].map((name): [string, string] => [
    name,
    randomBytes(16).toString('base64url'),
  ])
  return { random: new Map(random), inForce: 'documents' }
}
