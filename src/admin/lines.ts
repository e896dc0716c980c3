// A whole list as lines of JSON (NDJSON), for whoever asks for it by `Accept`.
import type { Page } from '../core/server/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'

export const ndjson = 'application/x-ndjson'

/** How many items one read of a stream takes. */
const perBite = 500

/** Returns whether the request asks for lines instead of a page. */
export const asksForLines = (context: FaceContext): boolean =>
  context.req.header('Accept')?.includes(ndjson) === true

/**
 * Streams every item from a position on, one JSON object a line. Each read waits until the reader wants
 * more. If storage fails, the stream breaks off: a complete one ends.
 */
export async function linesAnswer(
  context: FaceContext,
  start: string | null,
  load: (most: number, position: string | null) => Promise<Page<unknown>>,
): Promise<Response> {
  const lines = linesOf(await load(perBite, start), (position) => load(perBite, position))
  return context.body(lines, 200, { ...noStore, 'Content-Type': ndjson })
}

function linesOf(
  first: Page<unknown>,
  load: (position: string) => Promise<Page<unknown>>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let pending: Page<unknown> | null = first
  return new ReadableStream({
    async pull(controller) {
      // A page without items would leave the reader waiting: reading goes on.
      while (pending !== null) {
        const { items, nextCursor }: Page<unknown> = pending
        pending = nextCursor === null ? null : await load(nextCursor)
        if (items.length === 0) continue
        const lines = items.map((item) => `${JSON.stringify(item)}\n`).join('')
        controller.enqueue(encoder.encode(lines))
        return
      }
      controller.close()
    },
  })
}
