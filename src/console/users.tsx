// Users: the list with its search and filters, and one user with everything that belongs to them.
import { areInvited } from '../core/people/sign-up/sign-up.ts'
import { looksLikeSubject, foldLoginName, longestLoginName } from '../core/people/login-name.ts'
import type { User, UserFilter } from '../core/people/storage.ts'
import { boundCursor } from '../admin/page.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import type { Endpoint } from '../http/endpoint.ts'
import { Select, TextField } from './fields.tsx'
import { positionIn } from './cursor.ts'
import { invitationPath } from './invitation.tsx'
import { perPage } from './list.tsx'
import { type View, screen } from './screen.tsx'
import { Pages, Table } from './table.tsx'
import { labelOf } from './user-place.ts'
import { showUser } from './user.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

export const userScreens: readonly Endpoint[] = [
  screen('/admin/users', listUsers),
  screen('/admin/users/:id', showUser),
]

/** The days without a sign-in that can be asked for. */
const idleDays = ['30', '90', '365']

/** What the address asks for. */
type Shown = { search: string; state: string; role: string; idle: string; imported: string }

function shownOf({ context: { req } }: Visit): Shown {
  const textOf = (name: string): string => (req.query(name) ?? '').trim().slice(0, longestLoginName)
  const oneOf = (name: string, known: readonly string[]): string =>
    known.find((one) => one === req.query(name)) ?? ''
  return {
    search: textOf('q'),
    state: oneOf('state', ['enabled', 'disabled']),
    role: textOf('role'),
    idle: oneOf('idle', idleDays),
    imported: textOf('imported'),
  }
}

const filterOf = ({ search, state, role, idle, imported }: Shown, now: number): UserFilter => ({
  ...(looksLikeSubject(search) ? { sub: search } : {}),
  ...(search !== '' && !looksLikeSubject(search) ? { prefix: foldLoginName(search) } : {}),
  ...(state === '' ? {} : { isDisabled: state === 'disabled' }),
  ...(role === '' ? {} : { role }),
  ...(imported === '' ? {} : { importId: imported }),
  ...(idle === '' ? {} : { notSignedInSince: Math.floor(now) - Number(idle) * 86_400 }),
})

function addressOf({ search: q, ...others }: Shown): string {
  const asked = Object.entries({ q, ...others }).filter(([, value]) => value !== '')
  return asked.length === 0 ? '/admin/users' : `/admin/users?${new URLSearchParams(asked)}`
}

async function listUsers(visit: Visit): Promise<View> {
  const { as, texts, context } = visit
  const shown = shownOf(visit)
  const filter = filterOf(shown, as.now)
  const isTooShort = filter.prefix !== undefined && filter.prefix.length < 2
  const list = ['users', shown]
  const position = await positionIn(list, context.req.query('cursor') ?? '')
  const { items, nextCursor } = isTooShort
    ? { items: [], nextCursor: null }
    : await as.store.userAdministration.list(filter, as.now, perPage, position)
  const here = addressOf(shown)
  const none = here === '/admin/users' ? texts.users.empty : texts.users.noneFound
  return {
    title: texts.sections.users,
    section: 'users',
    actions: visit.mayChange && (
      <>
        {areInvited(as.settings) && <a href={invitationPath}>{texts.users.invite}</a>}{' '}
        <a class="button" href="/admin/users/new">
          {texts.users.create}
        </a>
      </>
    ),
    body: (
      <>
        <Filters visit={visit} shown={shown} isTooShort={isTooShort} />
        <Table
          label={texts.sections.users}
          columns={columnsOf(visit)}
          rows={items}
          empty={nextCursor === null ? none : texts.noneHere}
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

function Filters(props: { visit: Visit; shown: Shown; isTooShort: boolean }) {
  const { visit, shown, isTooShort } = props
  const texts = visit.texts.users
  const { states } = texts
  return (
    <form class="filters" role="search" action="/admin/users">
      <TextField
        name="q"
        type="search"
        label={texts.search}
        value={shown.search}
        fault={isTooShort ? texts.tooShort : undefined}
      />
      <TextField name="role" label={texts.role} value={shown.role} />
      <Select
        name="state"
        label={texts.state}
        value={shown.state}
        options={[
          ['', visit.texts.all],
          ['enabled', states.enabled],
          ['disabled', states.disabled],
        ]}
      />
      <Select
        name="idle"
        label={texts.idle}
        value={shown.idle}
        options={[
          ['', visit.texts.any],
          ...idleDays.map((days) => [days, texts.days(days)] as const),
        ]}
      />
      {shown.imported !== '' && (
        <TextField name="imported" label={texts.import} value={shown.imported} />
      )}
      <button>{visit.texts.search}</button>
    </form>
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
    title: texts.users.lastSignIn,
    cell: ({ lastSignedInAt }: User) =>
      lastSignedInAt === 0 ? texts.never : <When at={lastSignedInAt} now={as.now} />,
  },
  {
    title: texts.users.created,
    cell: ({ createdAt }: User) => <When at={createdAt} now={as.now} />,
  },
]

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
