// An audit event on the wire, and the filters of the list of events.
import type { EventFilter, ListedEvent } from '../core/server/storage.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { pageRequest } from './page.ts'

const instant = () => v.optional(v.pipe(v.int(), v.minValue(0)))
const word = () => v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255)))

/** The filters that also the lists of one user and one client have. */
const filters = () => ({
  kind: v.pipe(word(), v.description('such as user.signed-in')),
  actor: v.pipe(word(), v.description('user:<id>, client:<id>, admin-token:<id>, root or cron')),
  outcome: v.optional(v.picklist(['ok', 'refused'])),
  address: word(),
  since: v.pipe(instant(), v.description('NumericDate')),
  until: v.pipe(instant(), v.description('NumericDate; events from before it')),
})

/** The query of the events of one user. */
export const eventsOfUserRequest = once(() =>
  v.strictObject({ ...pageRequest().entries, ...filters(), client: word() }),
)

/** The query of the events of one client. */
export const eventsOfClientRequest = once(() =>
  v.strictObject({
    ...pageRequest().entries,
    ...filters(),
    user: v.pipe(v.optional(v.pipe(v.int(), v.minValue(1))), v.description('the id of a user')),
  }),
)

/** The query of all events. */
export const eventsRequest = once(() =>
  v.strictObject({
    ...eventsOfClientRequest().entries,
    client: v.pipe(word(), v.description('the client_id of a client')),
  }),
)

/** The parameters that are whole numbers. */
export const eventNumbers = ['user', 'since', 'until']

/** Returns the filter that a query asks for. */
export const filterOf = ({
  user: userId,
  client: clientId,
  kind,
  actor,
  outcome,
  address,
  since,
  until,
}: Partial<v.InferOutput<ReturnType<typeof eventsRequest>>>): EventFilter => ({
  userId,
  clientId,
  kind,
  actor,
  outcome,
  address,
  since,
  until,
})

/** An event in a response. Names are those of today; null = there is none. */
export const eventAnswer = once(() =>
  v.object({
    id: v.pipe(v.int(), v.description('later events have larger ids')),
    at: v.int(),
    kind: v.string(),
    outcome: v.picklist(['ok', 'refused']),
    occurrences: v.pipe(v.int(), v.description('how many events of one minute the row counts')),
    actor: v.nullable(v.string()),
    actor_name: v.nullable(v.string()),
    user_id: v.nullable(v.int()),
    username: v.nullable(v.string()),
    client_id: v.nullable(v.string()),
    client_name: v.nullable(v.string()),
    session_id: v.nullable(v.string()),
    address: v.nullable(v.string()),
    user_agent: v.nullable(v.string()),
    request_id: v.string(),
    detail: v.record(v.string(), v.unknown()),
  }),
)

const storedDetail = once(() => v.record(v.string(), v.unknown()))

/** Returns an event in its wire format. */
export const shownEvent = (event: ListedEvent): v.InferOutput<ReturnType<typeof eventAnswer>> => ({
  id: event.id,
  at: Math.floor(event.at),
  kind: event.kind,
  outcome: event.outcome,
  occurrences: event.occurrences,
  actor: event.actor,
  actor_name: event.actorName,
  user_id: event.userId,
  username: event.username,
  client_id: event.clientId,
  client_name: event.clientName,
  session_id: event.sessionId,
  address: event.address,
  user_agent: event.userAgent,
  request_id: event.requestId,
  detail: v.parse(storedDetail(), JSON.parse(event.detail)),
})
