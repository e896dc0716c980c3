import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { invalid, problem } from './operator.ts'

type Page = { items: Record<string, unknown>[]; next_cursor: string | null }

/** Every page from the first to the last. */
async function pagesOf(path: string, limit: number): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ limit: String(limit), cursor })
    const page: Page = await (await admin('GET', `${path}?${query}`)).json()
    pages.push(page)
    cursor = page.next_cursor
  }
  return pages
}

/** The cursor of the page of users that ends with this one. */
async function cursorAfter(id: number): Promise<string | null> {
  const pages = await pagesOf('/users', 1)
  const page = pages.find(({ items }) => items.some((item) => item.id === id))
  return page?.next_cursor ?? null
}

describe('lists', () => {
  it('show every user once, in the order of their ids, as GET shows each', async () => {
    const made = []
    for (let count = 0; count < 5; count++) made.push(await registerUser())
    const pages = await pagesOf('/users', 2)
    const items = pages.flatMap((page) => page.items)
    const ids = items.map(({ id }) => Number(id))
    expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other))
    for (const { id } of made) {
      const { body } = await read(await admin('GET', `/users/${id}`))
      expect(items).toContainEqual(body)
    }
    expect(pages.slice(0, -1).map((page) => page.items.length)).toEqual(pages.slice(1).map(() => 2))
  })

  it('show every client once, and no secret', async () => {
    const made = []
    for (let count = 0; count < 5; count++) {
      const { client_secret: _, client_secret_expires_at: __, ...shown } = await registerClient()
      made.push(shown)
    }
    const items = (await pagesOf('/clients', 2)).flatMap((page) => page.items)
    const ids = items.map(({ client_id }) => client_id)
    expect(ids).toEqual([...new Set(ids)])
    expect(items).toEqual(expect.arrayContaining(made))
    expect(JSON.stringify(items)).not.toContain('client_secret"')
  })

  it('go on after the cursor although what it names is gone', async () => {
    const [first, second] = [await registerUser(), await registerUser()]
    const cursor = await cursorAfter(first.id)
    await admin('DELETE', `/users/${first.id}`)
    const page = await (await admin('GET', `/users?limit=1&cursor=${cursor}`)).json<Page>()
    expect(page.items.map(({ id }) => id)).toEqual([second.id])
  })

  it('end where the last page is full', async () => {
    const { id } = await registerUser()
    const last = await registerUser()
    const path = `/users?limit=1&cursor=${await cursorAfter(id)}`
    const { status, body } = await read(await admin('GET', path))
    expect(Object(body).items).toEqual([expect.objectContaining({ id: last.id })])
    expect({ status, nextCursor: Object(body).next_cursor }).toEqual({
      status: 200,
      nextCursor: null,
    })
  })

  it.each([
    ['limit=0', 'limit', 'must be at least 1'],
    ['limit=501', 'limit', 'must be at most 500'],
    ['limit=-1', 'limit', 'must be a number'],
    ['limit=1e2', 'limit', 'must be a number'],
    ['cursor=x', 'cursor', 'is not the next_cursor of a page of this list'],
    ['nickname=dory', 'nickname', 'is not supported'],
  ])('refuse ?%s', async (query, field, detail) => {
    expect(await read(await admin('GET', `/users?${query}`))).toEqual(invalid({ field, detail }))
  })

  it('refuse a parameter that is repeated or no text', async () => {
    const repeated = await admin('GET', '/clients?limit=1&limit=2')
    expect(await read(repeated)).toEqual(problem(400, 'a parameter is repeated'))
    const nul = await admin('GET', '/clients?cursor=%00')
    expect(await read(nul)).toEqual(problem(400, 'a parameter contains a NUL character'))
  })
})
