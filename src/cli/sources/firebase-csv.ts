// The CSV of `firebase auth:export` has 28 cells without a header, and a comma behind the last. It
// quotes a name only for a comma in it, and never doubles the quotes inside: a quote is only one if
// the number of cells says so. A line break in a name breaks the line.
import { maximumRowBytes } from './file-bytes.ts'
import { readLines } from './lines.ts'
import { problemOf } from './row-text.ts'
import type { Entry } from './source.ts'

/** Cells that hold a name: of the user, and of each provider's account. */
const nameCells: readonly number[] = [5, 9, 13, 17, 21]

const providers = { 'google.com': 7, 'facebook.com': 11, 'twitter.com': 15, 'github.com': 19 }

/** The cells between the name and the phone number, in which only commas count. */
const [firstNameCell, cellsInFront, cellsBehind] = [5, 5, 4]
const lastNamedCell = 22

/** A line that begins a user: id, e-mail address, whether it is verified. */
const begins = /^[^,]{1,128},[^,]*,(true|false),/

const isWhole = (text: string) => text.endsWith(',') && text.split(',').length > 28

/** Whether a text begins with a user of this form, in one line or in as many as a name may break. */
export function isFirebaseCsv(head: string): boolean {
  const lines = head.split(/\r?\n/, 5)
  return (
    begins.test(head) && lines.some((_, index) => isWhole(lines.slice(0, index + 1).join('\n')))
  )
}

/** Reads the entries with the names that the JSON form has. */
export async function* readFirebaseCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let waiting: { line: number; text: string } | undefined
  const broken = (line: number): Entry => ({
    line,
    ...problemOf('not_csv', 'does not have the 28 cells of Firebase'),
  })
  for await (const line of readLines(bytes)) {
    if ('problem' in line) {
      yield { line: waiting?.line ?? line.line, problem: line.problem }
      waiting = undefined
      continue
    }
    if (waiting !== undefined && begins.test(line.text)) {
      yield broken(waiting.line)
      waiting = undefined
    }
    if (waiting === undefined && line.text.trim() === '') continue
    const text: string = waiting === undefined ? line.text : `${waiting.text}\n${line.text}`
    const first: number = waiting?.line ?? line.line
    const isComplete = isWhole(text)
    if (!isComplete && text.length <= maximumRowBytes && begins.test(text)) {
      waiting = { line: first, text }
      continue
    }
    const cells = isComplete ? cellsOf(text.slice(0, -1)) : undefined
    yield cells === undefined ? broken(first) : { line: first, members: membersOfCells(cells) }
    waiting = undefined
  }
  if (waiting !== undefined) yield broken(waiting.line)
}

function membersOfCells(cells: string[]) {
  const cell = (index: number) => cells[index]
  return {
    localId: cell(0),
    email: cell(1),
    emailVerified: cell(2),
    passwordHash: cell(3),
    salt: cell(4),
    displayName: cell(5),
    createdAt: cell(23),
    phoneNumber: cell(25),
    disabled: cell(26),
    customAttributes: cell(27),
    providerUserInfo: Object.entries(providers)
      .map(([providerId, index]) => ({ providerId, rawId: cell(index) }))
      .filter(({ rawId }) => rawId !== ''),
  }
}

function cellsOf(text: string): string[] | undefined {
  // The custom claims are last: JSON of an object, in quotes that are doubled within it.
  const end = text.endsWith('}"') ? text.indexOf(',"{') : text.length - 1
  const attributes = text.endsWith('}"') ? text.slice(end + 2, -1) : ''
  const pieces = text.slice(0, end).split(',')
  // A line of commas alone would take its time.
  if (text.charAt(end) !== ',' || pieces.length > 300) return undefined
  const front = pieces.slice(0, cellsInFront)
  const back = pieces.slice(-cellsBehind)
  const middle = namesJoined(pieces.slice(cellsInFront, -cellsBehind), firstNameCell, new Set())
  if (middle === undefined) return undefined
  return [...front, ...middle, ...back, attributes.replaceAll('""', '"')]
}

/**
 * Joins the pieces of names that have commas, so that the cells from `cell` on are as many as there
 * must be. Returns undefined if there is no way.
 * @param hopeless pairs of pieces left and cell that are known to have no way
 */
function namesJoined(pieces: string[], cell: number, hopeless: Set<string>): string[] | undefined {
  if (cell > lastNamedCell) return pieces.length === 0 ? [] : undefined
  const key = `${pieces.length}:${cell}`
  if (hopeless.has(key)) return undefined
  for (let count = 1; count <= pieces.length; count += 1) {
    const value = pieces.slice(0, count).join(',')
    const isQuoted = nameCells.includes(cell) && value.length > 1 && /^".*"$/s.test(value)
    if (count > 1 && !nameCells.includes(cell)) break
    if (count > 1 && !isQuoted) continue
    const rest = namesJoined(pieces.slice(count), cell + 1, hopeless)
    if (rest !== undefined) return [count > 1 ? value.slice(1, -1) : value, ...rest]
  }
  hopeless.add(key)
  return undefined
}
