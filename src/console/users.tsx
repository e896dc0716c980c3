// Users: the list with its search and filters, and one user with everything that belongs to them.
import { looksLikeSubject, foldLoginName, longestLoginName } from '../core/people/login-name.ts'
import type { User, UserFilter } from '../core/people/storage.ts'
import { boundCursor, readBoundCursor } from '../admin/page.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { fill } from '../pages/fill.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { TextField } from './fields.tsx'
import { type View, screen } from './screen.tsx'
import { Pages, Table } from './table.tsx'
import { showUser } from './user.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** Entries of a page of a list. */
const perPage = 50

export const userScreens: readonly Endpoint[] = [
  screen('/admin/users', listUsers),
  screen('/admin/users/:id', showUser),
]

const filters = { all: {}, disabled: { isDisabled: true }, admins: { role: 'admin' } } as const

type Shown = { search: string; show: keyof typeof filters | 'role'; role: string }

/** Reads what the address asks for: a search, or else one of the filters. */
function shownOf({ context: { req } }: Visit): Shown {
  const search = (req.query('q') ?? '').trim().slice(0, longestLoginName)
  const role = req.query('role') ?? ''
  const asked = req.query('show')
  const show = asked === 'disabled' || asked === 'admins' ? asked : 'all'
  return { search, role, show: role !== '' && search === '' ? 'role' : show }
}

// A search and a filter together would have no index: whoever is looked for is found by the search.
function filterOf({ search, show, role }: Shown): UserFilter {
  if (looksLikeSubject(search)) return { sub: search }
  if (search !== '') return { prefix: foldLoginName(search) }
  return show === 'role' ? { role } : filters[show]
}

function addressOf({ search, show, role }: Shown): string {
  const query = new URLSearchParams({
    ...(search === '' ? {} : { q: search }),
    ...(search === '' && show === 'role' ? { role } : {}),
    ...(search === '' && (show === 'disabled' || show === 'admins') ? { show } : {}),
  })
  return query.size === 0 ? '/admin/users' : `/admin/users?${query}`
}

async function listUsers(visit: Visit): Promise<View> {
  const { as, texts, context } = visit
  const shown = shownOf(visit)
  const filter = filterOf(shown)
  const isTooShort = filter.prefix !== undefined && filter.prefix.length < 2
  const list = ['users', filter]
  const position = await positionIn(list, context.req.query('cursor') ?? '')
  const { items, nextCursor } = isTooShort
    ? { items: [], nextCursor: null }
    : await as.store.userAdministration.list(filter, perPage, position)
  const here = addressOf(shown)
  return {
    title: texts.sections.users,
    section: 'users',
    actions: visit.mayChange && (
      <a class="button" href="/admin/users/new">
        {texts.users.create}
      </a>
    ),
    body: (
      <>
        <form class="filters" role="search" action="/admin/users">
          <TextField
            name="q"
            type="search"
            label={texts.users.search}
            value={shown.search}
            fault={isTooShort ? texts.users.tooShort : undefined}
          />
          <button>{texts.search}</button>
        </form>
        <Filters visit={visit} shown={shown} />
        <Table
          label={texts.sections.users}
          columns={columnsOf(visit)}
          rows={items}
          empty={here === '/admin/users' ? texts.users.empty : texts.users.noneFound}
        />
        <Pages
          here={here}
          isFirst={position === null}
          next={nextCursor && (await boundCursor(list, nextCursor))}
          texts={texts}
        />
      </>
    ),
  }
}

/** Returns the position of a cursor; one that belongs to another list begins at the first page. */
export const positionIn = (list: readonly unknown[], cursor: string): Promise<string | null> =>
  readBoundCursor(list, cursor).catch(() => null)

function Filters({ visit, shown }: { visit: Visit; shown: Shown }) {
  const texts = visit.texts.users
  const names = ['all', 'disabled', 'admins'] as const
  return (
    <ul class="chips" aria-label={visit.texts.filter}>
      {names.map((show) => (
        <li>
          <a
            href={addressOf({ search: '', show, role: '' })}
            aria-current={shown.search === '' && shown.show === show ? 'page' : undefined}
          >
            {texts.shown[show]}
          </a>
        </li>
      ))}
      {shown.show === 'role' && (
        <li>
          <a href={addressOf(shown)} aria-current="page">
            {fill(texts.withRole, { role: <Name>{shown.role}</Name> })}
          </a>
        </li>
      )}
    </ul>
  )
}

const columnsOf = ({ texts, as }: Visit) => [
  {
    title: texts.users.name,
    cell: (user: User) => (
      <>
        <a href={`/admin/users/${user.id}`}>
          <Name>{labelOf(user)}</Name>
        </a>
        <UnderName user={user} />
      </>
    ),
  },
  {
    title: texts.users.role,
    cell: ({ role }: User) =>
      role !== null && (
        <a href={`/admin/users?role=${encodeURIComponent(role)}`}>
          <Name>{role}</Name>
        </a>
      ),
  },
  {
    title: texts.users.state,
    cell: ({ disabledAt }: User) =>
      disabledAt !== null && <span class="badge bad">{texts.users.disabled}</span>,
  },
  {
    title: texts.users.created,
    cell: ({ createdAt }: User) => <When at={createdAt} now={as.now} />,
  },
]

/** Returns the full name of a user, or the username. */
export const labelOf = ({ name, username }: Pick<User, 'name' | 'username'>): string =>
  displayName(name ?? '') || displayName(username) || '-'

/** The names that the label does not say. */
function UnderName({ user }: { user: User }) {
  const { username, email } = user
  const others = [username, email].filter((name) => name !== null && name !== labelOf(user))
  if (others.length === 0) return null
  return (
    <span class="sub">
      {[...new Set(others)].map((name, index) => (
        <>
          {index > 0 && ' · '}
          <bdi>{displayName(name ?? '')}</bdi>
        </>
      ))}
    </span>
  )
}
