// Lists, a page at a time: `?limit=&cursor=`, and the cursor of the next page in the answer.
import * as z from 'zod'
import type { Page } from '../core/store.ts'
import { readQuery } from '../http/form.ts'
import { readAs } from './json.ts'

const pageRequest = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 500, 'must be 1 to 500')
    .default(50),
  cursor: z.string().max(2000).default(''),
})

/** Which page is asked for. Other parameters are refused: none may be thought to filter. @throws 400 */
export const readPageRequest = (request: Request): z.infer<typeof pageRequest> =>
  readAs(pageRequest, Object.fromEntries(readQuery(request)))

/** A page in the words of the wire. */
export const pageOf = <Item, Shown>(page: Page<Item>, show: (item: Item) => Shown) => ({
  items: page.items.map(show),
  next_cursor: page.nextCursor,
})
