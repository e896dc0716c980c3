// Chunks beside each other and beside other writers: nobody is created twice, and nobody is lost.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { atCall, noFault, Server } from '../support/faults.ts'
import { beginImport, importRows, linesOf, newRow, report, sendChunk } from '../support/imports.ts'
import { admin } from '../support/registry.ts'

const rowsOf = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => newRow({ line: from + index }))

const countOf = async (id: string): Promise<number> => {
  const row = await env.DB.prepare('SELECT COUNT(*) AS count FROM users WHERE import_id = ?1')
    .bind(id)
    .first<{ count: number }>()
  return row?.count ?? -1
}

describe('at the same time', () => {
  it('O24: ten times the same chunk create its users once', async () => {
    const id = await beginImport()
    const rows = rowsOf(50)
    const answers = await Promise.all(Array.from({ length: 10 }, () => importRows(id, rows)))
    expect({ answers, count: await countOf(id) }).toEqual({
      answers: Array(10).fill(report({ created: 50 })),
      count: 50,
    })
  })

  it('two chunks with one name in common lose one row, and no other', async () => {
    const id = await beginImport()
    const [one, other] = [rowsOf(50), rowsOf(50, 51)]
    Object.assign(other[7] ?? {}, { username: one[3]?.username })
    const answers = await Promise.all([importRows(id, one), importRows(id, other, 2)])
    const failures = answers.flatMap(({ errors }) => errors.map(({ code }) => code))
    expect({
      created: answers.reduce((sum, { created }) => sum + created, 0),
      failures,
      count: await countOf(id),
    }).toEqual({ created: 99, failures: ['taken'], count: 99 })
  })

  it('a chunk and users who are created with its names lose no other row', async () => {
    const id = await beginImport()
    const rows = rowsOf(50)
    const contested = rows.slice(0, 5)
    const [answer, ...created] = await Promise.all([
      importRows(id, rows),
      ...contested.map(({ username }) => admin('POST', '/users', { username })),
    ])
    const first = created.filter(({ status }) => status === 201).length
    expect({ created: answer.created, failed: answer.failed, count: await countOf(id) }).toEqual({
      created: 50 - first,
      failed: first,
      count: 50 - first,
    })
  })

  it('a chunk and the end of its import: either it is in and counted, or it is not', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const id = await beginImport()
        const [answer] = await Promise.all([
          sendChunk(id, 1, linesOf(rowsOf(5))),
          admin('POST', `/imports/${id}/finish`),
        ])
        const run = await (await admin('GET', `/imports/${id}`)).json<{ created: number }>()
        return { status: answer.status, created: run.created, count: await countOf(id) }
      }),
    )
    const possible = [
      { status: 200, created: 5, count: 5 },
      { status: 409, created: 0, count: 0 },
    ]
    for (const outcome of outcomes) expect(possible).toContainEqual(outcome)
  })
})

describe('a chunk of 500', () => {
  it('costs two waits for storage, one batch that reads and one that writes', async () => {
    const id = await beginImport()
    const server = new Server()
    await importRows(id, rowsOf(1), 1, server.fetch)
    server.plan(noFault)
    await importRows(id, rowsOf(500, 2), 2, server.fetch)
    const { waits, calls } = server
    expect({ waits, calls: calls.length }).toEqual({ waits: 2, calls: 2 })
  })

  it('writes 13 rows of D1 for each user with a username and an e-mail address', async () => {
    const id = await beginImport()
    const server = new Server()
    const rows = rowsOf(500).map((row) => ({ ...row, email: `${row.username}@example.com` }))
    await importRows(id, rows, 1, server.fetch)
    expect(Math.floor(server.rowsWritten / 500)).toBe(13)
  })

  it.each(['fails', 'fails after the commit'] as const)(
    'whose batch %s is 503, and sent again it is in once',
    async (fault) => {
      const id = await beginImport()
      const server = new Server()
      const body = linesOf(rowsOf(20))
      server.plan(atCall(1, fault))
      const failed = await sendChunk(id, 1, body, server.fetch)
      server.plan(noFault)
      const again = await sendChunk(id, 1, body, server.fetch)
      const answer = await again.json()
      expect({ failed: failed.status, answer, count: await countOf(id) }).toEqual({
        failed: 503,
        answer: report({ created: 20 }),
        count: 20,
      })
    },
  )
})
