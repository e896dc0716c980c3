// The audit log under filters that live in the address, and the same events as CSV.
import { streamOf } from '../admin/lines.ts'
import { boundCursor } from '../admin/page.ts'
import { foldLoginName } from '../core/people/login-name.ts'
import type { AuditKind } from '../core/server/events.ts'
import type { EventFilter } from '../core/server/storage.ts'
import { noStore } from '../http/app.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { positionIn } from './cursor.ts'
import { csvHead, csvLine } from './event-csv.ts'
import { EventTable, kindName } from './event-table.tsx'
import { Select, TextField } from './fields.tsx'
import { perPage } from './list.tsx'
import { type View, screen } from './screen.tsx'
import { Pages } from './table.tsx'
import { type Visit, ownPath, visitOf } from './visit.ts'

export const eventScreens: readonly Endpoint[] = [
  screen('/admin/events', listEvents),
  { path: '/admin/events.csv', handlers: { GET: (context) => download(context) } },
]

/** The kinds that are offered; any other can be in the address. */
const kinds: readonly AuditKind[] = [
  'user.signed-in',
  'user.sign-in-refused',
  'user.created',
  'user.changed',
  'user.deleted',
  'user.password-changed',
  'user.password-reset',
  'user.sessions-ended',
  'session.ended',
  'grant.revoked',
  'consent.given',
  'consent.withdrawn',
  'code.redeemed',
  'code.replayed',
  'token.refreshed',
  'token.refresh-reused',
  'client.created',
  'client.changed',
  'client.deleted',
  'client.secret-rotated',
  'admin-token.created',
]

const names = ['user', 'client', 'kind', 'outcome', 'address', 'since', 'until'] as const

/** What the address asks for, as it was typed. */
type Asked = Readonly<Record<(typeof names)[number], string>>

const longestText = 400

const askedIn = ({ context: { req } }: Visit): Asked => {
  const textOf = (name: string): string => (req.query(name) ?? '').trim().slice(0, longestText)
  return {
    user: textOf('user'),
    client: textOf('client'),
    kind: textOf('kind'),
    outcome: textOf('outcome'),
    address: textOf('address'),
    since: textOf('since'),
    until: textOf('until'),
  }
}

const queryOf = (asked: Asked): string => {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))
  return query.size === 0 ? '' : `?${query}`
}

/** Returns the first second of a day; undefined for what is none. */
const dayStart = (text: string): number | undefined => {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) / 1000 : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** Returns the filter that is asked for; null if nobody has the name. */
async function filterOf({ as }: Visit, asked: Asked): Promise<EventFilter | null> {
  const given = (text: string): string | undefined => (text === '' ? undefined : text)
  const { user: person, client, kind, outcome, address, since, until } = asked
  const userId = await userIdOf(as, person)
  const lastDay = dayStart(until)
  return userId === null
    ? null
    : {
        userId,
        clientId: given(client),
        kind: given(kind),
        outcome: outcome === 'ok' || outcome === 'refused' ? outcome : undefined,
        address: given(address),
        since: dayStart(since),
        until: lastDay === undefined ? undefined : lastDay + 86_400,
      }
}

/** An id finds also the events of a user who was deleted. */
async function userIdOf(as: Visit['as'], person: string): Promise<number | null | undefined> {
  if (person === '') return undefined
  if (/^#?[1-9]\d{0,14}$/.test(person)) return Number(person.replace('#', ''))
  const user = await as.store.users.findByName(foldLoginName(person))
  return user?.id ?? null
}

async function listEvents(visit: Visit): Promise<View> {
  const { as, texts, context } = visit
  const asked = askedIn(visit)
  const filter = await filterOf(visit, asked)
  const list = ['events', asked]
  const position = await positionIn(list, context.req.query('cursor') ?? '')
  const from = position === null ? null : Number(position)
  const { items, nextCursor } =
    filter === null
      ? { items: [], nextCursor: null }
      : await as.store.audit.list(filter, perPage, from)
  const query = queryOf(asked)
  const none = query === '' ? texts.events.empty : texts.events.noneFound
  return {
    title: texts.sections.events,
    section: 'events',
    actions: (
      <a class="button quiet" href={`/admin/events.csv${query}`} download="events.csv">
        {texts.events.csv}
      </a>
    ),
    body: (
      <>
        <Filters visit={visit} asked={asked} isUnknown={filter === null} />
        <EventTable
          visit={visit}
          events={items}
          label={texts.sections.events}
          empty={nextCursor === null ? none : texts.noneHere}
        />
        <Pages
          here={`/admin/events${query}`}
          isFirst={position === null}
          next={nextCursor && (await boundCursor(list, nextCursor))}
          texts={texts}
        />
      </>
    ),
  }
}

function Filters(props: { visit: Visit; asked: Asked; isUnknown: boolean }) {
  const { visit, asked, isUnknown } = props
  const { events: texts, search, all } = visit.texts
  const offered = [...kinds, ...(kinds.some((kind) => kind === asked.kind) ? [] : [asked.kind])]
  return (
    <form class="filters" role="search" action="/admin/events">
      <TextField
        name="user"
        label={texts.person}
        value={asked.user}
        fault={isUnknown ? texts.unknownPerson : undefined}
      />
      <TextField name="client" label={texts.clientId} value={asked.client} />
      <Select
        name="kind"
        label={texts.kind}
        value={asked.kind}
        options={[
          ['', texts.anyKind],
          ...offered.filter((kind) => kind !== '').map((kind) => [kind, kindName(kind)] as const),
        ]}
      />
      <Select
        name="outcome"
        label={texts.outcome}
        value={asked.outcome}
        options={[
          ['', all],
          ['ok', texts.outcomes.ok],
          ['refused', texts.outcomes.refused],
        ]}
      />
      <TextField name="address" label={texts.address} value={asked.address} />
      <TextField name="since" type="date" label={texts.since} value={asked.since} />
      <TextField name="until" type="date" label={texts.until} value={asked.until} />
      <button>{search}</button>
    </form>
  )
}

/** Streams every event of the filter, newest first. */
async function download(context: Visit['context']): Promise<Response> {
  const visit = await visitOf(context, ownPath(context))
  if (visit instanceof Response) return visit
  const filter = await filterOf(visit, askedIn(visit))
  const { audit } = visit.as.store
  const lines = await streamOf(
    null,
    (most, from) =>
      filter === null
        ? Promise.resolve({ items: [], nextCursor: null })
        : audit.list(filter, most, from === null ? null : Number(from)),
    csvLine,
    csvHead,
  )
  return context.body(lines, 200, {
    ...noStore,
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="events.csv"',
  })
}
