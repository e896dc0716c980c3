// Clients: the list with its search and its origins.
import { boundCursor } from '../admin/page.ts'
import type { Client } from '../core/clients/storage.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import type { Endpoint } from '../http/endpoint.ts'
import { addressOf, kindOf, labelOf } from './client-place.tsx'
import { showClient } from './client.tsx'
import { positionIn } from './cursor.ts'
import { Select, TextField } from './fields.tsx'
import { perPage } from './list.tsx'
import { type View, screen } from './screen.tsx'
import { type Column, Pages, Table } from './table.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

export const clientScreens: readonly Endpoint[] = [
  screen('/admin/clients', listClients),
  screen('/admin/clients/:id', showClient),
]

async function listClients(visit: Visit): Promise<View> {
  const { as, texts, context } = visit
  const { clients: words } = texts
  const asked = (name: string): string => (context.req.query(name) ?? '').trim().slice(0, 200)
  const [search, origin] = [asked('q'), asked('origin')]
  const isTooShort = search.length === 1
  const list = ['clients', search, origin]
  const position = await positionIn(list, context.req.query('cursor') ?? '')
  const filter = {
    ...(search === '' ? {} : { prefix: search }),
    ...(origin === '' ? {} : { origin }),
  }
  const { items, nextCursor } = isTooShort
    ? { items: [], nextCursor: null }
    : await as.store.clients.list(filter, perPage, position)
  const query = new URLSearchParams(
    Object.entries({ q: search, origin }).filter(([, value]) => value !== ''),
  )
  const none = query.size === 0 ? words.empty : words.noneFound
  return {
    title: texts.sections.clients,
    section: 'clients',
    actions: visit.mayChange && (
      <a class="button" href="/admin/clients/new">
        {words.create}
      </a>
    ),
    body: (
      <>
        <form class="filters" role="search" action="/admin/clients">
          <TextField
            name="q"
            type="search"
            label={words.search}
            value={search}
            fault={isTooShort ? texts.users.tooShort : undefined}
          />
          <Select
            name="origin"
            label={words.origin}
            value={origin}
            options={[['', texts.all], ...Object.entries(words.origins)]}
          />
          <button>{texts.search}</button>
        </form>
        <Table
          label={texts.sections.clients}
          columns={columnsOf(visit)}
          rows={items}
          empty={nextCursor === null ? none : texts.noneHere}
        />
        <Pages
          here={query.size === 0 ? '/admin/clients' : `/admin/clients?${query}`}
          isFirst={position === null}
          next={nextCursor && (await boundCursor(list, nextCursor))}
          texts={texts}
        />
      </>
    ),
  }
}

const columnsOf = ({ texts: { clients: texts, users }, as }: Visit): Column<Client>[] => [
  {
    title: users.name,
    cell: (client) => (
      <>
        <a href={addressOf(client.id)}>
          <Name>{labelOf(client)}</Name>
        </a>
        {client.metadata.client_name !== undefined && (
          <span class="sub">
            <bdi>{displayName(client.id)}</bdi>
          </span>
        )}
      </>
    ),
  },
  { title: texts.kind, cell: ({ metadata }) => texts.kinds[kindOf(metadata)] },
  { title: texts.origin, cell: ({ origin }) => originName(origin, texts.origins) },
  {
    title: users.state,
    cell: ({ disabledAt }) =>
      disabledAt !== null && <span class="badge bad">{users.disabled}</span>,
  },
  { title: users.created, cell: ({ createdAt }) => <When at={createdAt} now={as.now} /> },
]

/** Returns an origin in words; a dialect's clients have its own name. */
export const originName = (origin: string, names: Readonly<Record<string, string>>): string =>
  Object.hasOwn(names, origin) ? (names[origin] ?? origin) : displayName(origin)
