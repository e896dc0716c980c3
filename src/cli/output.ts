// stdout: the data of a command and nothing else, in the form that was asked for.
import { csvLine } from './csv.ts'
import { Failure, ReaderGone, misuse } from './failure.ts'
import { type JsonObject, formatJson, valueAt } from './json.ts'
import { printable } from './printable.ts'
import { type Column, Table, listing } from './table.ts'

/** `only` prints one member of each object, without quotes. */
export type Format = 'table' | 'json' | 'jsonl' | 'csv' | { only: string }

/** stdout or stderr, and what the terminal behind it can show. */
export type Sink = {
  isTerminal: boolean
  /** The columns of the terminal. If it is none: those of COLUMNS, else Infinity. */
  width: number
  hasColour: boolean
  write: (text: string) => Promise<void>
}

/** What `--only secret` means for an answer: its secret has another name on the wire. */
type Secret = { secret?: string }

export class Output {
  readonly format: Format
  readonly #sink: Sink
  readonly #note: (line: string) => void

  /** `note` writes a line for people to stderr. */
  constructor(format: Format, sink: Sink, note: (line: string) => void) {
    this.format = format
    this.#sink = sink
    this.#note = note
  }

  /** Writes text as it is. */
  write(text: string): Promise<void> {
    return this.#sink.write(text)
  }

  /** Writes one object. `secret` names the member that `--only secret` prints. */
  async object(object: JsonObject, { secret }: Secret = {}): Promise<void> {
    if (this.format === 'table') {
      await this.#lines(listing(object, this.#bold))
      const isShown = secret !== undefined && object[secret] !== undefined
      if (isShown)
        this.#note(`Keep the ${secret.replaceAll('_', ' ')}: it is shown only this once.`)
      return
    }
    if (this.format === 'json') return this.#lines([formatJson(object, 2)])
    if (this.format === 'jsonl') return this.#lines([formatJson(object)])
    if (this.format === 'csv') return this.#csv([object], Object.keys(object))
    const member = this.format.only === 'secret' && secret !== undefined ? secret : this.format.only
    const value = valueAt(object, member)
    if (value !== undefined) return this.#lines([this.#bare(value)])
    // The object may hold a secret that is shown once, and it is too late to ask again.
    await this.#lines([formatJson(object)])
    throw new Failure('refused', `the answer has no member ${member}, so all of it was printed`)
  }

  /**
   * Writes a list, page by page. With `--json` it is one document of `items` and `next_cursor`, the
   * cursor of the first page that was not written.
   */
  async list(pages: AsyncIterable<ListPage>, columns: readonly Column[]): Promise<void> {
    const table = new Table(columns, this.#sink.width, this.#bold)
    let count = 0
    let isFirst = true
    let members: string[] | undefined
    const leftOut = new Set<string>()
    let next: string | null = null
    for await (const { items, nextCursor } of pages) {
      next = nextCursor
      if (this.format === 'json') {
        const text = items.map((item) => `\n${formatJson(item)}`).join(',')
        // Only now: where the first page is refused, nothing was printed.
        if (isFirst) await this.write('{"items": [')
        await this.write(count > 0 && text !== '' ? `,${text}` : text)
      } else if (this.format === 'jsonl') {
        await this.#lines(items.map((item) => formatJson(item)))
      } else if (this.format === 'table') {
        if (items.length > 0) await this.#lines(table.page(items))
      } else if (this.format === 'csv') {
        const found = items.flatMap((item) => Object.keys(item))
        members ??= [...new Set(found)]
        for (const member of found) if (!members.includes(member)) leftOut.add(member)
        await this.#csv(items, members, isFirst)
      } else {
        await this.#lines(this.#only(items, this.format.only))
      }
      count += items.length
      isFirst = false
    }
    if (this.format === 'json') {
      await this.write(`${count > 0 ? '\n' : ''}], "next_cursor": ${formatJson(next)}}\n`)
    }
    if (this.format === 'table') this.#sayRest(count, next, table.hidden)
    if (leftOut.size > 0) {
      this.#note(`The heading has no ${[...leftOut].join(', ')}: use --jsonl for all members`)
    }
  }

  #sayRest(count: number, next: string | null, hidden: readonly string[]): void {
    if (count === 0) this.#note('Nothing found.')
    if (next !== null) this.#note(`There are more than these ${count}: --all lists every one.`)
    if (hidden.length === 0) return
    this.#note(`No room for ${hidden.join(', ')}: use a wider terminal, or --json`)
  }

  #only(items: readonly JsonObject[], member: string): string[] {
    const values = items.map((item) => valueAt(item, member))
    const [first] = items
    if (first !== undefined && values.every((value) => value === undefined)) {
      const known = Object.keys(first).join(', ')
      throw misuse(`--only ${member}: there is no such member, only ${known}`)
    }
    return values.map((value) => this.#bare(value))
  }

  /** A value without quotes. A pipe gets it byte for byte. */
  #bare(value: unknown): string {
    if (value === null || value === undefined) return ''
    if (typeof value !== 'string') return formatJson(value)
    return this.#sink.isTerminal ? printable(value) : value
  }

  #csv(items: readonly JsonObject[], members: readonly string[], isFirst = true): Promise<void> {
    const rows = items.map((item) => csvLine(members.map((member) => item[member])))
    return this.write([...(isFirst ? [csvLine(members)] : []), ...rows].join(''))
  }

  async #lines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.write(`${lines.join('\n')}\n`)
  }

  readonly #bold = (text: string): string => bold(this.#sink, text)
}

/** A page of a list. */
export type ListPage = { items: readonly JsonObject[]; nextCursor: string | null }

/** Returns a list of one page. */
export async function* onePage(items: readonly JsonObject[]): AsyncGenerator<ListPage> {
  yield { items, nextCursor: null }
}

/** Returns the text in bold where the terminal has colours. */
export const bold = ({ hasColour }: Sink, text: string): string =>
  hasColour ? `\u001b[1m${text}\u001b[22m` : text

/** Wraps a stream of this process. Its `write` rejects with ReaderGone after EPIPE, else a Failure. */
export function sinkOf(
  stream: NodeJS.WriteStream,
  environment: Record<string, string | undefined>,
): Sink {
  // Without a listener the error of a write would end the process with a stack.
  stream.on('error', () => undefined)
  const isTerminal = stream.isTTY === true
  const { NO_COLOR = '', TERM, COLUMNS = '' } = environment
  const wanted = /^[1-9]\d{0,3}$/.test(COLUMNS) ? Number(COLUMNS) : Infinity
  return {
    isTerminal,
    width: isTerminal ? stream.columns || 80 : wanted,
    hasColour: isTerminal && NO_COLOR === '' && TERM !== 'dumb',
    write: (text) =>
      new Promise((resolve, reject) => {
        if (text === '') return resolve()
        stream.write(text, (error) => (error ? reject(asFailure(error)) : resolve()))
      }),
  }
}

function asFailure(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new ReaderGone()
  const reason = error.code === 'ENOSPC' ? 'no space is left on the device' : error.message
  return new Failure('refused', `the output could not be written: ${reason}`)
}
