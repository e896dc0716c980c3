// Lists, a page at a time: `?limit=&cursor=`, and the cursor of the next page in the answer.
import * as z from 'zod/mini'
import type { Page } from '../core/server/storage.ts'
import { readQuery } from '../http/form.ts'
import { once } from '../protocol/once.ts'
import { readAs } from './json.ts'

/** What a list may be asked for. Nothing else: no parameter may be thought to filter. */
export const pageRequest = once(() =>
  z.strictObject({
    limit: z._default(z.int().check(z.minimum(1), z.maximum(500)), 50),
    cursor: z
      ._default(z.string().check(z.maxLength(2000)), '')
      .check(z.describe('the next_cursor of the page before')),
  }),
)

/** A page of a list on the wire. */
export const pageAnswer = <Item extends z.ZodMiniType>(item: () => Item) =>
  once(() => z.object({ items: z.array(item()), next_cursor: z.nullable(z.string()) }))

/** Which page is asked for. @throws 400 */
export function readPageRequest(request: Request): z.infer<ReturnType<typeof pageRequest>> {
  const parameters = readQuery(request)
  const limit = parameters.get('limit')
  const isNumber = limit !== undefined && /^\d{1,15}$/.test(limit)
  return readAs(pageRequest, {
    ...Object.fromEntries(parameters),
    ...(isNumber ? { limit: Number(limit) } : {}),
  })
}

/** A page in the words of the wire. */
export const pageOf = <Item, Shown>(page: Page<Item>, show: (item: Item) => Shown) => ({
  items: page.items.map(show),
  next_cursor: page.nextCursor,
})
