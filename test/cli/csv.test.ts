import { expect, it } from 'vitest'
import { csvLine } from '../../src/cli/csv.ts'

it.each([
  ['=1+1', `'=1+1`],
  ['+49 30', `'+49 30`],
  ['-5', `'-5`],
  ['@sum', `'@sum`],
  ['\t=1', `'\t=1`],
])('O22: a text that begins like %s is none that a spreadsheet runs', (text, cell) => {
  expect(csvLine([text])).toBe(`${cell}\r\n`)
})

it('a number is a number, even a negative one', () => {
  expect(csvLine([-5, 7])).toBe('-5,7\r\n')
})

it.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=a,b', `"'=a,b"`],
  [null, ''],
  [undefined, ''],
  [true, 'true'],
  [{ a: 1 }, '"{""a"":1}"'],
])('%j is %s', (value, cell) => {
  expect(csvLine([value])).toBe(`${cell}\r\n`)
})
