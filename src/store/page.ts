// Pages by how many entries came before: for lists whose order changes with every use.
import type { Page } from '../core/records.ts'

/** The page of what was read from `cursor` on, which is one entry more than `limit` if more follow. */
export const pageFrom = <Item>(
  read: readonly Item[],
  limit: number,
  cursor: number,
): Page<Item> => ({
  items: read.slice(0, limit),
  nextCursor: read.length > limit ? String(cursor + limit) : null,
})
