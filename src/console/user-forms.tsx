// The forms about users: create, edit, and what ends something. What is ended is said before.
import { check } from '../admin/json.ts'
import { userMembers, userPatch } from '../admin/user.ts'
import type { AccessCount } from '../core/authorization/storage.ts'
import { endGrantById, endSessionById } from '../core/people/access-administration.ts'
import {
  type Taken,
  changeUser,
  createUser,
  deleteUser,
  endEverythingOf,
  unlockUser,
} from '../core/people/administration.ts'
import { foldLoginName } from '../core/people/login-name.ts'
import type { User } from '../core/people/storage.ts'
import { endLink } from '../core/providers/link.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { Fault } from '../http/json.ts'
import { fill } from '../pages/fill.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { Checkbox, Editor, TextField } from './fields.tsx'
import { type Refusal, action, doneAt, formScreen } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import { userIdIn } from './user.tsx'
import { labelOf } from './users.tsx'
import type { Visit } from './visit.ts'

const one = '/admin/users/:id'

type Holder = { user: User; access: AccessCount }

export const userFormScreens: readonly Endpoint[] = [
  formScreen('/admin/users/new', {
    needsFresh: true,
    read: () => Promise.resolve({}),
    show: (visit, _, form, refusal) => ({
      title: visit.texts.users.create,
      section: 'users',
      up: { href: '/admin/users', title: visit.texts.sections.users },
      body: (
        <Editor
          form={form}
          texts={visit.texts}
          submit={visit.texts.users.create}
          cancelHref="/admin/users"
          refusal={refusal}
        >
          <UserFields texts={visit.texts} refusal={refusal} />
          <TextField
            name="password"
            type="password"
            autocomplete="new-password"
            label={visit.texts.users.password}
            hint={visit.texts.users.passwordHint}
            fault={refusal?.faults.password}
          />
        </Editor>
      ),
    }),
    act: create,
  }),
  formScreen(`${one}/edit`, {
    needsFresh: true,
    read: readUser,
    show: (visit, user, form, refusal) => ({
      title: visit.texts.users.editTitle(labelOf(user)),
      section: 'users',
      up: upTo(user),
      body: (
        <Editor
          form={form}
          texts={visit.texts}
          submit={visit.texts.save}
          cancelHref={addressOf(user)}
          refusal={refusal}
        >
          <input type="hidden" name="version" value={String(user.updatedAt)} />
          <UserFields texts={visit.texts} refusal={refusal} user={user} />
        </Editor>
      ),
    }),
    act: edit,
  }),
  confirmation('disable', 'disabled', 'disableQuestion', (as, id) =>
    changeUser(as, id, {
      decide: (user) => ({ disabledAt: user.disabledAt ?? as.now }),
      endsEverything: true,
      fields: ['disabled'],
    }),
  ),
  confirmation('sign-out', 'ended', 'endAllQuestion', endEverythingOf),
  confirmation('delete', 'deleted', 'deleteQuestion', deleteUser),
  action(`${one}/enable`, async (visit) => {
    const id = userIdIn(visit)
    const changed = id && (await changeUser(visit.as, id, enabling))
    return changed ? doneAt(visit, `/admin/users/${id}`, 'enabled') : null
  }),
  action(`${one}/unlock`, async (visit) => {
    const user = await readUser(visit)
    if (user === null) return null
    await unlockUser(visit.as, user)
    return doneAt(visit, addressOf(user), 'unlocked')
  }),
  ending('sessions', 'session', ({ as }, _, id) => endSessionById(as, id)),
  ending('grants', 'grant', ({ as }, _, id) => endGrantById(as, id)),
  ending('links', 'link', ({ as }, userId, id) => endLink(as, userId, id)),
]

const enabling = {
  decide: () => ({ disabledAt: null }),
  endsEverything: false,
  fields: ['disabled'],
}

const addressOf = ({ id }: Pick<User, 'id'>): string => `/admin/users/${id}`

const upTo = (user: User) => ({ href: addressOf(user), title: labelOf(user) })

async function readUser(visit: Visit): Promise<User | null> {
  const id = userIdIn(visit)
  return id === null ? null : visit.as.store.users.find(id)
}

async function readHolder(visit: Visit): Promise<Holder | null> {
  const id = userIdIn(visit)
  return id === null ? null : visit.as.store.console.countAccess(id, visit.as.now)
}

function UserFields(props: { texts: ConsoleTexts; refusal?: Refusal | undefined; user?: User }) {
  const { refusal, user } = props
  const { users: texts } = props.texts
  const { faults = {}, sent } = refusal ?? {}
  const isSent = sent !== undefined && sent.size > 0
  const valueOf = (name: 'username' | 'email' | 'name' | 'role'): string | null | undefined =>
    isSent ? sent.get(name) : user?.[name]
  return (
    <>
      <TextField
        name="username"
        label={texts.username}
        value={valueOf('username')}
        fault={faults.username}
        isRequired
      />
      <TextField
        name="email"
        label={texts.email}
        value={valueOf('email')}
        fault={faults.email}
        hint={user && texts.emailHint}
      />
      <Checkbox
        name="email_verified"
        label={texts.emailVerified}
        isChecked={isSent ? sent.has('email_verified') : (user?.emailVerified ?? false)}
        fault={faults.email_verified}
      />
      <TextField name="name" label={texts.name} value={valueOf('name')} fault={faults.name} />
      <TextField
        name="role"
        label={texts.role}
        value={valueOf('role')}
        fault={faults.role}
        hint={texts.roleHint}
      />
    </>
  )
}

/** What a form sends about a user, as the members of the admin interface. */
const membersOf = (sent: Parameters) => ({
  username: sent.get('username') ?? '',
  email: sent.get('email') ?? null,
  email_verified: sent.has('email_verified') && sent.has('email'),
  name: sent.get('name') ?? null,
  role: sent.get('role') ?? null,
})

/** Returns the refusal of a form, with the first fault of each field. */
export const refusalOf = (
  { texts }: Visit,
  faults: readonly Fault[],
  sent: Parameters,
): Refusal => ({
  faults: Object.fromEntries(
    faults.toReversed().map(({ field, detail }) => [field, texts.faultOf(detail)]),
  ),
  sent,
})

const refusalOfTaken = (visit: Visit, { taken }: Taken, sent: Parameters): Refusal =>
  refusalOf(
    visit,
    taken.map((field) => ({ field, detail: visit.texts.users.taken })),
    sent,
  )

async function create(visit: Visit, sent: Parameters): Promise<Response | Refusal> {
  const { as } = visit
  const members = { ...membersOf(sent), password: sent.get('password') ?? null }
  const checked = check(userMembers, members)
  if ('faults' in checked) return refusalOf(visit, checked.faults, sent)
  const { email_verified: emailVerified, ...facts } = members
  const rest = { scope: null, claims: {}, disabledAt: null }
  const created = await createUser(as, { ...facts, emailVerified, ...rest })
  if ('taken' in created) return refusalOfTaken(visit, created, sent)
  return doneAt(visit, addressOf(created), 'created')
}

/** Somebody has changed the user since the form was shown. */
class Overtaken extends Error {}

async function edit(visit: Visit, sent: Parameters): Promise<Response | Refusal | null> {
  const { as, texts, standing } = visit
  const user = await readUser(visit)
  if (user === null) return null
  const members = membersOf(sent)
  const checked = check(userPatch, members)
  if ('faults' in checked) return refusalOf(visit, checked.faults, sent)
  const { email_verified: isVerified, ...facts } = members
  // A new address is not verified by a box that was ticked for the old one.
  const next = { ...facts, emailVerified: isVerified && facts.email === user.email }
  const names = ['username', 'email', 'emailVerified', 'name', 'role'] as const
  const fields = names.filter((name) => next[name] !== user[name])
  if (user.id === standing.user.id && fields.includes('role'))
    return { faults: { role: texts.notYourself }, sent }
  if (fields.length === 0) return doneAt(visit, addressOf(user), 'saved')
  try {
    const changed = await changeUser(as, user.id, {
      decide: ({ updatedAt }) => {
        if (String(updatedAt) !== sent.get('version')) throw new Overtaken()
        return next
      },
      endsEverything: false,
      fields: fields.map((name) => (name === 'emailVerified' ? 'email_verified' : name)),
      names: { username: next.username, email: next.email },
    })
    if (changed === null) return null
    if ('taken' in changed) return refusalOfTaken(visit, changed, sent)
    return doneAt(visit, addressOf(user), 'saved')
  } catch (thrown) {
    if (!(thrown instanceof Overtaken)) throw thrown
    return { faults: { '': texts.changedMeanwhile }, sent: new Map() }
  }
}

/** Returns the form that says what ends with a user, and does it. */
function confirmation(
  verb: 'disable' | 'sign-out' | 'delete',
  done: 'disabled' | 'ended' | 'deleted',
  question: 'disableQuestion' | 'endAllQuestion' | 'deleteQuestion',
  end: (as: Visit['as'], id: number) => Promise<unknown>,
): Endpoint {
  const isDeletion = verb === 'delete'
  const label = ({ users }: ConsoleTexts): string =>
    verb === 'sign-out' ? users.endAll : users[verb]
  return formScreen<Holder>(`${one}/${verb}`, {
    needsFresh: true,
    read: readHolder,
    show: ({ texts }, { user, access }, form, refusal) => ({
      title: `${label(texts)}: ${labelOf(user)}`,
      section: 'users',
      up: upTo(user),
      body: (
        <Editor
          form={form}
          texts={texts}
          submit={label(texts)}
          cancelHref={addressOf(user)}
          isDangerous
          refusal={refusal}
        >
          <p>
            {fill(texts.users[question], {
              access: (
                <strong>
                  {texts.apps(access.grants)}, {texts.browsers(access.sessions)}
                </strong>
              ),
            })}{' '}
            {isDeletion && texts.noUndo}
          </p>
          {isDeletion && (
            <TextField
              name="typed"
              label={fill(texts.typeName, { name: <bdi>{user.username}</bdi> })}
              fault={refusal?.faults.typed}
              isRequired
            />
          )}
        </Editor>
      ),
    }),
    act: async (visit, sent): Promise<Response | Refusal | null> => {
      const { as, texts, standing } = visit
      const user = await readUser(visit)
      if (user === null) return isDeletion ? doneAt(visit, '/admin/users', 'gone') : null
      const isOwn = user.id === standing.user.id && verb !== 'sign-out'
      if (isOwn) return { faults: { '': texts.notYourself }, sent }
      if (isDeletion && foldLoginName(sent.get('typed') ?? '') !== foldLoginName(user.username))
        return { faults: { typed: texts.wrongName }, sent }
      await end(as, user.id)
      as.waitUntil(sendLogoutNotices(as))
      return doneAt(visit, isDeletion ? '/admin/users' : addressOf(user), done)
    },
  })
}

/** Returns the buttons that end one entry of a list on the screen of a user. */
function ending(
  list: string,
  field: string,
  end: (visit: Visit, userId: number, id: string) => Promise<boolean>,
): Endpoint {
  return action(`${one}/${list}`, async (visit, sent) => {
    const userId = userIdIn(visit)
    if (userId === null) return null
    const isEnded = await end(visit, userId, sent.get(field) ?? '')
    visit.as.waitUntil(sendLogoutNotices(visit.as))
    return doneAt(visit, `/admin/users/${userId}`, isEnded ? 'ended' : 'gone')
  })
}
