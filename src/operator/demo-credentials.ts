// The passwords and secrets of the demo. The documents print some of theirs, so everybody knows
// them: where others can reach the server, random ones stand in, kept in the state folder.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatEnvFile, parseEnvFile, writePrivateFile } from './env-file.ts'
import { Refusal } from './refusal.ts'
import { type SecretsFile, shown } from './secrets-file.ts'

const documented = {
  C64_PASSWORD: 'Secret123',
  EXAMPLE_PASSWORD: 'p4ssw0rd',
  DORY_PASSWORD: 'dorypass',
  KALAMAR_SECRET: '_IGaQqvUUrPTzRKJvqPYnA',
} as const

/** What every demo user and client with a fixed name signs in with. */
export type DemoCredentials = Record<keyof typeof documented, string> & SecretsFile['demo']

/** Whose credentials the demo has: those that the documents print, or random ones. */
type Source = 'documents' | 'random'

export type Demo = {
  credentials: DemoCredentials
  /** Whether the database may still have the credentials of the other source. */
  isChanging: boolean
  /** Notes that the database is about to change, before anything does. */
  begin: () => void
  /** Notes that the database has these credentials and no others. */
  finish: () => void
}

/**
 * Reads which credentials the demo of `folder` has, and those it shall have now. The random ones
 * are made once.
 * @throws Refusal if the file is damaged
 */
export function openDemo(folder: string, made: SecretsFile['demo'], wanted: Source): Demo {
  const path = join(folder, 'demo.env')
  const { IN_FORCE = 'documents', ...random } = existsSync(path) ? readDemoFile(path) : newRandom()
  const note = (IN_FORCE: string) => writePrivateFile(path, formatEnvFile({ ...random, IN_FORCE }))
  return {
    credentials: { ...made, ...(wanted === 'random' ? random : documented) },
    isChanging: IN_FORCE !== wanted,
    begin: () => note('changing'),
    finish: () => note(wanted),
  }
}

type DemoFile = Record<keyof typeof documented, string> & { IN_FORCE?: string }

function readDemoFile(path: string): DemoFile {
  const values = parseEnvFile(readFileSync(path, 'utf8')) ?? {}
  const named = (name: keyof typeof documented): string => {
    const value = values[name] ?? ''
    if (value === '') throw new Refusal(`${shown(path)} is damaged: it has no ${name}`)
    return value
  }
  return {
    C64_PASSWORD: named('C64_PASSWORD'),
    EXAMPLE_PASSWORD: named('EXAMPLE_PASSWORD'),
    DORY_PASSWORD: named('DORY_PASSWORD'),
    KALAMAR_SECRET: named('KALAMAR_SECRET'),
    IN_FORCE: values.IN_FORCE ?? 'changing',
  }
}

function newRandom(): DemoFile {
  const secret = () => randomBytes(16).toString('base64url')
  return {
    C64_PASSWORD: secret(),
    EXAMPLE_PASSWORD: secret(),
    DORY_PASSWORD: secret(),
    KALAMAR_SECRET: secret(),
  }
}
