// Pages of a list: one entry more than a page is read, to know whether more follow.
import type { Page } from '../core/server/storage.ts'

/** A page of what was read; `next` is the cursor of the page after it, which begins behind `last`. */
export function pageOf<Item>(
  read: readonly Item[],
  limit: number,
  next: (last: Item) => string | number,
): Page<Item> {
  const items = read.slice(0, limit)
  const last = items.at(-1)
  const hasMore = read.length > limit && last !== undefined
  return { items, nextCursor: hasMore ? String(next(last)) : null }
}
