// One user with everything that belongs to them on one screen: facts, browsers, apps, providers, events.
import type { Child } from 'hono/jsx'
import { secondFactorsOf } from '../core/people/factors/second-factor.ts'
import type { User } from '../core/people/storage.ts'
import { passwordKindOf } from '../crypto/stored-password.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { fill } from '../pages/fill.ts'
import { type Form, PostForm } from '../pages/form.tsx'
import { EventSection } from './event-table.tsx'
import { type View, formTo } from './screen.tsx'
import { DisableOrEnable, DisabledSince } from './state.tsx'
import { Facts } from './table.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import { UserAccess, accessParts } from './user-access.tsx'
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
        <UserAccess visit={visit} sheet={sheet} parts={await accessParts(visit, sheet)} />
        <EventSection
          visit={visit}
          events={sheet.events}
          of="user"
          id={id}
          all={texts.users.allEvents}
        />
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
      <DisableOrEnable
        visit={visit}
        here={here}
        disabledAt={user.disabledAt}
        enable={props.enable}
      />
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
          user.disabledAt !== null && <DisabledSince visit={visit} at={user.disabledAt} />,
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
          texts.secondFactors,
          secondFactorsOf(user)
            .map((factor) => texts.secondFactor[factor])
            .join(', '),
        ],
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
  const password = passwordKindOf(user.passwordHash)
  const { passwordKinds } = texts
  if (password === 'none' || password === 'own' || password === 'reset')
    return passwordKinds[password]
  return fill(texts.imported, { kind: displayName(password) })
}
