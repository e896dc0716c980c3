// The operations that only read: a list in pages, and one item of it. What they return has the type
// that the OpenAPI document announces.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Page } from '../core/server/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type * as v from '../protocol/schema.ts'
import { asksForLines, linesAnswer } from './lines.ts'
import type { Operation } from './operation.ts'
import {
  boundCursor,
  pageAnswer,
  pageRequest,
  readBoundCursor,
  readListRequest,
  readPageRequest,
} from './page.ts'
import { unknown } from './problem.ts'

type Reading<Item, Schema extends v.GenericSchema> = Pick<Operation, 'id' | 'path' | 'summary'> & {
  /** The schema of an item in the response. */
  answer: () => Schema
  /** Returns an item in its wire format. */
  shown: (
    item: Item,
    as: AuthorizationServer,
  ) => v.InferOutput<Schema> | Promise<v.InferOutput<Schema>>
}

const shownPage = async <Item, Shown>(
  { items, nextCursor }: Page<Item>,
  show: (item: Item) => Shown | Promise<Shown>,
): Promise<Page<Shown>> => ({ items: await Promise.all(items.map(show)), nextCursor })

/**
 * Creates the operation that lists items, one page at a time. `read` gets the limit and cursor. Whoever
 * accepts NDJSON gets every item.
 */
export const listOperation = <Item, Schema extends v.GenericSchema>({
  id,
  path,
  summary,
  answer,
  shown,
  read,
}: Reading<Item, Schema> & {
  read: (as: AuthorizationServer, limit: number, cursor: string) => Promise<Page<Item>>
}): Operation => ({
  id,
  method: 'GET',
  path,
  summary,
  query: pageRequest,
  success: { status: 200, body: pageAnswer(answer), line: answer },
  refusals: [400],
  async respond(context) {
    const { as } = context.env
    const { limit, cursor } = readPageRequest(context.req.raw)
    const load = async (most: number, from: string | null) =>
      shownPage(await read(as, most, from ?? ''), (item) => shown(item, as))
    if (asksForLines(context)) return linesAnswer(context, cursor, load)
    const { items, nextCursor } = await load(limit, cursor)
    return context.json({ items, next_cursor: nextCursor }, 200, noStore)
  },
})

type ListQuery = ReturnType<typeof pageRequest>

/**
 * Creates the operation that lists the items which match filters in the query. `numbers` names the
 * parameters that are whole numbers. `read` gets the position after which the page begins; null = at
 * the first item. A cursor goes on with the same filters alone. Whoever accepts NDJSON gets every item.
 */
export const filteredListOperation = <
  Item,
  Filter,
  Schema extends v.GenericSchema,
  Query extends v.GenericSchema<unknown, v.InferOutput<ListQuery>>,
>({
  id,
  path,
  summary,
  answer,
  shown,
  query,
  numbers,
  filterOf,
  read,
}: Reading<Item, Schema> & {
  query: () => Query
  numbers: readonly string[]
  filterOf: (query: v.InferOutput<Query>) => Filter
  read: (
    as: AuthorizationServer,
    filter: Filter,
    limit: number,
    position: string | null,
  ) => Promise<Page<Item>>
}): Operation => ({
  id,
  method: 'GET',
  path,
  summary,
  query,
  success: { status: 200, body: pageAnswer(answer), line: answer },
  refusals: [400],
  async respond(context) {
    const { as } = context.env
    const sent = readListRequest(context.req.raw, query, numbers)
    const filter = filterOf(sent)
    const list = [path, filter]
    const position = await readBoundCursor(list, sent.cursor)
    const load = async (most: number, from: string | null) =>
      shownPage(await read(as, filter, most, from), (item) => shown(item, as))
    if (asksForLines(context)) return linesAnswer(context, position, load)
    const { items, nextCursor } = await load(sent.limit, position)
    const next = nextCursor === null ? null : await boundCursor(list, nextCursor)
    return context.json({ items, next_cursor: next }, 200, noStore)
  },
})

/** Creates the operation that returns the item in the path, or 404 if `find` returns null. */
export const showOperation = <Item, Schema extends v.GenericSchema>({
  id,
  path,
  summary,
  answer,
  shown,
  what,
  find,
}: Reading<Item, Schema> & {
  what: Parameters<typeof unknown>[0]
  find: (context: FaceContext) => Promise<Item | null>
}): Operation => ({
  id,
  method: 'GET',
  path,
  summary,
  success: { status: 200, body: answer },
  refusals: [404],
  async respond(context) {
    const item = await find(context)
    if (item === null) throw unknown(what)
    return context.json(await shown(item, context.env.as), 200, noStore)
  },
})
