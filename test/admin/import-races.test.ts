// Chunks beside each other and beside other writers: nobody is created twice, and nobody is lost.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { atCall, noFault, Server } from '../support/faults.ts'
import {
  beginImport,
  importRows,
  linesOf,
  newRow,
  report,
  sendChunk,
  userNamed,
  type Report,
} from '../support/imports.ts'
import { admin, registerClient } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'

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
})

describe('between the batch that reads for a chunk and the batch that writes it', () => {
  /** Sends rows, and does something else before they are written for the first time. */
  async function importAfter(
    id: string,
    rows: readonly object[],
    meanwhile: () => Promise<Response>,
  ): Promise<Response> {
    const server = new Server()
    server.plan(async (_call, nth) => {
      if (nth === 1) await meanwhile()
      return null
    })
    return sendChunk(id, 1, linesOf(rows), server.fetch)
  }

  it('a name that somebody takes costs its row alone', async () => {
    const id = await beginImport()
    const rows = rowsOf(20)
    const username = rows[4]?.username
    const answer = await importAfter(id, rows, () => admin('POST', '/users', { username }))
    const { created, errors } = await answer.json<Report>()
    expect({ created, errors, count: await countOf(id) }).toMatchObject({
      created: 19,
      errors: [{ line: 5, field: 'username', code: 'taken' }],
      count: 19,
    })
  })

  it('an import that ends takes in nothing', async () => {
    const id = await beginImport()
    const answer = await importAfter(id, rowsOf(20), () => admin('POST', `/imports/${id}/finish`))
    expect({ status: answer.status, count: await countOf(id) }).toEqual({ status: 409, count: 0 })
  })

  it('a user who is changed keeps that change beside the update', async () => {
    const source = crypto.randomUUID()
    const row = newRow()
    await importRows(await beginImport({ source_id: source }), [row])
    const user = await userNamed(row.username)
    const update = await beginImport({ source_id: source, on_existing: 'update' })
    const claims = { imported: true }
    const answer = await importAfter(update, [{ ...row, claims }], () =>
      admin('PATCH', `/users/${user?.id}`, { claims: { changed: true }, name: 'Changed' }),
    )
    expect({ answer: await answer.json(), user: await userNamed(row.username) }).toMatchObject({
      answer: report({ updated: 1 }),
      user: { name: 'Changed', claims: { imported: true, changed: true } },
    })
  })

  it('a user who is deleted is created anew by the update', async () => {
    const source = crypto.randomUUID()
    const row = newRow()
    await importRows(await beginImport({ source_id: source }), [row])
    const user = await userNamed(row.username)
    const update = await beginImport({ source_id: source, on_existing: 'update' })
    const answer = await importAfter(update, [row], () => admin('DELETE', `/users/${user?.id}`))
    expect({
      answer: await answer.json(),
      isThere: (await userNamed(row.username)) !== undefined,
    }).toEqual({
      answer: report({ created: 1 }),
      isThere: true,
    })
  })

  it('whoever signs in for the first time keeps their password', async () => {
    const client = await registerClient()
    const source = crypto.randomUUID()
    const row = newRow({ password: { plain: 'the first password' } })
    await importRows(await beginImport({ source_id: source }), [row])
    const signIn = (password: string) => passwordGrant(client, { username: row.username, password })
    const update = await beginImport({ source_id: source, on_existing: 'update' })
    const changed = { ...row, password: { plain: 'the second password' } }
    await importAfter(update, [changed], () => signIn('the first password'))
    expect((await signIn('the first password')).status).toBe(200)
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
