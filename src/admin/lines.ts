// A whole list as lines of JSON (NDJSON), for whoever asks for it by `Accept`.
import type { Page } from '../core/server/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'

export const ndjson = 'application/x-ndjson'

/** How many items one read of a stream takes. */
const perBite = 500

/** Returns whether the request asks for lines instead of a page. */
export const asksForLines = (context: FaceContext): boolean =>
  context.req.header('Accept')?.includes(ndjson) === true

/** Streams every item from a position on, one JSON object a line. */
export async function linesAnswer(
  context: FaceContext,
  start: string | null,
  load: (most: number, position: string | null) => Promise<Page<unknown>>,
): Promise<Response> {
  const textOf = (item: unknown) => `${JSON.stringify(item)}\n`
  return context.body(await streamOf(start, load, textOf), 200, {
    ...noStore,
    'Content-Type': ndjson,
  })
}

/**
 * Streams every item from a position on, each as `textOf` writes it, after `head`. Each read waits until
 * the reader wants more. If storage fails, the stream breaks off: a complete one ends.
 */
export async function streamOf<Item>(
  start: string | null,
  load: (most: number, position: string | null) => Promise<Page<Item>>,
  textOf: (item: Item) => string,
  head = '',
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder()
  // The first page is read before the response begins, so that it can still be a refusal.
  let pending: Page<Item> | null = await load(perBite, start)
  return new ReadableStream({
    start(controller) {
      if (head !== '') controller.enqueue(encoder.encode(head))
    },
    async pull(controller) {
      // A page without items would leave the reader waiting: reading goes on.
      while (pending !== null) {
        const { items, nextCursor }: Page<Item> = pending
        pending = nextCursor === null ? null : await load(perBite, nextCursor)
        if (items.length === 0) continue
        controller.enqueue(encoder.encode(items.map(textOf).join('')))
        return
      }
      controller.close()
    },
  })
}
