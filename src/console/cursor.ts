// Where a page of a list begins, by the cursor in the address.
import { readBoundCursor } from '../admin/page.ts'

/**
 * Returns the position of a cursor; null = the first page, also for a cursor of another list. `list` is
 * what `boundCursor` made it with.
 */
export const positionIn = (list: readonly unknown[], cursor: string): Promise<string | null> =>
  readBoundCursor(list, cursor).catch(() => null)
