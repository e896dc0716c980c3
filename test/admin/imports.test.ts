// The import protocol: section 7 of the operator's side, rows O24, O27, O28, O33 and O34.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass } from '../openid/flow.ts'
import { assertionOf, registerKeyClient } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { post, read } from '../support/http.ts'
import {
  beginImport,
  importRows,
  linesOf,
  newRow,
  report,
  sendChunk,
  userNamed,
} from '../support/imports.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { invalid, problem } from './operator.ts'

afterEach(backToNow)

const runOf = async (id: string) =>
  (await admin('GET', `/imports/${id}`)).json<Record<string, unknown>>()

const taken = (line: number, field: string) => ({
  line,
  field,
  detail: 'is the username, the email or the sub of another user',
  code: 'taken',
})

describe('an import', () => {
  it('is begun, takes in chunks, is finished, and can be read', async () => {
    const sourceId = crypto.randomUUID()
    const begun = await admin('POST', '/imports', { source: 'csv', source_id: sourceId })
    const run = await begun.json<{ id: string; started_at: number }>()
    const first = {
      id: run.id,
      source: 'csv',
      source_id: sourceId,
      on_existing: 'skip',
      dry_run: false,
      keep_sub: false,
      match_email: false,
      match_username: false,
      admin_roles: false,
      ask: null,
      state: 'running',
      rows: 0,
      created: 0,
      updated: 0,
      skipped: 0,
      failed: 0,
      reset: 0,
      links: 0,
      totp: 0,
      started_at: run.started_at,
      finished_at: null,
      undone_at: null,
    }
    expect({
      status: begun.status,
      location: begun.headers.get('Location'),
      run,
    }).toEqual({
      status: 201,
      location: `http://localhost:8787/admin/v1/imports/${run.id}`,
      run: { ...first, ask_key: null },
    })
    const rows = [newRow(), newRow({ line: 2 }), newRow({ line: 3, username: 'two  spaces' })]
    await importRows(run.id, rows)
    const counted = { ...first, rows: 3, created: 2, failed: 1 }
    expect(await runOf(run.id)).toEqual(counted)
    const finished = { ...counted, state: 'finished', finished_at: expect.any(Number) }
    expect(await read(await admin('POST', `/imports/${run.id}/finish`))).toEqual({
      status: 200,
      body: finished,
    })
    const { items } = await (await admin('GET', '/imports?limit=500')).json<{ items: object[] }>()
    expect(items).toContainEqual(finished)
  })

  it('creates users with all that a row says', async () => {
    const id = await beginImport()
    const row = newRow({
      email: `${crypto.randomUUID()}@example.com`,
      email_verified: true,
      name: 'Grace Hopper',
      disabled: true,
      created_at: 1_500_000_000,
      claims: { locale: 'en' },
      roles: ['editor'],
    })
    expect(await importRows(id, [row])).toEqual(report({ created: 1 }))
    expect(await userNamed(row.username)).toEqual({
      id: expect.any(Number),
      sub: expect.stringMatching(/^usr_[\w-]{22}$/),
      username: row.username,
      email: row.email,
      email_verified: true,
      name: 'Grace Hopper',
      role: 'editor',
      scope: null,
      claims: { locale: 'en' },
      disabled: true,
      password: 'none',
      totp: false,
      passkey: false,
      last_signed_in_at: null,
      source_id: expect.any(String),
      external_id: row.external_id,
      import_id: id,
      managed_by: null,
      delete_at: null,
      created_at: 1_500_000_000,
      updated_at: expect.any(Number),
    })
  })

  it('names a user by the e-mail address or the external id where the row has no username', async () => {
    const id = await beginImport()
    const email = `${crypto.randomUUID()}@example.com`
    const externalId = crypto.randomUUID()
    await importRows(id, [
      { line: 1, external_id: crypto.randomUUID(), email },
      { line: 2, external_id: externalId },
    ])
    const byId = `user-${externalId}`
    expect({
      byEmail: (await userNamed(email))?.email,
      byId: (await userNamed(byId))?.username,
    }).toEqual({ byEmail: email, byId })
  })

  it('gives several roles as the claim roles', async () => {
    const id = await beginImport()
    const row = newRow({ roles: ['editor', 'reader'] })
    await importRows(id, [row])
    expect(await userNamed(row.username)).toMatchObject({
      role: 'editor',
      claims: { roles: ['editor', 'reader'] },
    })
  })

  it('makes nobody an administrator of this server unless it is told to', async () => {
    const [usual, told] = [await beginImport(), await beginImport({ admin_roles: true })]
    const rows = [newRow({ roles: ['admin'] }), newRow({ line: 2, roles: ['admin-read', 'x'] })]
    const answer = await importRows(usual, rows)
    const others = [newRow({ roles: ['admin'] })]
    await importRows(told, others)
    const fault = (line: number) => ({
      line,
      field: 'roles',
      detail: 'has a role that administers this server, which the import does not give',
      code: 'admin_role',
    })
    const roleOf = async (username = '') => (await userNamed(username))?.role
    expect({
      answer,
      roles: await Promise.all([...rows, ...others].map(({ username }) => roleOf(username))),
    }).toEqual({
      answer: report({ created: 2, errors: [fault(1), fault(2)] }),
      roles: [null, 'x', 'admin'],
    })
  })
})

describe('a chunk', () => {
  it('O24: sent again gets its first report, and creates nobody twice', async () => {
    const id = await beginImport()
    const rows = [newRow(), newRow({ line: 2 })]
    const first = await importRows(id, rows)
    expect({ again: await importRows(id, rows), run: (await runOf(id)).created }).toEqual({
      again: first,
      run: 2,
    })
  })

  it('O33: of a number that other bytes have is 409', async () => {
    const id = await beginImport()
    await importRows(id, [newRow()])
    const other = newRow()
    expect(await read(await sendChunk(id, 1, linesOf([other])))).toEqual(
      problem(409, 'a chunk of this number with other rows has been imported'),
    )
    expect(await userNamed(other.username)).toBeUndefined()
  })

  it('after the finish is 409, and so is one after the undoing', async () => {
    const [finished, undone] = [await beginImport(), await beginImport()]
    await admin('POST', `/imports/${finished}/finish`)
    await admin('DELETE', `/imports/${undone}`)
    const ended = problem(409, 'the import has ended')
    expect({
      finished: await read(await sendChunk(finished, 1, linesOf([newRow()]))),
      undone: await read(await sendChunk(undone, 1, linesOf([newRow()]))),
    }).toEqual({ finished: ended, undone: ended })
  })

  it('of another type, length or import is refused', async () => {
    const id = await beginImport()
    const line = `${JSON.stringify(newRow())}\n`
    const type = { 'Content-Type': 'application/json' }
    const plain = newRow({ password: { plain: 'correct horse' } })
    const answers = {
      type: await read(await sendChunk(id, 1, line, undefined, type)),
      lines: await read(await sendChunk(id, 1, line.repeat(501))),
      bytes: (await sendChunk(id, 1, 'x'.repeat(1_048_577))).status,
      plain: await read(await sendChunk(id, 1, linesOf(Array(21).fill(plain)))),
      number: await read(await sendChunk(id, 0, line)),
      unknown: await read(await sendChunk(crypto.randomUUID(), 1, line)),
    }
    expect(answers).toEqual({
      type: problem(415, 'send the rows with the header Content-Type: application/x-ndjson'),
      lines: invalid({ field: '', detail: 'must have at most 500 lines' }),
      bytes: 413,
      plain: invalid({
        field: '',
        detail: 'must have at most 20 passwords in clear, which take time to hash',
      }),
      number: problem(404, 'no such chunk'),
      unknown: problem(404, 'no such import'),
    })
  })
})

it('cron deletes chunks after 30 days, and what dry runs have claimed after two', async () => {
  const [real, dry] = [await beginImport(), await beginImport({ dry_run: true })]
  await importRows(real, [newRow()])
  await importRows(dry, [newRow()])
  const left = async (table: 'import_chunks' | 'import_claims', id: string) => {
    await new Server().cron()
    const query = `SELECT COUNT(*) AS count FROM ${table} WHERE id > ?1 AND id < ?2`
    const row = await env.DB.prepare(query).bind(`${id}/`, `${id}0`).first<{ count: number }>()
    return row?.count
  }
  const first = {
    chunks: await left('import_chunks', real),
    claims: await left('import_claims', dry),
  }
  pass(2 * 86_400 + 1)
  const later = {
    chunks: await left('import_chunks', real),
    claims: await left('import_claims', dry),
  }
  pass(28 * 86_400)
  expect({ first, later, last: await left('import_chunks', real) }).toEqual({
    first: { chunks: 1, claims: 2 },
    later: { chunks: 1, claims: 0 },
    last: 0,
  })
})

describe('O27: a line', () => {
  const withText = (text: string) => JSON.stringify(newRow({ line: 7 })).replace('{', `{${text}`)

  it.each([
    ['is not JSON', '{"line":7,', '', 'is not valid JSON'],
    ['is no object', '[7]', '', 'is not a JSON object'],
    ['has a NUL', withText('"name":"a\\u0000b",'), 'name', 'contains a NUL character'],
    [
      'has a lone surrogate',
      withText('"name":"\\ud800",'),
      'name',
      'contains an unpaired surrogate',
    ],
    ['has __proto__', withText('"__proto__":{"a":1},'), '__proto__', 'is not supported'],
    [
      'has a name twice',
      withText('"name":"a","name":"b",'),
      '',
      'has a duplicate name in an object',
    ],
    [
      'is longer than 64 KiB',
      withText(`"x":"${'x'.repeat(65_536)}",`),
      '',
      'has more than 65536 bytes',
    ],
    ['has an unknown member', withText('"nickname":"x",'), 'nickname', 'is not supported'],
    ['has a bad address', withText('"email":"nobody",'), 'email', 'is not an address'],
  ])('that %s is reported, and the others go on', async (_name, text, field, detail) => {
    const id = await beginImport()
    const [before, after] = [newRow({ line: 6 }), newRow({ line: 8 })]
    const body = `${JSON.stringify(before)}\n${text}\n${JSON.stringify(after)}\n`
    const answer = await (await sendChunk(id, 1, body)).json<object>()
    // A line that says nothing of the file is named by its place in the chunk.
    const line = text === '[7]' ? 2 : 7
    const errors = [{ line, field, detail, code: 'invalid' }]
    expect(answer).toEqual(report({ created: 2, failed: 1, errors }))
  })

  it('with a thousand unknown members adds five faults to the report', async () => {
    const id = await beginImport()
    const unknown = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${'x'.repeat(40)}${index}`, 1]),
    )
    const answer = await importRows(id, [newRow(unknown)])
    expect({ failed: answer.failed, errors: answer.errors.length }).toEqual({
      failed: 1,
      errors: 5,
    })
  })

  it('that is not UTF-8 is reported by its place in the chunk', async () => {
    const id = await beginImport()
    const bytes = new TextEncoder().encode(linesOf([newRow(), newRow({ line: 2, name: 'x' })]))
    bytes[bytes.lastIndexOf('x'.charCodeAt(0))] = 0xff
    const answer = await (await sendChunk(id, 1, bytes)).json<object>()
    const errors = [{ line: 2, field: '', detail: 'is not valid UTF-8', code: 'invalid' }]
    expect(answer).toEqual(report({ created: 1, failed: 1, errors }))
  })

  it('after a byte order mark, with CRLF or behind blank lines is accepted', async () => {
    const id = await beginImport()
    const [one, other] = [newRow(), newRow({ line: 2 })].map((row) => JSON.stringify(row))
    const answer = await (await sendChunk(id, 1, `\ufeff${one}\r\n\r\n\n${other}`)).json<object>()
    expect(answer).toEqual(report({ created: 2 }))
  })
})

describe('O28: a name that another user has', () => {
  it('in the same chunk is an error of the second row, and 499 are in', async () => {
    const id = await beginImport()
    const email = `${crypto.randomUUID()}@example.com`
    const rows = Array.from({ length: 500 }, (_, index) => newRow({ line: index + 1 }))
    Object.assign(rows[10] ?? {}, { email })
    Object.assign(rows[400] ?? {}, { email: email.toUpperCase() })
    expect(await importRows(id, rows)).toEqual(
      report({ created: 499, failed: 1, errors: [taken(401, 'email')] }),
    )
  })

  it('in another chunk is an error of the second row', async () => {
    const id = await beginImport()
    const email = `${crypto.randomUUID()}@example.com`
    await importRows(id, [newRow({ email })])
    const second = newRow({ line: 2, email: email.toUpperCase() })
    expect(await importRows(id, [second, newRow({ line: 3 })], 2)).toEqual(
      report({ created: 1, failed: 1, errors: [taken(2, 'email')] }),
    )
  })

  it("as a username that is another's e-mail address is an error", async () => {
    const id = await beginImport()
    const { email } = await registerUser()
    const address = `${crypto.randomUUID()}@example.com`
    const rows = [
      newRow({ username: email.toUpperCase() }),
      newRow({ line: 2, email: address }),
      newRow({ line: 3, username: address }),
    ]
    expect(await importRows(id, rows)).toEqual(
      report({ created: 1, failed: 2, errors: [taken(1, 'username'), taken(3, 'username')] }),
    )
  })

  it('is an error of a dry run, too, which writes nobody', async () => {
    const id = await beginImport({ dry_run: true })
    const row = newRow({ email: `${crypto.randomUUID()}@example.com` })
    await importRows(id, [row])
    const again = { ...row, line: 2 }
    const other = newRow({ line: 3, email: row.email })
    expect({
      second: await importRows(id, [again, other], 2),
      user: await userNamed(row.username),
    }).toEqual({
      second: report({
        failed: 2,
        errors: [
          {
            line: 2,
            field: 'external_id',
            detail: 'is in an earlier row of this import',
            code: 'duplicate',
          },
          taken(3, 'email'),
        ],
      }),
      user: undefined,
    })
  })
})

describe('undoing an import', () => {
  it('O34: deletes who never signed in, and names the others', async () => {
    const client = await registerClient()
    const id = await beginImport()
    const password = 'correct horse battery'
    const rows = Array.from({ length: 1_000 }, (_, index) =>
      newRow({ line: index + 1, ...(index < 10 ? { password: { plain: password } } : {}) }),
    )
    await importRows(id, rows.slice(0, 500))
    await importRows(id, rows.slice(500), 2)
    const signedIn = rows.slice(0, 10)
    for (const { username } of signedIn) {
      expect((await passwordGrant(client, { username, password })).status).toBe(200)
    }
    const kept = await Promise.all(
      signedIn.map(async ({ username }) => ({
        id: (await userNamed(username))?.id,
        username,
        reason: 'signed_in',
      })),
    )
    const undone = await read(await admin('DELETE', `/imports/${id}`))
    expect(undone).toEqual({ status: 200, body: { removed: 990, kept, kept_count: 10 } })
    expect({
      again: (await read(await admin('DELETE', `/imports/${id}`))).body,
      state: (await runOf(id)).state,
      // The names are free.
      name: (await admin('POST', '/users', { username: rows[50]?.username })).status,
    }).toEqual({ again: { removed: 0, kept, kept_count: 10 }, state: 'undone', name: 201 })
  })

  it('O34: keeps whom a client has got tokens for, also once the grant has expired', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    const keyed = await registerKeyClient({ grant_types: [grant_type] })
    const id = await beginImport()
    const row = newRow()
    await importRows(id, [row])
    const assertion = await assertionOf(keyed, { sub: row.username })
    const { status } = await post('/oauth2/token', { grant_type, assertion })
    const user = await userNamed(row.username)
    await env.DB.prepare('DELETE FROM grants WHERE user_id = ?1').bind(user?.id).run()
    const { body } = await read(await admin('DELETE', `/imports/${id}`))
    const kept = [{ id: user?.id, username: row.username, reason: 'signed_in' }]
    expect({ status, body }).toEqual({ status: 200, body: { removed: 0, kept, kept_count: 1 } })
  })

  it('O34: leaves nothing of whom it deletes: no name, no provider link, no reset link', async () => {
    const id = await beginImport()
    const links = [{ issuer: 'https://accounts.example', subject: crypto.randomUUID() }]
    const row = newRow({ links })
    await importRows(id, [row])
    const user = await userNamed(row.username)
    await admin('POST', `/users/${user?.id}/reset`)
    const left = async () => {
      const tables = ['login_names', 'provider_links', 'mail_actions']
      const counts = tables.map(async (table) => {
        const found = await env.DB.prepare(`SELECT 1 FROM ${table} WHERE user_id = ?1`)
          .bind(user?.id)
          .all()
        return [table, found.results.length]
      })
      return Object.fromEntries(await Promise.all(counts))
    }
    const before = await left()
    await admin('DELETE', `/imports/${id}`)
    expect({ before, after: await left() }).toEqual({
      before: { login_names: 1, provider_links: 1, mail_actions: 1 },
      after: { login_names: 0, provider_links: 0, mail_actions: 0 },
    })
  })

  it('of a dry run is 409, and of no import 404', async () => {
    const id = await beginImport({ dry_run: true })
    expect({
      dry: await read(await admin('DELETE', `/imports/${id}`)),
      none: await read(await admin('DELETE', `/imports/${crypto.randomUUID()}`)),
    }).toEqual({
      dry: problem(409, 'a dry run has created nobody'),
      none: problem(404, 'no such import'),
    })
  })

  it('is in the audit log, as are the beginning and the end', async () => {
    const id = await beginImport()
    await importRows(id, [newRow()])
    await admin('POST', `/imports/${id}/finish`)
    await admin('DELETE', `/imports/${id}`)
    const found = await Promise.all(
      ['import.started', 'import.finished', 'import.undone'].map(async (kind) => {
        const answer = await admin('GET', `/events?kind=${kind}&limit=50`)
        const { items } = await answer.json<{ items: { detail: Record<string, unknown> }[] }>()
        return items.filter(({ detail }) => detail.import === id).map(({ detail }) => detail)
      }),
    )
    const detail = { import: id, source: 'csv', source_id: expect.any(String), dry_run: false }
    const counts = { created: 1, updated: 0, skipped: 0, failed: 0 }
    expect(found).toEqual([[detail], [{ ...detail, ...counts }], [detail]])
  })
})

describe('the imported TOTP secret of a user', () => {
  it('is removed with the second factors, which is noted once', async () => {
    const id = await beginImport()
    const row = newRow({ totp: 'JBSWY3DPEHPK3PXP' })
    await importRows(id, [row])
    const user = await userNamed(row.username)
    const path = `/users/${String(Object(user).id)}`
    const remove = async () => (await admin('DELETE', `${path}/second-factors`)).status
    const stored = async () =>
      env.DB.prepare('SELECT sealed_totp IS NOT NULL AS has FROM users WHERE username = ?1')
        .bind(row.username)
        .first()
    const before = await stored()
    const statuses = [await remove(), await remove()]
    const { items } = await (
      await admin('GET', `${path}/events?kind=user.second-factors-removed`)
    ).json<{ items: unknown[] }>()
    expect({ before, statuses, after: await stored(), noted: items.length }).toEqual({
      before: { has: 1 },
      statuses: [204, 204],
      after: { has: 0 },
      noted: 1,
    })
    expect((await admin('DELETE', '/users/999999999/second-factors')).status).toBe(404)
  })
})
