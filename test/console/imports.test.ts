// The screens about imports: how far they are, what was wrong, ending and undoing them.
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { issuer, postern } from '../support/http.ts'
import { admin, type TestUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { administrator, content, rowsOf } from './administrator.ts'

const { agent } = await administrator()

const unique = (): string => `i${crypto.randomUUID().slice(0, 8)}`

/** Imports users of these names, and a row that is wrong. */
async function imported(names: readonly string[], more: object = {}) {
  const source = unique()
  const begun = await admin('POST', '/imports', { source: 'csv', source_id: source, ...more })
  const { id } = await begun.json<{ id: string }>()
  const rows = names.map((username, index) => ({
    line: index + 1,
    external_id: username,
    username,
    password: { plain: 'a pass phrase' },
  }))
  const wrong = { line: 99, external_id: 'x', username: 'two words', email: '<b>' }
  const body = [...rows, wrong].map((row) => JSON.stringify(row)).join('\n')
  const headers = {
    Authorization: `Bearer ${testSettings.ADMIN_TOKEN}`,
    'Content-Type': 'application/x-ndjson',
  }
  const chunk = `${issuer}/admin/v1/imports/${id}/chunks/1`
  const taken = await postern(new Request(chunk, { method: 'PUT', headers, body }))
  expect(taken.status).toBe(200)
  return { id, source, path: `/admin/imports/${id}` }
}

const findUser = async (username: string): Promise<TestUser> => {
  const { items } = await (
    await admin('GET', `/users?username=${username}`)
  ).json<{ items: TestUser[] }>()
  const [user] = items
  if (user === undefined) throw new Error('there is no such user')
  return { ...user, password: 'a pass phrase' }
}

describe('an import', () => {
  it('is listed, newest first, and shown with its counts and errors', async () => {
    await imported([unique()])
    const { source, path } = await imported([unique(), unique()])
    const rows = rowsOf(await agent.open('/admin/imports'), 'Imports')
    expect(rows[0]).toEqual([source, 'now', 'Running', '2', '0', '1'])
    const place = await agent.open(path)
    expect(rowsOf(place, 'Errors')).toEqual([['99', 'email', 'is not an address']])
    expect(place.html).toContain(`/admin/users?imported=${path.split('/').at(-1)}`)
  })

  it('is ended by hand, once', async () => {
    const { path } = await imported([unique()])
    const open = await agent.open(path)
    const done = await agent.submit(open, {}, { action: `${path}/finish` })
    expect(content(done)).toContain('Finished')
    expect(done.forms.map(({ action }) => action)).not.toContain(`${path}/finish`)
    const again = await agent.submit(open, {}, { action: `${path}/finish` })
    expect(again.status).toBe(200)
  })

  it('O34: is undone after its name is typed, but for who has signed in since', async () => {
    const [stays, goes] = [unique(), unique()]
    const { source, path } = await imported([stays, goes])
    await signedIn(await findUser(stays))
    const action = `${path}/undo`
    const place = await agent.open(action)
    expect(content(place)).toContain('This deletes 2 users')
    const wrong = await agent.submit(place, { typed: 'something' }, { action })
    expect(content(wrong)).toContain('This is not the name.')
    const done = await agent.submit(place, { typed: source }, { action })
    expect(content(done)).toContain('Deleted: 1 user. Kept, because they have signed in: 1 user.')
    expect(content(done)).toContain(stays)
    expect(content(done)).not.toContain(goes)
    const again = await agent.submit(place, { typed: source }, { action })
    expect(content(again)).toContain('Deleted: 0 users. Kept, because they have signed in: 1 user.')
  })

  it('that was a dry run has nothing to undo', async () => {
    const { path } = await imported([unique()], { dry_run: true })
    const place = await agent.open(path)
    expect(content(place)).toContain('Dry run')
    expect(place.html).not.toContain(`${path}/undo`)
    expect((await agent.open(`${path}/undo`)).status).toBe(404)
  })

  it('is a 404 page if there is none', async () => {
    expect((await agent.open('/admin/imports/nothing')).status).toBe(404)
  })
})
