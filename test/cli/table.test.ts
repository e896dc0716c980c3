import { describe, expect, it } from 'vitest'
import { widthOf } from '../../src/cli/printable.ts'
import { type Column, Table, listing } from '../../src/cli/table.ts'

const plain = (text: string) => text
const columns: Column[] = [
  { member: 'id', whole: true },
  { member: 'name' },
  { member: 'email', heading: 'e-mail' },
  { member: 'role' },
  { member: 'created_at', heading: 'created' },
]
const people = [
  { id: 1, name: 'Ada', email: 'ada@example.com', role: 'admin', created_at: 1_700_000_000 },
  {
    id: 1234567890,
    name: '愛達·勒芙蕾絲與查爾斯·巴貝奇',
    email: 'a-very-long-address-of-somebody@mail.example.com',
    role: null,
    created_at: 1_700_000_000,
  },
]

describe('a table', () => {
  it.each([200, 100, 80, 60, 40, 30])('has no line wider than a terminal of %i', (width) => {
    const lines = new Table(columns, width, plain).page(people)
    expect(lines.filter((line) => widthOf(line) > width)).toEqual([])
  })

  it('cuts long texts before it leaves columns out', () => {
    const table = new Table(columns, 75, plain)
    expect({ lines: table.page(people), hidden: table.hidden }).toEqual({
      lines: [
        'ID          NAME               E-MAIL              ROLE   CREATED',
        '1           Ada                ada@example.com     admin  2023-11-14 22:13Z',
        '1234567890  愛達·勒芙蕾絲與…   a-very-long-addre…         2023-11-14 22:13Z',
      ],
      hidden: [],
    })
  })

  it('leaves the last columns out where there is no room, and says which', () => {
    const table = new Table(columns, 60, plain)
    table.page(people)
    expect(table.hidden).toEqual(['CREATED'])
  })

  it('cuts last what is there to be copied', () => {
    const [, , last = ''] = new Table(columns, 30, plain).page(people)
    expect(last).toMatch(/^1234567890 {2}/)
  })

  it('O22: cuts a name of 10 kB, whether there is a terminal or not', () => {
    const hostile = { id: 'x'.repeat(10_000), name: 'y'.repeat(10_000) }
    const widths = [80, Infinity].map((width) =>
      new Table([{ member: 'id', whole: true }, { member: 'name' }], width, plain)
        .page([hostile])
        .map(widthOf),
    )
    expect(widths).toEqual([
      [expect.any(Number), 80],
      [expect.any(Number), 402],
    ])
  })

  it('has the headings once, and the widths of its first page', () => {
    const table = new Table([{ member: 'id' }, { member: 'name' }], Infinity, plain)
    const first = table.page([{ id: 'a', name: 'long name' }])
    expect([...first, ...table.page([{ id: 'b', name: 'n' }])]).toEqual([
      'ID  NAME',
      'a   long name',
      'b   n',
    ])
  })

  it('has no column for a member that no item has', () => {
    expect(new Table(columns, 80, plain).page([{ id: 1, name: 'Ada' }])).toEqual([
      'ID  NAME',
      '1   Ada',
    ])
  })
})

describe('a listing', () => {
  it('shows that a secret never expires, which the wire says as 0', () => {
    const lines = [0, 1_700_000_000].map((at) => listing({ client_secret_expires_at: at }, plain))
    expect(lines).toEqual([
      ['client_secret_expires_at  never'],
      ['client_secret_expires_at  2023-11-14 22:13:20Z'],
    ])
  })
})
