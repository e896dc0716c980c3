// What a file may be, and what a row may not, whatever the source.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { jsonLines, read } from './rows.ts'

const mark = Buffer.of(0xef, 0xbb, 0xbf)
const user = (name: string) => ({ user_id: `auth0|${name}`, email: `${name}@example.com` })
const line = (name: string) => JSON.stringify(user(name))

/** Lines that are wrong, and what their row error says. */
const broken: { name: string; bytes: Buffer; code: string; detail: string }[] = [
  { name: 'not JSON', bytes: Buffer.from('{"user_id": '), code: 'not_json', detail: 'is not JSON' },
  {
    name: 'not an object',
    bytes: Buffer.from('["auth0|a"]'),
    code: 'not_json',
    detail: 'is not a JSON object',
  },
  {
    name: 'invalid UTF-8',
    bytes: Buffer.concat([Buffer.from('{"email":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]),
    code: 'not_utf8',
    detail: 'is not UTF-8',
  },
  {
    name: 'a NUL byte',
    bytes: Buffer.from('{"email":"a\0b"}'),
    code: 'nul',
    detail: 'has a NUL character',
  },
  {
    name: 'an escaped NUL',
    bytes: Buffer.from('{"app_metadata":{"a":["\\u0000"]}}'),
    code: 'nul',
    detail: 'has a NUL character',
  },
  {
    name: 'a line of 2 MiB',
    bytes: Buffer.from(`{"email":"${'a'.repeat(2 * 1024 * 1024)}"}`),
    code: 'too_long',
    detail: 'has more than 1048576 bytes',
  },
  {
    name: '__proto__',
    bytes: Buffer.from('{"user_id":"auth0|p","app_metadata":{"__proto__":{"admin":true}}}'),
    code: 'proto',
    detail: 'has a member __proto__',
  },
  {
    name: 'a lone surrogate',
    bytes: Buffer.from('{"email":"\\ud800@example.com"}'),
    code: 'surrogate',
    detail: 'has half of a surrogate pair',
  },
  {
    name: 'objects in 10,000 levels',
    bytes: Buffer.from(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
    code: 'too_deep',
    detail: 'has objects in more than 32 levels',
  },
]

describe('lines', () => {
  it.each(broken)('O27: $name is a row error with its line, and others go on', async (row) => {
    const { bytes, code, detail } = row
    const text = Buffer.concat([
      ...[Buffer.from(`${line('a')}\n\n`), bytes, Buffer.from(`\n${line('b')}`)],
    ])
    const { rows } = await read({ users: text })
    expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
      'a@example.com',
      { file: 'users', line: 3, error: { field: '', code, detail } },
      'b@example.com',
    ])
    expect(rows.map((each) => each.line)).toEqual([1, 3, 4])
  })

  // A line that begins with a bracket is an array that is the whole file.
  const objects = broken.filter(({ name }) => name !== 'not an object')

  it.each(objects)('O27: $name in the first line is a row error, too', async ({ bytes, code }) => {
    const text = Buffer.concat([bytes, Buffer.from(`\n${line('a')}\n${line('b')}\n`)])
    const { rows } = await read({ users: text })
    expect(rows.map((each) => ('error' in each ? each.error.code : each.line))).toEqual([
      ...[code, 2, 3],
    ])
  })

  it('O27: a byte order mark at the start and CRLF are accepted', async () => {
    const text = Buffer.concat([mark, Buffer.from(`${line('a')}\r\n${line('b')}\r\n`)])
    const { rows } = await read({ users: text })
    expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
      'a@example.com',
      'b@example.com',
    ])
  })
})

describe('a document', () => {
  const documents = [
    { form: 'an array', around: ['[', ']'] },
    {
      form: 'a member of an object',
      around: ['{"version":1,"users" : [', '], "more": {"users":[1]}}'],
    },
  ]
  // A line that is cut short closes no bracket: in a document it has no end.
  const closed = broken.filter(({ name }) => name !== 'not JSON')
  const cases = documents.flatMap((document) => closed.map((row) => ({ ...document, ...row })))

  it.each(cases)(
    'O27: $form with $name: a row error with its index, and others go on',
    async (row) => {
      const { around, bytes, code, detail } = row
      const [before = '', after = ''] = around
      const text = Buffer.concat([
        ...[mark, Buffer.from(`${before}\r\n${line('a')},\r\n`), bytes],
        Buffer.from(`,${line('b')}${after}`),
      ])
      const { rows } = await read({ users: text })
      expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
        'a@example.com',
        { file: 'users', line: 2, error: { field: '', code, detail } },
        'b@example.com',
      ])
    },
  )

  it('O27: an element that is not JSON is a row error', async () => {
    const { rows } = await read({ users: `[${line('a')}, {"email": }, nonsense, ${line('b')}]` })
    const error = { field: '', code: 'not_json', detail: 'is not JSON' }
    expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
      'a@example.com',
      { file: 'users', line: 2, error },
      { file: 'users', line: 3, error },
      'b@example.com',
    ])
  })

  it('that is cut short: those before are read, and the last is a row error', async () => {
    const { rows } = await read({ users: `[${line('a')}, ${line('b').slice(0, -5)}` })
    expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
      'a@example.com',
      {
        file: 'users',
        line: 2,
        error: {
          field: '',
          code: 'not_json',
          detail: 'is not whole: the file ends within it',
        },
      },
    ])
  })

  it('brackets, quotes and backslashes in strings are no structure', async () => {
    const name = '],[}{"\\"\\\\",'
    const { rows } = await read({ users: JSON.stringify([{ ...user('a'), name }, user('b')]) })
    expect(rows.map((each) => ('person' in each ? each.person.name : each))).toEqual([
      name,
      undefined,
    ])
  })

  it('pages of a listing one behind the other are read as one', async () => {
    const page = (name: string) => JSON.stringify({ users: [user(name)] }, null, 1)
    const { rows } = await read({ users: `${page('a')}\n${page('b')}` })
    expect(rows.map((each) => each.line)).toEqual([1, 2])
  })
})

describe('csv', () => {
  const csv = (...records: (string | Buffer)[]) =>
    Buffer.concat(
      ['id,email', ...records, '9,z@example.com'].flatMap((each) => [
        typeof each === 'string' ? Buffer.from(each) : each,
        Buffer.from('\r\n'),
      ]),
    )
  const cases = [
    {
      name: 'invalid UTF-8',
      record: Buffer.concat([Buffer.from('1,a'), Buffer.of(0xe9), Buffer.from('@example.com')]),
      code: 'not_utf8',
      detail: 'is not UTF-8',
    },
    { name: 'a NUL byte', record: '1,a\0@example.com', code: 'nul', detail: 'has a NUL character' },
    {
      name: 'a line of 2 MiB',
      record: `1,${'a'.repeat(2 * 1024 * 1024)}`,
      code: 'too_long',
      detail: 'has more than 1048576 bytes',
    },
    {
      name: 'a cell too many',
      record: '1,a@example.com,x',
      code: 'columns',
      detail: 'has 3 cells, and the header 2',
    },
    {
      name: 'a quote that is never closed',
      record: '1,"a@example.com',
      code: 'not_csv',
      detail: 'has a quote that is never closed',
    },
    {
      name: 'text behind a closing quote',
      record: '1,"a"@example.com',
      code: 'not_csv',
      detail: 'has text behind a closing quote',
    },
  ]

  it.each(cases)('O27: $name is a row error with its line, and others go on', async (row) => {
    const { rows } = await read({
      users: Buffer.concat([mark, csv('0,y@example.com', row.record)]),
    })
    const { code, detail } = row
    expect(rows.map((each) => ('person' in each ? each.person.email : each))).toEqual([
      'y@example.com',
      { file: 'users', line: 3, error: { field: '', code, detail } },
      'z@example.com',
    ])
  })

  it('O27: a header that is broken is one row error, and no record is taken for it', async () => {
    const text = Buffer.concat([Buffer.of(0xff), Buffer.from('id,email\nemail,username\n1,ada\n')])
    const { rows } = await read({ users: text }, { source: 'csv' })
    expect(rows).toEqual([
      { file: 'users', line: 1, error: { field: '', code: 'not_utf8', detail: 'is not UTF-8' } },
    ])
  })

  it('O27: a column __proto__ is a row error of each row', async () => {
    const { rows } = await read({ users: 'id,email,__proto__\n1,a@example.com,x\n' })
    expect(rows).toEqual([
      {
        file: 'users',
        line: 2,
        error: { field: '', code: 'proto', detail: 'has a column __proto__' },
      },
    ])
  })

  it('a record of several lines has the number of its first; blank lines are none', async () => {
    const { rows } = await read({
      users: csv('1,"a@example.com"', '', '"2\r\n\r\n2",b@example.com', '3,5" c@example.com'),
    })
    expect(
      rows.map((each) =>
        'person' in each ? { line: each.line, id: each.person.external_id } : each,
      ),
    ).toEqual([
      { line: 2, id: '1' },
      { line: 4, id: '2\n\n2' },
      { line: 7, id: '3' },
      { line: 8, id: '9' },
    ])
  })

  it('a quote that is closed by that of another record loses its own line alone', async () => {
    const { rows } = await read({
      users: csv('1,"a@example.com', '2,b@example.com', '3,",c@example.com'),
    })
    expect(rows.map((each) => ('person' in each ? each.person.email : each.line))).toEqual([
      ...[2, 'b@example.com', 4, 'z@example.com'],
    ])
  })

  it('a line that is no text ends a quote that is open, and loses no other record', async () => {
    const { rows } = await read({
      users: csv('1,"a@example.com', '2,b@example.com', Buffer.of(0xff), '3,c@example.com'),
    })
    expect(
      rows.map((each) => ('error' in each ? [each.line, each.error.code] : each.line)),
    ).toEqual([[2, 'not_csv'], 3, [4, 'not_utf8'], 5, 6])
  })

  it('many quotes that are never closed are one row error each', async () => {
    const records = Array.from({ length: 501 }, (_, index) => `${index},"${index}@example.com`)
    const { rows } = await read({
      users: csv(...records.flatMap((each) => [each, 'a,b@example.com'])),
    })
    expect(rows).toHaveLength(1003)
    expect(rows.filter((each) => 'error' in each)).toHaveLength(501)
  })
})

describe('a file', () => {
  it('is read packed, whatever its name', async () => {
    const { rows } = await read({ users: gzipSync(jsonLines(user('a'), user('b'))) })
    expect(rows).toHaveLength(2)
  })

  it('is refused if it is a gzip file that is cut short', async () => {
    const packed = gzipSync(jsonLines(user('a')))
    await expect(read({ users: packed.subarray(0, -10) })).rejects.toThrow(
      'users is not a whole gzip file',
    )
  })

  it.each([0xff, 0xfe])('is refused if it is UTF-16 (%i)', async (byte) => {
    const text = Buffer.concat([
      Buffer.of(byte, byte === 0xff ? 0xfe : 0xff),
      Buffer.from('a\0b\0'),
    ])
    await expect(read({ users: text })).rejects.toThrow('users is UTF-16: save it as UTF-8')
  })

  it.each(['', '\n\n', mark])('is refused if it is empty', async (text) => {
    await expect(read({ users: text })).rejects.toThrow('users is empty')
  })

  it('of one character is no file of users', async () => {
    await expect(read({ users: 'x' })).rejects.toThrow('users is not recognised')
  })

  it('is refused beside a file of another source', async () => {
    await expect(
      read({ one: jsonLines(user('a')), two: 'email\nb@example.com\n' }),
    ).rejects.toThrow('two comes from csv, and others from auth0: import each source by itself')
  })

  it('may be one of many of one source', async () => {
    const { rows } = await read({ one: jsonLines(user('a')), two: jsonLines(user('b')) })
    expect(rows.map(({ file, line: number }) => ({ file, line: number }))).toEqual([
      { file: 'one', line: 1 },
      { file: 'two', line: 1 },
    ])
  })
})
