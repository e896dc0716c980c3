// Values of the admin interface as comma-separated values.
import { csvLineOf, quotedCell, withoutFormula } from '../protocol/csv.ts'

/** Returns a cell, in quotes where it needs them. */
function cell(value: unknown): string {
  const text = asText(value)
  const inert = typeof value === 'string' ? withoutFormula(text) : text
  return /[",\r\n]/.test(inert) ? quotedCell(inert) : inert
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Returns a line with its line break. */
export const csvLine = (cells: readonly unknown[]): string => csvLineOf(cells.map(cell))
