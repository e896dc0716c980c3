// Audit events as a list. A kind is its own text: `user.signed-in` reads "user signed in".
import type { ListedEvent, Page } from '../core/server/storage.ts'
import { browserName } from '../pages/browser-name.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { fill } from '../pages/fill.ts'
import { en } from '../pages/texts/en.ts'
import { Table } from './table.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

type Part = 'user' | 'client'

/** A list of events. `without` names the column that would say the same in every row. */
export function EventTable(props: {
  visit: Visit
  events: readonly ListedEvent[]
  label: string
  /** Shown where there are none. */
  empty?: string
  without?: Part
}) {
  const { visit, events, label, without } = props
  const { events: texts } = visit.texts
  const { empty = texts.empty } = props
  const { now } = visit.as
  return (
    <Table
      label={label}
      empty={empty}
      rows={events}
      columns={[
        { title: texts.when, cell: ({ at }) => <When at={at} now={now} /> },
        { title: texts.what, cell: (event) => <What event={event} refused={texts.refused} /> },
        ...(without === 'user'
          ? []
          : [{ title: texts.user, cell: (event: ListedEvent) => <User event={event} /> }]),
        { title: texts.who, cell: (event) => <Actor event={event} visit={visit} /> },
        ...(without === 'client'
          ? []
          : [{ title: texts.client, cell: (event: ListedEvent) => <Client event={event} /> }]),
        { title: texts.from, cell: (event) => <From event={event} /> },
      ]}
    />
  )
}

/** The newest events of a user or a client, with the way to all of them. */
export function EventSection(props: {
  visit: Visit
  events: Page<ListedEvent>
  /** What every event is about. */
  of: Part
  id: string | number
  /** What the way to all events says. */
  all: string
}) {
  const { visit, events, of, id, all } = props
  const { events: title } = visit.texts.users
  return (
    <section>
      <h2>{title}</h2>
      <EventTable visit={visit} events={events.items} label={title} without={of} />
      {events.nextCursor !== null && (
        <nav class="pages" aria-label={title}>
          <a href={`/admin/events?${of}=${encodeURIComponent(id)}`}>{all}</a>
        </nav>
      )}
    </section>
  )
}

/** Returns a kind in words. */
export const kindName = (kind: string): string => kind.replace(/[.-]/g, ' ')

function What({ event, refused }: { event: ListedEvent; refused: string }) {
  const { kind, occurrences, outcome } = event
  return (
    <span title={displayName(kind)}>
      {displayName(kindName(kind))}
      {occurrences > 1 && ` × ${occurrences}`}{' '}
      {outcome === 'refused' && <span class="badge bad">{refused}</span>}
    </span>
  )
}

function User({ event: { userId, username } }: { event: ListedEvent }) {
  if (userId === null) return null
  return username === null ? (
    `#${userId}`
  ) : (
    <a href={`/admin/users/${userId}`}>
      <Name longest={32}>{username}</Name>
    </a>
  )
}

function Client({ event: { clientId, clientName } }: { event: ListedEvent }) {
  if (clientId === null) return null
  return (
    <a href={`/admin/clients/${encodeURIComponent(clientId)}`}>
      <Name longest={32}>{displayName(clientName ?? '') || clientId}</Name>
    </a>
  )
}

/** Who did it, unless it is the user or the client that the event is about. */
function Actor({ event, visit }: { event: ListedEvent; visit: Visit }) {
  const { actor, actorName, userId, clientId } = event
  const { actors } = visit.texts.events
  if (actor === null || actor === `client:${clientId}`) return null
  if (actor === 'root' || actor === 'cron') return actors[actor]
  const [kind, id = ''] = actor.split(':', 2)
  if (kind === 'admin-token') return fill(actors.token, { id: <code>{id}</code> })
  if (actor === `user:${userId}`) return null
  return <Name longest={32}>{actorName ?? actor}</Name>
}

function From({ event: { address, userAgent } }: { event: ListedEvent }) {
  return (
    <>
      {address && <bdi>{displayName(address)}</bdi>}
      {userAgent && (
        <span class="sub" title={displayName(userAgent, 128)}>
          <bdi>{agentName(userAgent)}</bdi>
        </span>
      )}
    </>
  )
}

/** The name of a browser; of any other program what it calls itself, cut. */
function agentName(userAgent: string): string {
  const name = browserName(userAgent, en)
  return name === en.account.unknownBrowser ? displayName(userAgent, 24) : name
}
