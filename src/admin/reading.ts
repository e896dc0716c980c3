// The operations that only read: a list in pages, and one item of it. What they return has the type
// that the OpenAPI document announces.
import type * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Page } from '../core/server/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { Operation } from './operation.ts'
import { pageAnswer, pageOf, pageRequest, readPageRequest } from './page.ts'
import { unknown } from './problem.ts'

type Reading<Item, Schema extends z.ZodMiniType> = {
  path: string
  summary: string
  /** The schema of an item in the response. */
  answer: () => Schema
  /** Returns an item in its wire format. */
  shown: (item: Item, as: AuthorizationServer) => z.infer<Schema> | Promise<z.infer<Schema>>
}

/** Creates the operation that lists items, one page at a time. `read` gets the limit and cursor. */
export const listOperation = <Item, Schema extends z.ZodMiniType>({
  path,
  summary,
  answer,
  shown,
  read,
}: Reading<Item, Schema> & {
  read: (as: AuthorizationServer, limit: number, cursor: string) => Promise<Page<Item>>
}): Operation => ({
  method: 'GET',
  path,
  summary,
  query: pageRequest,
  success: { status: 200, body: pageAnswer(answer) },
  refusals: [400],
  async respond(context) {
    const { as } = context.env
    const { limit, cursor } = readPageRequest(context.req.raw)
    const page = pageOf(await read(as, limit, cursor), async (item) => shown(item, as))
    return context.json({ ...page, items: await Promise.all(page.items) }, 200, noStore)
  },
})

/** Creates the operation that returns the item in the path, or 404 if `find` returns null. */
export const showOperation = <Item, Schema extends z.ZodMiniType>({
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
