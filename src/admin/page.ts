// Paged lists: `?limit=&cursor=`, with the cursor of the next page in the response.
import * as z from 'zod/mini'
import type { Page } from '../core/server/storage.ts'
import { readQuery } from '../http/form.ts'
import { once } from '../protocol/once.ts'
import { readAs } from './json.ts'

/**
 * The query parameters of a list. Others are rejected, so that nobody mistakes one for a filter.
 */
export const pageRequest = once(() =>
  z.strictObject({
    limit: z._default(z.int().check(z.minimum(1), z.maximum(500)), 50),
    cursor: z
      ._default(z.string().check(z.maxLength(2000)), '')
      .check(z.describe('next_cursor of the previous page')),
  }),
)

/** A page of a list in a response. */
export const pageAnswer = <Item extends z.ZodMiniType>(item: () => Item) =>
  once(() => z.object({ items: z.array(item()), next_cursor: z.nullable(z.string()) }))

/** Reads which page is requested. @throws 400 */
export function readPageRequest(request: Request): z.infer<ReturnType<typeof pageRequest>> {
  const parameters = readQuery(request)
  const limit = parameters.get('limit')
  const isNumber = limit !== undefined && /^\d{1,15}$/.test(limit)
  return readAs(pageRequest, {
    ...Object.fromEntries(parameters),
    ...(isNumber ? { limit: Number(limit) } : {}),
  })
}

/** Returns a page in its wire format. */
export const pageOf = <Item, Shown>(page: Page<Item>, show: (item: Item) => Shown) => ({
  items: page.items.map(show),
  next_cursor: page.nextCursor,
})
