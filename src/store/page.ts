// Pages of a list. One entry more than a page has is read, to know whether another page follows.
import type { Page } from '../core/server/storage.ts'

/** Returns a page of the entries that were read; `next` returns the cursor of the page after `last`. */
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
