// The audit log under /admin/v1/events. Nobody changes or deletes a single event.
import type { EventFilter } from '../core/server/storage.ts'
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
import { asksForLines, linesAnswer, ndjson } from './lines.ts'
import type { Operation } from './operation.ts'
import { boundCursor, pageAnswer, readBoundCursor, readListRequest } from './page.ts'
import { invalid } from './problem.ts'
import { clientIdOf, userIdOf } from './path-ids.ts'

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
  const { audit } = context.env.as.store
  const load = async (most: number, from: string | null) => {
    const { items, nextCursor } = await audit.list(
      filter,
      most,
      from === null ? null : Number(from),
    )
    return { items: items.map(shownEvent), nextCursor }
  }
  if (asksForLines(context)) return linesAnswer(context, position, load)
  const { items, nextCursor } = await load(limit, position)
  const next = nextCursor === null ? null : await boundCursor(list, nextCursor)
  return context.json({ items, next_cursor: next }, 200, noStore)
}
