// Audit events as CSV (RFC 4180), for spreadsheets: no cell is a formula, and no text of a stranger has
// control characters.
import type { ListedEvent } from '../core/server/storage.ts'
import { displayName } from '../pages/display-name.tsx'
import { isoOf } from '../pages/instant.tsx'
import { csvLineOf, quotedCell, withoutFormula } from '../protocol/csv.ts'

const columns: readonly (readonly [
  name: string,
  of: (event: ListedEvent) => string | number | null,
])[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => isoOf(at)],
  ['kind', ({ kind }) => kind],
  ['outcome', ({ outcome }) => outcome],
  ['occurrences', ({ occurrences }) => occurrences],
  ['user_id', ({ userId }) => userId],
  ['username', ({ username }) => username],
  ['client_id', ({ clientId }) => clientId],
  ['client_name', ({ clientName }) => clientName],
  ['actor', ({ actor }) => actor],
  ['actor_name', ({ actorName }) => actorName],
  ['address', ({ address }) => address],
  ['user_agent', ({ userAgent }) => userAgent],
  ['session_id', ({ sessionId }) => sessionId],
  ['request_id', ({ requestId }) => requestId],
  ['detail', ({ detail }) => (detail === '{}' ? null : detail)],
]

/** More of a text would be the whole of an odd name. */
const longestCell = 2_000

/** Returns a cell: a number as it is, a text in quotes. */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  return quotedCell(withoutFormula(displayName(value, longestCell)))
}

/** The line with the names of the columns. */
export const csvHead = csvLineOf(columns.map(([name]) => name))

/** Returns the line of an event. */
export const csvLine = (event: ListedEvent): string =>
  csvLineOf(columns.map(([, of]) => cell(of(event))))
