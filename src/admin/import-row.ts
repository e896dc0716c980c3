// The rows of a chunk of an import: NDJSON, one user a line. A line that cannot be used is reported,
// and the others go on.
import type { ImportRow, ImportedPassword, RowFault } from '../core/people/import/storage.ts'
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { longestPassword } from '../crypto/password.ts'
import { readTotpText } from '../crypto/totp.ts'
import { readJsonObject } from '../http/json.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { faultOf } from './json.ts'
import { invalid } from './problem.ts'
import { claims, email, line, scope, username } from './user.ts'

/** The most bytes and lines of a chunk, and the most of its lines with a password in clear. */
export const longestChunk = 1_048_576
export const mostLines = 500
export const mostPlain = 20

/** The most bytes of a line. */
const longestLine = 65_536

/** The most faults of a row that are reported, and the most characters of the name of a member. */
const mostFaults = 5
const longestField = 200

/** An `external_id` or a subject. */
const identifier = () => line(255)

const subject = once(() =>
  v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')),
)

const longPassword = `must have at most ${longestPassword} bytes`

const password = once(() =>
  v.pipe(
    v.strictObject({
      hash: v.optional(
        v.pipe(v.string(), v.maxLength(16_384, 'must have at most 16384 characters')),
      ),
      plain: v.optional(
        v.pipe(
          v.string(),
          v.minLength(1, 'must not be empty'),
          v.check((text) => utf8(text).byteLength <= longestPassword, longPassword),
        ),
      ),
      reset: v.optional(v.literal(true)),
      temporary: v.pipe(
        v.optional(v.boolean()),
        v.description('to be changed at the first sign-in'),
      ),
    }),
    v.check(
      ({ hash, plain, reset }) =>
        [hash, plain, reset].filter((one) => one !== undefined).length === 1,
      'must have exactly one of hash, plain and reset',
    ),
  ),
)

const link = once(() =>
  v.strictObject({
    issuer: v.pipe(
      v.string(),
      v.maxLength(2_000),
      v.regex(/^https:\/\/[^\s/]+\S*$/, 'must be an https URL'),
    ),
    subject: identifier(),
  }),
)

/** One line of a chunk. */
export const importRow = once(() =>
  v.strictObject({
    line: v.pipe(
      v.int(),
      v.minValue(1),
      v.description('the line of the file that the row comes from'),
    ),
    external_id: identifier(),
    sub: v.optional(subject()),
    username: v.optional(username()),
    email: v.optional(email()),
    email_verified: v.optional(v.boolean()),
    name: v.optional(line(200)),
    disabled: v.optional(v.boolean()),
    created_at: v.pipe(v.optional(v.pipe(v.int(), v.minValue(0))), v.description('NumericDate')),
    claims: v.optional(claims()),
    roles: v.optional(v.pipe(v.array(line(100)), v.maxLength(100))),
    scope: v.optional(scope()),
    password: v.optional(password()),
    totp: v.pipe(
      v.optional(
        v.pipe(
          v.string(),
          v.maxLength(400),
          v.check((text) => readTotpText(text) !== null, 'must be base32'),
        ),
      ),
      v.description(
        'a TOTP secret in base32; or otpauth://totp/app?secret=…&algorithm=SHA256&digits=8&period=60 for one that is not of SHA-1, 6 digits and 30 seconds',
      ),
    ),
    links: v.optional(v.pipe(v.array(link()), v.maxLength(20))),
  }),
)

type Rows = { rows: ImportRow[]; invalidRows: number; faults: RowFault[] }

/**
 * Reads the lines of a chunk. A byte order mark, CRLF and blank lines are accepted.
 * @throws 400 if the chunk has too many lines
 */
export function readRows(bytes: Uint8Array): Rows {
  const lines = linesOf(bytes)
  if (lines.length > mostLines) throw tooMany(`must have at most ${mostLines} lines`)
  const read = lines.map(readRow)
  const rows = read.flatMap((one) => ('row' in one ? [one.row] : []))
  if (rows.filter((row) => row.password?.kind === 'plain').length > mostPlain) {
    throw tooMany(`must have at most ${mostPlain} passwords in clear, which take time to hash`)
  }
  const faults = read.flatMap((one) => ('faults' in one ? one.faults : []))
  return { rows, invalidRows: lines.length - rows.length, faults }
}

const tooMany = (detail: string) => invalid([{ field: '', detail }])

type Line = { position: number; bytes: Uint8Array }

/** Splits bytes at the line ends: one that is not UTF-8 spoils its own line alone. */
function linesOf(bytes: Uint8Array): Line[] {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const lines: Line[] = []
  let position = 0
  for (let start = hasMark ? 3 : 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start)
    const end = found < 0 ? bytes.length : found
    const isCrLf = end > start && bytes[end - 1] === 0x0d
    position += 1
    const line = bytes.subarray(start, isCrLf ? end - 1 : end)
    if (line.length > 0) lines.push({ position, bytes: line })
    start = end + 1
  }
  return lines
}

function readRow({ position, bytes }: Line): { row: ImportRow } | { faults: RowFault[] } {
  const text = utf8Text(bytes)
  if (text === null) return refused(position, [{ field: '', detail: 'is not valid UTF-8' }])
  // A row that cannot be read may still say where it comes from; else its place in the chunk does.
  const stated = /"line"\s*:\s*([1-9]\d{0,14})\b/.exec(text)?.[1]
  const place = stated === undefined ? position : Number(stated)
  if (bytes.length > longestLine) {
    return refused(place, [{ field: '', detail: `has more than ${longestLine} bytes` }])
  }
  const read = readJsonObject(text)
  if ('faults' in read) return refused(place, read.faults)
  const outcome = v.safeParse(importRow(), read.object)
  if (!outcome.success) return refused(place, outcome.issues.map(faultOf))
  return { row: rowOf(outcome.output) }
}

const refused = (
  place: number,
  faults: readonly { field: string; detail: string }[],
): { faults: RowFault[] } => ({
  // The report is stored: what a row can add to it is bounded.
  faults: faults.slice(0, mostFaults).map(({ field, detail }) => ({
    line: place,
    field: field.slice(0, longestField),
    detail,
    code: 'invalid',
  })),
})

const rowOf = ({
  external_id: externalId,
  email_verified: emailVerified,
  created_at: createdAt,
  password: sent,
  links = [],
  ...row
}: v.InferOutput<ReturnType<typeof importRow>>): ImportRow => ({
  ...row,
  externalId,
  emailVerified,
  createdAt,
  password: sent === undefined ? undefined : passwordOf(sent),
  links: [...new Map(links.map((one) => [`${one.issuer} ${one.subject}`, one])).values()],
})

function passwordOf(sent: v.InferOutput<ReturnType<typeof password>>): ImportedPassword {
  const { hash, plain, temporary = false } = sent
  if (hash !== undefined) return { kind: 'hash', text: hash, temporary }
  return plain === undefined ? { kind: 'reset' } : { kind: 'plain', text: plain, temporary }
}
