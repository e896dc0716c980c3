// An audit event on the wire, and the filters of the list of events.
import * as z from 'zod/mini'
import type { EventFilter, ListedEvent } from '../core/server/storage.ts'
import { once } from '../protocol/once.ts'
import { pageRequest } from './page.ts'

const instant = () => z.optional(z.int().check(z.minimum(0)))
const word = () => z.optional(z.string().check(z.minLength(1), z.maxLength(255)))

/** The filters that also the lists of one user and one client have. */
const filters = () => ({
  kind: word().check(z.describe('such as user.signed-in')),
  actor: word().check(z.describe('user:<id>, client:<id>, admin-token:<id>, root or cron')),
  outcome: z.optional(z.enum(['ok', 'refused'])),
  address: word(),
  since: instant().check(z.describe('NumericDate')),
  until: instant().check(z.describe('NumericDate; events from before it')),
})

/** The query of the events of one user. */
export const eventsOfUserRequest = once(() =>
  z.extend(pageRequest(), { ...filters(), client: word() }),
)

/** The query of the events of one client. */
export const eventsOfClientRequest = once(() =>
  z.extend(pageRequest(), {
    ...filters(),
    user: z.optional(z.int().check(z.minimum(1))).check(z.describe('the id of a user')),
  }),
)

/** The query of all events. */
export const eventsRequest = once(() =>
  z.extend(eventsOfClientRequest(), {
    client: word().check(z.describe('the client_id of a client')),
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
}: Partial<z.infer<ReturnType<typeof eventsRequest>>>): EventFilter => ({
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
  z.object({
    id: z.int().check(z.describe('later events have larger ids')),
    at: z.int(),
    kind: z.string(),
    outcome: z.enum(['ok', 'refused']),
    occurrences: z.int().check(z.describe('how many events of one minute the row counts')),
    actor: z.nullable(z.string()),
    actor_name: z.nullable(z.string()),
    user_id: z.nullable(z.int()),
    username: z.nullable(z.string()),
    client_id: z.nullable(z.string()),
    client_name: z.nullable(z.string()),
    session_id: z.nullable(z.string()),
    address: z.nullable(z.string()),
    user_agent: z.nullable(z.string()),
    request_id: z.string(),
    detail: z.record(z.string(), z.unknown()),
  }),
)

const storedDetail = once(() => z.record(z.string(), z.unknown()))

/** Returns an event in its wire format. */
export const shownEvent = (event: ListedEvent): z.infer<ReturnType<typeof eventAnswer>> => ({
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
  detail: storedDetail().parse(JSON.parse(event.detail)),
})
