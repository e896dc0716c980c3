// Finding users and clients: section 3 of the operator's side, rows O16 and O17.
import { describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { read } from '../support/http.ts'
import { admin, patchUser, registerClient, registerUser } from '../support/registry.ts'
import { invalid } from './operator.ts'

type Page = { items: Record<string, unknown>[]; next_cursor: string | null }

const pageAt = async (path: string, query: Record<string, string>): Promise<Page> =>
  (await admin('GET', `${path}?${new URLSearchParams(query)}`)).json<Page>()

/** Every item of a query, two to a page. */
async function itemsAt(path: string, query: Record<string, string>) {
  const items: Record<string, unknown>[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await pageAt(path, { ...query, limit: '2', cursor })
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return items
}

const idsAt = async (query: Record<string, string>) =>
  (await itemsAt('/users', query)).map(({ id }) => id)

const clientsAt = async (query: Record<string, string>) =>
  (await itemsAt('/clients', query)).map(({ client_id }) => client_id)

const unique = () => crypto.randomUUID().slice(0, 13)

describe('A user is found', () => {
  it('by username and by e-mail address, however they are written, and by sub', async () => {
    const stem = unique()
    const user = await registerUser({ username: `Ada-${stem}`, email: `ada@${stem}.example` })
    expect({
      username: await idsAt({ username: `ADA-${stem}` }),
      email: await idsAt({ email: ` Ada@${stem}.example` }),
      sub: await idsAt({ sub: user.sub }),
      both: await idsAt({ username: `ada-${stem}`, email: `ada@${stem}.example` }),
    }).toEqual({ username: [user.id], email: [user.id], sub: [user.id], both: [user.id] })
  })

  it('by a username only as a username, and by an address only as an address', async () => {
    const stem = unique()
    await registerUser({ username: `ada-${stem}`, email: `ada@${stem}.example` })
    expect({
      username: await idsAt({ username: `ada@${stem}.example` }),
      email: await idsAt({ email: `ada-${stem}` }),
    }).toEqual({ username: [], email: [] })
  })

  it('once by how a name begins, in the order of the names, over all pages', async () => {
    const stem = unique()
    const names = ['e', 'b', 'd', 'a', 'c']
    const made = new Map<string, number>()
    for (const name of names) {
      const username = `${stem}-${name}`
      const user = await registerUser({ username, email: `${username}@${stem}.example` })
      made.set(name, user.id)
    }
    const inOrder = names.toSorted().map((name) => made.get(name))
    expect(await idsAt({ q: stem.toUpperCase() })).toEqual(inOrder)
  })

  it('by the id in another system, whichever it is, and by the import', async () => {
    const [externalId, importId] = [unique(), unique()]
    const [one, two, three] = [await registerUser(), await registerUser(), await registerUser()]
    for (const [{ id }, source, external] of [
      [one, 'acme', externalId],
      [two, 'umbrella', externalId],
      [three, 'acme', unique()],
    ] as const) {
      await env.DB.prepare(
        'UPDATE users SET source_id = ?2, external_id = ?3, import_id = ?4 WHERE id = ?1',
      )
        .bind(id, source, external, importId)
        .run()
    }
    await patchUser(three, { disabled: true })
    const [shown] = (await pageAt('/users', { external_id: externalId })).items
    expect({
      external: await idsAt({ external_id: externalId }),
      import: await idsAt({ import_id: importId }),
      both: await idsAt({ import_id: importId, disabled: 'true' }),
      none: await idsAt({ import_id: importId, role: 'nobody' }),
      shown: {
        source_id: shown?.['source_id'],
        external_id: shown?.['external_id'],
        import_id: shown?.['import_id'],
      },
    }).toEqual({
      external: [one.id, two.id],
      import: [one.id, two.id, three.id],
      both: [three.id],
      none: [],
      shown: { source_id: 'acme', external_id: externalId, import_id: importId },
    })
  })

  it('by role, by being disabled, and by both', async () => {
    const role = unique()
    const [one, two] = [await registerUser({ role }), await registerUser({ role })]
    await patchUser(two, { disabled: true })
    expect({
      role: await idsAt({ role }),
      disabled: await idsAt({ role, disabled: 'true' }),
      enabled: await idsAt({ role, disabled: 'false' }),
      isAmongDisabled: (await idsAt({ disabled: 'true' })).includes(two.id),
    }).toEqual({
      role: [one.id, two.id],
      disabled: [two.id],
      enabled: [one.id],
      isAmongDisabled: true,
    })
  })

  it('by when they were created, in that order', async () => {
    const [one, two, three] = [await registerUser(), await registerUser(), await registerUser()]
    for (const [{ id }, at] of [
      [three, 1_000],
      [one, 2_000],
      [two, 3_000],
    ] as const) {
      await env.DB.prepare('UPDATE users SET created_at = ?2 WHERE id = ?1').bind(id, at).run()
    }
    expect({
      before: await idsAt({ created_before: '3001' }),
      after: (await idsAt({ created_after: '2000' })).slice(0, 2),
      between: await idsAt({ created_after: '1001', created_before: '3000' }),
    }).toEqual({
      before: [three.id, one.id, two.id],
      after: [one.id, two.id],
      between: [one.id],
    })
  })

  it('O16: by q only as it is written: wildcards and quotes stand for themselves', async () => {
    const found = await Promise.all(['%%', '__', "''", '*%'].map((q) => idsAt({ q })))
    expect(found).toEqual([[], [], [], []])
  })

  it.each([
    ['of one character', 'x', 'must have at least 2 characters'],
    ['of one character and a space', 'x ', 'must have at least 2 characters'],
    ['of 400 characters', 'x'.repeat(400), 'must have at most 320 characters'],
  ])('O16: not by q %s: 400', async (_case, q, detail) => {
    const answer = await admin('GET', `/users?${new URLSearchParams({ q })}`)
    expect(await read(answer)).toEqual(invalid({ field: 'q', detail }))
  })

  it('O17: not with a cursor of another filter: 400', async () => {
    const role = unique()
    await registerUser({ role })
    await registerUser({ role })
    const { next_cursor: cursor } = await pageAt('/users', { role, limit: '1' })
    const answer = await admin('GET', `/users?cursor=${cursor}`)
    expect(await read(answer)).toEqual(
      invalid({ field: 'cursor', detail: 'is not the next_cursor of a page of this list' }),
    )
  })
})

describe('A client is found', () => {
  it('by how its name begins, in the order of the names, over all pages', async () => {
    const stem = unique()
    const made = new Map<string, string>()
    for (const name of ['e', 'B', 'd', 'A', 'c']) {
      const { client_id } = await registerClient({ client_name: `${stem} ${name}` })
      made.set(name, client_id)
    }
    const same = await registerClient({ client_name: `${stem} c` })
    const [c = '', alike] = [made.get('c'), same.client_id]
    expect(await clientsAt({ q: stem.toUpperCase() })).toEqual([
      made.get('A'),
      made.get('B'),
      ...[c, alike].toSorted(),
      made.get('d'),
      made.get('e'),
    ])
  })

  it('by who created it', async () => {
    const { client_id } = await registerClient()
    expect({
      isOfOperator: (await clientsAt({ origin: 'admin' })).includes(client_id),
      registered: await clientsAt({ origin: 'dcr' }),
    }).toEqual({ isOfOperator: true, registered: [] })
  })

  it('by the user who owns it, in pages, and by origin or name among those', async () => {
    const [owner, other] = [await registerUser(), await registerUser()]
    const stem = unique()
    const names = ['b', 'a', 'c']
    const ids = new Map<string, string>()
    for (const name of names) {
      const { client_id } = await registerClient({ client_name: `${stem} ${name}` })
      await ownedBy(owner, client_id, name === 'c' ? 'korap' : 'admin')
      ids.set(name, client_id)
    }
    const { client_id: foreign } = await registerClient({ client_name: `${stem} d` })
    await ownedBy(other, foreign, 'korap')
    const owner_id = String(owner.id)
    expect({
      owned: await clientsAt({ owner_id }),
      origin: await clientsAt({ owner_id, origin: 'korap' }),
      named: await clientsAt({ owner_id, q: stem }),
      nobody: await clientsAt({ owner_id: '999999999' }),
    }).toEqual({
      owned: [...ids.values()].toSorted(),
      origin: [ids.get('c')],
      named: ['a', 'b', 'c'].map((name) => ids.get(name)),
      nobody: [],
    })
  })

  it.each(['0', '-1', '1.5', 'x', "1' OR 1=1"])('not by the owner %j: 400', async (owner_id) => {
    const answer = await admin('GET', `/clients?${new URLSearchParams({ owner_id })}`)
    expect(answer.status).toBe(400)
  })
})

const ownedBy = ({ id }: { id: number }, clientId: string, origin: string) =>
  env.DB.prepare('UPDATE clients SET owner_id = ?2, origin = ?3 WHERE id = ?1')
    .bind(clientId, id, origin)
    .run()

describe('A page under several filters', () => {
  it('looks at a bounded number of rows: it may be empty, and says where to go on', async () => {
    const [stem, role] = [unique(), unique()]
    // 6,000 users whose names begin alike, of whom the last two have the role.
    await env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
           INSERT INTO users (sub, pairwise_salt, username, role, created_at, updated_at)
           SELECT ?1 || i, '', ?1 || printf('%05d', i), CASE WHEN i > 5998 THEN ?2 END, 1, 1 FROM n`,
      ).bind(stem, role),
      env.DB.prepare(
        `INSERT INTO login_names (folded_name, user_id)
           SELECT username, id FROM users WHERE sub GLOB ?1 || '*'`,
      ).bind(stem),
    ])
    const first = await pageAt('/users', { q: stem, role })
    const second = await pageAt('/users', { q: stem, role, cursor: first.next_cursor ?? '' })
    expect({
      first: first.items.length,
      goesOn: first.next_cursor !== null,
      second: second.items.map(({ username }) => username),
      ends: second.next_cursor,
      byRole: (await itemsAt('/users', { role })).length,
    }).toEqual({
      first: 0,
      goesOn: true,
      second: [`${stem}05999`, `${stem}06000`],
      ends: null,
      byRole: 2,
    })
  })
})
