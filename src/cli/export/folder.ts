// The folder of an export: a file of JSON lines for each kind, how far each has come, and in the end a
// manifest. All of it is private: it names people, and may hold their password hashes.
import { chmod, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, misuse } from '../failure.ts'
import { fileDigest } from '../file-digest.ts'
import { type JsonObject, formatJson, isObject, numberOf, parseObject, textOf } from '../json.ts'

/** How far a kind has come: lines and bytes that count, and where to go on. */
export type Position = {
  items: number
  bytes: number
  /** The cursor of the next page; null = the first page, or after the last. */
  cursor: string | null
  isComplete: boolean
  /** When its first page was asked for, in seconds. */
  begunAt: number
}

/** What an export is of; one that goes on must be of the same. */
export type Subject = { origin: string; withHashes: boolean }

type State = Subject & { begunAt: number; positions: Record<string, Position> }

/** A file of a finished export. */
export type ExportedFile = { file: string; items: number; bytes: number; sha256: string }

const stateFile = 'export-in-progress.json'
const manifestFile = 'manifest.json'

export class ExportFolder {
  readonly #path: string
  readonly #state: State

  private constructor(path: string, state: State) {
    this.#path = path
    this.#state = state
  }

  /**
   * Opens a folder that is new or empty, or in which an export of the same has broken off.
   * @throws Failure if it holds anything else
   */
  static async open(path: string, subject: Subject): Promise<ExportFolder> {
    await written(path, async () => {
      await mkdir(path, { recursive: true, mode: 0o700 })
    })
    const names = await readdir(path)
    if (names.includes(manifestFile)) {
      throw misuse(`${path} has a finished export: name another folder`)
    }
    if (!names.includes(stateFile)) {
      // What a run leaves behind that was ended while it noted its very beginning.
      const others = names.filter((name) => name !== `${stateFile}.new`)
      if (others.length > 0) throw misuse(`${path} is not empty: name another folder`)
      // An empty folder of somebody's own may be open to others.
      await chmod(path, 0o700)
      const state = { ...subject, begunAt: seconds(), positions: {} }
      const folder = new ExportFolder(path, state)
      await folder.#save(stateFile, state)
      return folder
    }
    const state = stateOf(parseObject(await readFile(join(path, stateFile), 'utf8')), path)
    if (state.origin !== subject.origin || state.withHashes !== subject.withHashes) {
      const what = `${state.origin} with${state.withHashes ? '' : 'out'} hashes`
      throw misuse(`${path} has an unfinished export of ${what}: name another folder`)
    }
    return new ExportFolder(path, state)
  }

  /** Returns how far a kind has come. */
  positionOf(kind: string): Position {
    return this.#state.positions[kind] ?? beginning()
  }

  /** Adds a page to the file of a kind, and then notes that it is there. Returns the new position. */
  async append(
    kind: string,
    position: Position,
    items: readonly JsonObject[],
    cursor: string | null,
  ): Promise<Position> {
    const text = items.map((item) => `${formatJson(item)}\n`).join('')
    const content = Buffer.from(text)
    await written(this.#path, async () => {
      const file = await open(this.#fileOf(kind), 'a', 0o600)
      try {
        // What a run wrote and did not note any more is not part of the export.
        await file.truncate(position.bytes)
        await file.writeFile(content)
        await file.datasync()
      } finally {
        await file.close()
      }
    })
    const next = {
      ...position,
      items: position.items + items.length,
      bytes: position.bytes + content.byteLength,
      cursor,
      isComplete: cursor === null,
    }
    this.#state.positions[kind] = next
    await this.#save(stateFile, this.#state)
    return next
  }

  /** Writes the manifest, which ends the export. */
  async finish(kinds: readonly string[]): Promise<ExportedFile[]> {
    const files: ExportedFile[] = []
    for (const kind of kinds) {
      const { items, bytes } = this.positionOf(kind)
      files.push({
        file: `${kind}.jsonl`,
        items,
        bytes,
        sha256: await fileDigest(this.#fileOf(kind)),
      })
    }
    const { origin, withHashes, begunAt } = this.#state
    await this.#save(manifestFile, {
      format: 'postern-export',
      version: 1,
      origin,
      with_hashes: withHashes,
      begun_at: begunAt,
      finished_at: seconds(),
      files,
    })
    await rm(join(this.#path, stateFile), { force: true })
    return files
  }

  #fileOf(kind: string): string {
    return join(this.#path, `${kind}.jsonl`)
  }

  /** Replaces a file as a whole: a reader finds the old one or the new one. */
  #save(name: string, content: object): Promise<void> {
    return written(this.#path, async () => {
      const path = join(this.#path, name)
      await writeFile(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
    })
  }
}

/** Returns the position of a kind that begins now. */
export const beginning = (): Position => ({
  items: 0,
  bytes: 0,
  cursor: null,
  isComplete: false,
  begunAt: seconds(),
})

const seconds = (): number => Math.floor(Date.now() / 1000)

async function written(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('refused', `${path} cannot be written: ${reason}`)
  }
}

/** Reads the state of a broken-off run. @throws Failure */
function stateOf(state: JsonObject | null, path: string): State {
  const damaged = misuse(`${path}/${stateFile} is damaged: name another folder`)
  const { positions, withHashes } = state ?? {}
  if (state === null || !isObject(positions) || typeof withHashes !== 'boolean') throw damaged
  const entries = Object.entries(positions).map(([kind, position]): [string, Position] => {
    if (!isObject(position)) throw damaged
    const cursor = textOf(position, 'cursor') ?? null
    return [
      kind,
      {
        items: numberOf(position, 'items') ?? 0,
        bytes: numberOf(position, 'bytes') ?? 0,
        cursor,
        isComplete: position.isComplete === true,
        begunAt: numberOf(position, 'begunAt') ?? 0,
      },
    ]
  })
  return {
    origin: textOf(state, 'origin') ?? '',
    withHashes,
    begunAt: numberOf(state, 'begunAt') ?? 0,
    positions: Object.fromEntries(entries),
  }
}
