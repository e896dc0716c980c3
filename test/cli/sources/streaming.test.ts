// Memory does not grow with the file: a row is handed on before the next is read.
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readCsv } from '../../../src/cli/sources/csv-records.ts'
import { readFirebaseCsv } from '../../../src/cli/sources/firebase-csv.ts'
import { readJsonDocument } from '../../../src/cli/sources/json-document.ts'
import { readLdif } from '../../../src/cli/sources/ldif-entries.ts'
import { readJsonLines } from '../../../src/cli/sources/lines.ts'
import { openSource } from '../../../src/cli/sources/open-source.ts'
import type { Entry } from '../../../src/cli/sources/source.ts'
import { now } from './rows.ts'

const rows = 100_000

// Where the machine is busy.
const patience = { timeout: 60_000 }

type Form = {
  read: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Entry>
  first?: string
  row: (index: number) => string
  last?: string
}

const forms: Record<string, Form> = {
  lines: { read: readJsonLines, row: (index) => `{"user_id":"auth0|${index}"}\n` },
  array: { read: readJsonDocument, first: '[0', row: (index) => `,{"id":${index}}`, last: ']' },
  users: {
    read: readJsonDocument,
    first: '{"realm":"a","users":[0',
    row: (index) => `,{"id":${index}}`,
    last: ']}',
  },
  csv: { read: readCsv, first: 'id,name\n', row: (index) => `${index},"a\nb"\n` },
  firebase: { read: readFirebaseCsv, row: (index) => `${index},,true${','.repeat(26)}\n` },
  ldif: { read: readLdif, row: (index) => `dn: uid=${index}\nuid: ${index}\n\n` },
}

it.each(Object.entries(forms))(
  '100,000 rows of %s: one is held at a time',
  patience,
  async (_, form) => {
    let given = 0
    async function* bytes() {
      if (form.first !== undefined) yield Buffer.from(form.first)
      for (; given < rows; given += 1) yield Buffer.from(form.row(given))
      if (form.last !== undefined) yield Buffer.from(form.last)
    }
    let taken = 0
    let held = 0
    for await (const entry of form.read(bytes())) {
      if (!('members' in entry)) continue
      taken += 1
      held = Math.max(held, given + 1 - taken)
    }
    expect({ taken, held: held <= 2 }).toEqual({ taken: rows, held: true })
  },
)

it('a quote that is never closed is known after 200 lines, and not at the end', async () => {
  let given = 0
  async function* bytes() {
    yield Buffer.from('id,name\n0,"open\n')
    for (; given < rows; given += 1) yield Buffer.from(`${given},x\n`)
  }
  for await (const entry of readCsv(bytes())) {
    expect({ entry, isEarly: given < 250 }).toEqual({
      entry: {
        line: 2,
        problem: { field: '', code: 'not_csv', detail: 'has a quote that is never closed' },
      },
      isEarly: true,
    })
    break
  }
})

it('100,000 lines of a file are 100,000 people', patience, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sources-'))
  try {
    const path = join(folder, 'users')
    const file = await open(path, 'w')
    for (let at = 0; at < rows; at += 1000) {
      const lines = Array.from({ length: 1000 }, (_, index) => {
        const id = `auth0|${at + index}`
        return `${JSON.stringify({ user_id: id, email: `${at + index}@example.com` })}\n`
      })
      await file.write(lines.join(''))
    }
    await file.close()
    const { rows: read } = await openSource([path], { now })
    let people = 0
    for await (const row of read) {
      people += 'person' in row && row.person.line === people + 1 ? 1 : 0
    }
    expect(people).toBe(rows)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
