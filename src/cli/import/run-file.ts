// Runs of imports as files in the state folder, so that one that was cut off can go on. They hold no
// hash, no password and no key: only where the input is, and what it was.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivateFile } from '../../operator/env-file.ts'
import { stateFolderOf } from '../../operator/state-folder.ts'
import { Failure } from '../failure.ts'
import { fileDigest } from '../file-digest.ts'
import {
  type JsonObject,
  formatJson,
  isObject,
  numberOf,
  objectsOf,
  parseObject,
  textOf,
} from '../json.ts'

/** A file as it was when the import began. */
export type InputFile = { path: string; size: number; sha256: string }

/** A run. `settings` are the options that decide what is sent, in the words of the command line. */
export type Run = {
  id: string
  origin: string
  state: 'running' | 'finished' | 'undone'
  /** When it began, in seconds: whoever is banned until then is not. */
  startedAt: number
  inputs: readonly InputFile[]
  settings: JsonObject
}

const folderOf = (environment: Record<string, string | undefined>): string =>
  join(stateFolderOf(environment), 'imports')

/** The runs of one state folder. */
export class RunFiles {
  readonly #folder: string

  constructor(environment: Record<string, string | undefined>) {
    this.#folder = folderOf(environment)
  }

  /** Writes a run, completely or not at all, for its owner alone. */
  write(run: Run): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writePrivateFile(this.#path(run.id), `${formatJson(run, 2)}\n`)
  }

  /** Returns a run; null if this folder has none of the id. */
  find(id: string): Run | null {
    const path = this.#path(id)
    return /^[\w-]+$/.test(id) && existsSync(path) ? runOf(readFileSync(path, 'utf8')) : null
  }

  /** Returns the unfinished run of the same input and settings on the same server, the newest first. */
  findUnfinished(origin: string, inputs: readonly InputFile[], settings: JsonObject): Run | null {
    if (!existsSync(this.#folder)) return null
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'))
    const runs = names.map((name) => this.find(name.slice(0, -'.json'.length)))
    const sought = formatJson([origin, inputs, settings])
    const found = runs
      .filter((run) => run !== null)
      .filter(({ state }) => state === 'running')
      .filter((run) => formatJson([run.origin, run.inputs, run.settings]) === sought)
    // The ids sort by time.
    return found.toSorted((one, other) => (one.id < other.id ? 1 : -1))[0] ?? null
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}

function runOf(text: string): Run | null {
  const run = parseObject(text)
  if (run === null) return null
  const [id, origin, startedAt] = [
    textOf(run, 'id'),
    textOf(run, 'origin'),
    numberOf(run, 'startedAt'),
  ]
  const { settings } = run
  if (id === undefined || origin === undefined || startedAt === undefined) return null
  if (!isObject(settings)) return null
  const state = (['finished', 'undone'] as const).find((one) => one === run.state) ?? 'running'
  const inputs = objectsOf(run, 'inputs').flatMap((input) => {
    const [path, size, sha256] = [
      textOf(input, 'path'),
      numberOf(input, 'size'),
      textOf(input, 'sha256'),
    ]
    if (path === undefined || size === undefined || sha256 === undefined) return []
    return [{ path, size, sha256 }]
  })
  return { id, origin, state, startedAt, inputs, settings }
}

/** Returns what the files are now: their sizes and SHA-256. They are streamed. */
export async function describeFiles(paths: readonly string[]): Promise<InputFile[]> {
  const described: InputFile[] = []
  for (const path of paths) {
    described.push({ path, size: statSync(path).size, sha256: await fileDigest(path) })
  }
  return described
}

/** @throws Failure if a file is not what it was when the run began */
export async function requireUnchanged(run: Run): Promise<void> {
  for (const before of run.inputs) {
    const now = existsSync(before.path) ? (await describeFiles([before.path]))[0] : undefined
    if (now?.size === before.size && now.sha256 === before.sha256) continue
    const what = now === undefined ? 'is gone' : 'has changed'
    throw new Failure('refused', `${before.path} ${what} since the import ${run.id} began`, [
      'the rest of another file would be imported as the rest of this one',
      `begin anew with: npx postern import run FILE`,
    ])
  }
}
