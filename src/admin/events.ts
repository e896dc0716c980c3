// The audit log under /admin/v1/events. Nobody changes or deletes a single event.
import type { EventFilter, ListedEvent, Page } from '../core/server/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import {
  eventAnswer,
  eventNumbers,
  eventsOfClientRequest,
  eventsOfUserRequest,
  eventsRequest,
  filterOf,
  shownEvent,
} from './event.ts'
import type { Operation } from './operation.ts'
import { boundCursor, pageAnswer, readBoundCursor, readListRequest } from './page.ts'
import { invalid } from './problem.ts'
import { clientIdOf, userIdOf } from './path-ids.ts'

const ndjson = 'application/x-ndjson'
const page = pageAnswer(eventAnswer)

/** The operations on audit events. */
export const eventOperations: readonly Operation[] = [
  {
    id: 'listEvents',
    method: 'GET',
    path: '/admin/v1/events',
    summary:
      'Lists audit events, newest first. A page may be short and still have a next_cursor.' +
      ` With Accept: ${ndjson} the response is all of them, one a line.`,
    query: eventsRequest,
    success: { status: 200, body: page, line: eventAnswer },
    refusals: [400],
    respond: (context) => {
      const query = readListRequest(context.req.raw, eventsRequest, eventNumbers)
      return answer(context, filterOf(query), query)
    },
  },
  {
    id: 'listUserEvents',
    method: 'GET',
    path: '/admin/v1/users/{id}/events',
    summary: 'Lists the audit events of a user, also of one who was deleted',
    query: eventsOfUserRequest,
    success: { status: 200, body: page, line: eventAnswer },
    refusals: [400, 404],
    respond: (context) => {
      const query = readListRequest(context.req.raw, eventsOfUserRequest, eventNumbers)
      return answer(context, { ...filterOf(query), userId: userIdOf(context) }, query)
    },
  },
  {
    id: 'listClientEvents',
    method: 'GET',
    path: '/admin/v1/clients/{client_id}/events',
    summary: 'Lists the audit events of a client, also of one that was deleted',
    query: eventsOfClientRequest,
    success: { status: 200, body: page, line: eventAnswer },
    refusals: [400],
    respond: (context) => {
      const query = readListRequest(context.req.raw, eventsOfClientRequest, eventNumbers)
      return answer(context, { ...filterOf(query), clientId: clientIdOf(context) }, query)
    },
  },
]

async function answer(
  context: FaceContext,
  filter: EventFilter,
  { limit, cursor }: { limit: number; cursor: string },
): Promise<Response> {
  const { since, until } = filter
  if (since !== undefined && until !== undefined && since > until) {
    throw invalid([{ field: 'since', detail: 'must not be after until' }])
  }
  const list = ['events', filter]
  const position = await readBoundCursor(list, cursor)
  const start = position === null ? null : Number(position)
  const { audit } = context.env.as.store
  const load = (most: number, from: number | null) => audit.list(filter, most, from)
  if (context.req.header('Accept')?.includes(ndjson) === true) {
    const first = await load(perBite, start)
    return context.body(linesOf(first, load), 200, { ...noStore, 'Content-Type': ndjson })
  }
  const { items, nextCursor } = await load(limit, start)
  const next = nextCursor === null ? null : await boundCursor(list, nextCursor)
  return context.json({ items: items.map(shownEvent), next_cursor: next }, 200, noStore)
}

/** How many events one read of a stream takes. */
const perBite = 500

/**
 * Streams every event from the first page on, one JSON object a line. Each read waits until the reader
 * wants more. If storage fails, the stream breaks off: a complete one ends.
 */
function linesOf(
  first: Page<ListedEvent>,
  load: (most: number, from: number | null) => Promise<Page<ListedEvent>>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let pending: Page<ListedEvent> | null = first
  return new ReadableStream({
    async pull(controller) {
      // A page without items would leave the reader waiting: reading goes on.
      while (pending !== null) {
        const { items, nextCursor }: Page<ListedEvent> = pending
        pending = nextCursor === null ? null : await load(perBite, Number(nextCursor))
        if (items.length === 0) continue
        const lines = items.map((event) => `${JSON.stringify(shownEvent(event))}\n`).join('')
        controller.enqueue(encoder.encode(lines))
        return
      }
      controller.close()
    },
  })
}
