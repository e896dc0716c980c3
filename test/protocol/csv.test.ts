import { describe, expect, it } from 'vitest'
import { csvLineOf, quotedCell, withoutFormula } from '../../src/protocol/csv.ts'

describe('RFC 4180: a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('does not run %j', (text) =>
    expect(withoutFormula(text)).toBe(`'${text}`),
  )

  it.each(['', 'a', 'a=1', 'ada@example.com', '1-2'])('shows %j as it is', (text) =>
    expect(withoutFormula(text)).toBe(text),
  )

  it('has each quote within a cell twice', () =>
    expect(quotedCell('say "hi", "ho"')).toBe('"say ""hi"", ""ho"""'))

  it('has a line break after each line', () => expect(csvLineOf(['a', '"b"'])).toBe('a,"b"\r\n'))
})
