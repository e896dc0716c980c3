// What has access to a user: browsers, apps, and accounts at providers. Each entry has a button that ends
// it.
import type { Child } from 'hono/jsx'
import type { ListedGrant, UserSheet } from '../core/authorization/storage.ts'
import type { Session } from '../core/people/storage.ts'
import { linkIdOf } from '../core/people/link-suspicion.ts'
import type { ProviderLink } from '../core/providers/storage.ts'
import { browserName } from '../pages/browser-name.ts'
import { placeIn } from '../pages/place-name.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { EntryButton, type Form, PostForm } from '../pages/form.tsx'
import { en } from '../pages/texts/en.ts'
import { storedScope } from '../protocol/scope.ts'
import { formTo } from './screen.tsx'
import { type Column, Table } from './table.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** What the lists need besides the sheet. */
type Parts = {
  forms: Readonly<Record<'sessions' | 'grants' | 'links', Form>>
  links: readonly (ProviderLink & { id: string })[]
}

/** Creates the forms of the buttons, and the ids that they post. */
export async function accessParts(visit: Visit, { user, links }: UserSheet): Promise<Parts> {
  const to = (list: keyof Parts['forms']) => formTo(visit, `/admin/users/${user.id}/${list}`)
  return {
    forms: { sessions: await to('sessions'), grants: await to('grants'), links: await to('links') },
    links: await Promise.all(links.map(async (link) => ({ ...link, id: await linkIdOf(link) }))),
  }
}

/** The lists of what has access. */
export function UserAccess(props: { visit: Visit; sheet: UserSheet; parts: Parts }) {
  const { visit, sheet, parts } = props
  const { sessions, grants, access } = sheet
  const { forms, links } = parts
  const texts = visit.texts.users
  const { now } = visit.as
  const when = (at: number) => <When at={at} now={now} />
  return (
    <>
      <AccessList
        visit={visit}
        title={`${texts.browsers} (${access.sessions})`}
        label={texts.browsers}
        empty={texts.noBrowsers}
        rows={sessions.items}
        first={{ title: texts.browser, cell: (session) => <Browser session={session} /> }}
        columns={[
          { title: texts.signedIn, cell: ({ authTime }) => when(authTime) },
          { title: texts.lastUsed, cell: ({ lastSeenAt }) => when(lastSeenAt) },
          { title: texts.expires, cell: (row) => when(endOf(row)) },
        ]}
        form={forms.sessions}
        field="session"
        verb={texts.end}
        older={sessions.nextCursor && `sessions=${sessions.nextCursor}`}
      />
      <AccessList
        visit={visit}
        title={`${texts.apps} (${access.grants})`}
        label={texts.apps}
        empty={texts.noApps}
        rows={grants.items}
        first={{ title: texts.app, cell: (grant) => <App grant={grant} /> }}
        columns={[
          {
            title: visit.texts.clients.scope,
            cell: ({ scope }) => displayName(storedScope(scope).join(' '), 120),
          },
          { title: texts.since, cell: ({ createdAt }) => when(createdAt) },
          { title: texts.lastUsed, cell: ({ lastUsedAt }) => when(lastUsedAt) },
          { title: texts.expires, cell: (row) => when(endOf(row)) },
        ]}
        form={forms.grants}
        field="grant"
        verb={texts.end}
        older={grants.nextCursor && `grants=${grants.nextCursor}`}
      />
      {links.length > 0 && (
        <AccessList
          visit={visit}
          title={texts.providers}
          label={texts.providers}
          empty=""
          rows={links}
          first={{ title: texts.provider, cell: ({ issuer }) => <Name>{issuer}</Name> }}
          columns={[
            { title: texts.linkedAs, cell: (link) => <Name>{link.email ?? link.subject}</Name> },
            { title: texts.linked, cell: ({ createdAt }) => when(createdAt) },
          ]}
          form={forms.links}
          field="link"
          verb={texts.unlink}
          older={null}
        />
      )}
    </>
  )
}

/** Returns when a session or grant ends, in seconds. */
export const endOf = (lived: { idleExpiresAt: number; absoluteExpiresAt: number }): number =>
  Math.min(lived.idleExpiresAt, lived.absoluteExpiresAt)

const Browser = ({ session: { userAgent, face, place } }: { session: Session }) => (
  <>
    {browserName(userAgent ?? '', en)}
    {place !== null && <span class="sub">{placeIn('en', place)}</span>}
    {/* The dialect whose cookie it is. */}
    {face !== 'browser' && <span class="sub">{face}</span>}
  </>
)

const App = ({ grant: { clientId, clientName } }: { grant: ListedGrant }) => (
  <a href={`/admin/clients/${encodeURIComponent(clientId)}`}>
    <Name>{displayName(clientName ?? '') || clientId}</Name>
  </a>
)

type AccessListProps<Row> = {
  visit: Visit
  title: string
  label: string
  empty: string
  rows: readonly Row[]
  /** The column with the name of an entry. */
  first: Column<Row>
  columns: readonly Column<Row>[]
  /** Posts the id of an entry as `field`. */
  form: Form
  field: string
  /** What the buttons say. */
  verb: string
  /** The query of the page with older entries. */
  older: string | null
}

/** A list of what has access, with a button for each entry that ends it. */
export function AccessList<Row extends { id: string }>(props: AccessListProps<Row>) {
  const { visit, rows, first, form, field } = props
  const names = new Map(rows.map(({ id }, index) => [id, `${field}-${index}`]))
  const nameOf = ({ id }: Row): string => names.get(id) ?? field
  const named = {
    ...first,
    cell: (row: Row): Child => <span id={nameOf(row)}>{first.cell(row)}</span>,
  }
  const end = {
    title: visit.texts.actions,
    isUntitled: true,
    cell: (row: Row) => (
      <PostForm form={form}>
        <EntryButton name={field} value={row.id} of={nameOf(row)}>
          {props.verb}
        </EntryButton>
      </PostForm>
    ),
  } as const
  return (
    <section>
      <h2>{props.title}</h2>
      <Table
        label={props.label}
        empty={props.empty}
        rows={rows}
        columns={[named, ...props.columns, ...(visit.mayChange ? [end] : [])]}
      />
      {props.older && (
        <nav class="pages" aria-label={visit.texts.pages}>
          <a href={`${visit.context.req.path}?${props.older}`}>{visit.texts.users.older}</a>
        </nav>
      )}
    </section>
  )
}
