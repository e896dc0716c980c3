// One user with everything that belongs to them on one screen: facts, browsers, apps, providers, events.
import type { Child } from 'hono/jsx'
import type { ListedGrant, UserSheet } from '../core/authorization/storage.ts'
import type { Session, User } from '../core/people/storage.ts'
import { linkIdOf } from '../core/people/link-suspicion.ts'
import type { ProviderLink } from '../core/providers/storage.ts'
import { shownUser } from '../admin/user.ts'
import { fill } from '../pages/fill.ts'
import type { ConsoleTexts } from './texts/en.ts'
import { browserName } from '../pages/browser-name.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { EntryButton, type Form, PostForm } from '../pages/form.tsx'
import { en } from '../pages/texts/en.ts'
import { storedScope } from '../protocol/scope.ts'
import { EventTable } from './event-table.tsx'
import { type View, formTo } from './screen.tsx'
import { Facts, Table } from './table.tsx'
import { labelOf, userIdIn } from './user-place.ts'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** Entries of each list on the screen. */
const most = 20

/** Shows a user; null if there is none. */
export async function showUser(visit: Visit): Promise<View | null> {
  const { as, context, texts } = visit
  const id = userIdIn(visit)
  if (id === null) return null
  const numberIn = (name: string): string | null =>
    /^\d{1,15}$/.exec(context.req.query(name) ?? '')?.[0] ?? null
  const [sessionsAfter, grantsAfter] = [Number(numberIn('sessions')), numberIn('grants')]
  const part = { most, sessionsAfter, grantsAfter }
  const sheet = await as.store.console.findUser(id, as.now, part)
  if (sheet === null) return null
  const { user } = sheet
  return {
    title: labelOf(user),
    section: 'users',
    up: { href: '/admin/users', title: texts.sections.users },
    actions: visit.mayChange && (
      <Deeds
        visit={visit}
        user={user}
        unlock={await formTo(visit, `/admin/users/${id}/unlock`)}
        enable={await formTo(visit, `/admin/users/${id}/enable`)}
      />
    ),
    body: (
      <>
        <UserFacts visit={visit} user={user} />
        <Sessions
          visit={visit}
          sheet={sheet}
          form={await formTo(visit, `/admin/users/${id}/sessions`)}
        />
        <Grants
          visit={visit}
          sheet={sheet}
          form={await formTo(visit, `/admin/users/${id}/grants`)}
        />
        <Links
          visit={visit}
          links={await named(sheet.links)}
          form={await formTo(visit, `/admin/users/${id}/links`)}
        />
        <section>
          <h2>{texts.users.events}</h2>
          <EventTable
            visit={visit}
            events={sheet.events.items}
            label={texts.users.events}
            without={['user']}
          />
          {sheet.events.nextCursor !== null && (
            <nav class="pages" aria-label={texts.users.events}>
              <a href={`/admin/events?user=${id}`}>{texts.users.allEvents}</a>
            </nav>
          )}
        </section>
      </>
    ),
  }
}

function Deeds(props: { visit: Visit; user: User; unlock: Form; enable: Form }) {
  const { visit, user } = props
  const texts = visit.texts.users
  const here = `/admin/users/${user.id}`
  return (
    <>
      <a class="button quiet" href={`${here}/edit`}>
        {texts.edit}
      </a>
      <PostForm form={props.unlock}>
        <button class="quiet" title={texts.unlockHint}>
          {texts.unlock}
        </button>
      </PostForm>
      <a class="button quiet" href={`${here}/reset`}>
        {texts.reset}
      </a>
      <a class="button quiet" href={`${here}/sign-out`}>
        {texts.endAll}
      </a>
      {user.disabledAt === null ? (
        <a class="button quiet" href={`${here}/disable`}>
          {texts.disable}
        </a>
      ) : (
        <PostForm form={props.enable}>
          <button class="quiet">{texts.enable}</button>
        </PostForm>
      )}
      <a class="button danger" href={`${here}/delete`}>
        {texts.delete}
      </a>
    </>
  )
}

function UserFacts({ visit, user }: { visit: Visit; user: User }) {
  const { texts: all, as } = visit
  const texts = all.users
  const claims = Object.keys(user.claims)
  return (
    <Facts
      facts={[
        [
          texts.state,
          user.disabledAt !== null && (
            <>
              <span class="badge bad">{texts.disabled}</span>{' '}
              <When at={user.disabledAt} now={as.now} />
            </>
          ),
        ],
        [texts.username, <Name>{user.username}</Name>],
        [
          texts.email,
          user.email && (
            <>
              <Name>{user.email}</Name>{' '}
              <span class={user.emailVerified ? 'badge good' : 'badge'}>
                {user.emailVerified ? texts.verified : texts.unverified}
              </span>
            </>
          ),
        ],
        [texts.role, user.role && <Name>{user.role}</Name>],
        [texts.password, passwordKind(user, texts)],
        [
          texts.lastSignIn,
          user.lastSignedInAt === 0 ? all.never : <When at={user.lastSignedInAt} now={as.now} />,
        ],
        [texts.scope, user.scope && <code>{displayName(user.scope, 200)}</code>],
        [texts.claims, claims.length > 0 && <code>{displayName(claims.join(' '), 200)}</code>],
        [texts.created, <When at={user.createdAt} now={as.now} />],
        [texts.changed, <When at={user.updatedAt} now={as.now} />],
        [texts.externalId, user.externalId && <Name>{user.externalId}</Name>],
        [
          texts.source,
          user.importId && (
            <a href={`/admin/users?imported=${encodeURIComponent(user.importId)}`}>
              <Name>{user.sourceId ?? user.importId}</Name>
            </a>
          ),
        ],
        [texts.subject, <code>{user.sub}</code>],
      ]}
    />
  )
}

function passwordKind(user: User, texts: ConsoleTexts['users']): Child {
  const { password } = shownUser(user)
  const { passwordKinds } = texts
  if (password === 'none' || password === 'own' || password === 'reset')
    return passwordKinds[password]
  return fill(texts.imported, { kind: displayName(password) })
}

type ListProps = { visit: Visit; sheet: UserSheet; form: Form }

function Sessions({ visit, sheet, form }: ListProps) {
  const { texts: all, as } = visit
  const texts = all.users
  const { items, nextCursor } = sheet.sessions
  const rows = items.map((session, index) => ({ ...session, index }))
  return (
    <section>
      <h2>
        {texts.browsers} ({sheet.access.sessions})
      </h2>
      <Table
        label={texts.browsers}
        empty={texts.noBrowsers}
        rows={rows}
        columns={[
          {
            title: texts.browser,
            cell: (session) => (
              <>
                <span id={`s${session.index}`}>{browserName(session.userAgent ?? '', en)}</span>
                <SessionFace session={session} />
              </>
            ),
          },
          { title: texts.signedIn, cell: ({ authTime }) => <When at={authTime} now={as.now} /> },
          {
            title: texts.lastUsed,
            cell: ({ lastSeenAt }) => <When at={lastSeenAt} now={as.now} />,
          },
          { title: texts.expires, cell: (session) => <When at={endOf(session)} now={as.now} /> },
          ...endColumn(visit, ({ id, index }: (typeof rows)[number]) => (
            <PostForm form={form}>
              <EntryButton name="session" value={id} of={`s${index}`}>
                {texts.end}
              </EntryButton>
            </PostForm>
          )),
        ]}
      />
      {nextCursor !== null && <Older visit={visit} name="sessions" cursor={nextCursor} />}
    </section>
  )
}

/** The dialect whose cookie it is. */
const SessionFace = ({ session: { face } }: { session: Session }) =>
  face === 'browser' ? null : <span class="sub">{face}</span>

const endOf = (lived: { idleExpiresAt: number; absoluteExpiresAt: number }): number =>
  Math.min(lived.idleExpiresAt, lived.absoluteExpiresAt)

function Grants({ visit, sheet, form }: ListProps) {
  const { texts: all, as } = visit
  const texts = all.users
  const { items, nextCursor } = sheet.grants
  const rows = items.map((grant, index) => ({ ...grant, index }))
  return (
    <section>
      <h2>
        {texts.apps} ({sheet.access.grants})
      </h2>
      <Table
        label={texts.apps}
        empty={texts.noApps}
        rows={rows}
        columns={[
          {
            title: texts.app,
            cell: (grant) => (
              <a
                id={`g${grant.index}`}
                href={`/admin/clients/${encodeURIComponent(grant.clientId)}`}
              >
                <Name>{appName(grant)}</Name>
              </a>
            ),
          },
          { title: texts.may, cell: ({ scope }) => displayName(storedScope(scope).join(' '), 120) },
          { title: texts.since, cell: ({ createdAt }) => <When at={createdAt} now={as.now} /> },
          {
            title: texts.lastUsed,
            cell: ({ lastUsedAt }) => <When at={lastUsedAt} now={as.now} />,
          },
          { title: texts.expires, cell: (grant) => <When at={endOf(grant)} now={as.now} /> },
          ...endColumn(visit, ({ id, index }: (typeof rows)[number]) => (
            <PostForm form={form}>
              <EntryButton name="grant" value={id} of={`g${index}`}>
                {texts.end}
              </EntryButton>
            </PostForm>
          )),
        ]}
      />
      {nextCursor !== null && <Older visit={visit} name="grants" cursor={nextCursor} />}
    </section>
  )
}

const appName = ({ clientName, clientId }: ListedGrant): string =>
  displayName(clientName ?? '') || clientId

type NamedLink = ProviderLink & { id: string }

const named = (links: readonly ProviderLink[]): Promise<NamedLink[]> =>
  Promise.all(links.map(async (link) => ({ ...link, id: await linkIdOf(link) })))

function Links(props: { visit: Visit; links: readonly NamedLink[]; form: Form }) {
  const { visit, form } = props
  const { texts: all, as } = visit
  const texts = all.users
  if (props.links.length === 0) return null
  const rows = props.links.map((link, index) => ({ ...link, index }))
  return (
    <section>
      <h2>{texts.providers}</h2>
      <Table
        label={texts.providers}
        empty=""
        rows={rows}
        columns={[
          {
            title: texts.provider,
            cell: ({ issuer, index }) => <bdi id={`l${index}`}>{displayName(issuer)}</bdi>,
          },
          { title: texts.linkedAs, cell: ({ email, subject }) => <Name>{email ?? subject}</Name> },
          { title: texts.linked, cell: ({ createdAt }) => <When at={createdAt} now={as.now} /> },
          ...endColumn(visit, ({ id, index }: (typeof rows)[number]) => (
            <PostForm form={form}>
              <EntryButton name="link" value={id} of={`l${index}`}>
                {texts.unlink}
              </EntryButton>
            </PostForm>
          )),
        ]}
      />
    </section>
  )
}

/** The column with the button that ends a row, for who may. */
const endColumn = <Row,>(visit: Visit, cell: (row: Row) => Child) =>
  visit.mayChange ? [{ title: visit.texts.actions, cell, isUntitled: true as const }] : []

function Older(props: { visit: Visit; name: 'sessions' | 'grants'; cursor: string }) {
  const { visit, name, cursor } = props
  return (
    <nav class="pages" aria-label={visit.texts.pages}>
      <a href={`${visit.context.req.path}?${name}=${cursor}`}>{visit.texts.users.older}</a>
    </nav>
  )
}
