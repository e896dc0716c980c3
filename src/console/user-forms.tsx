// The forms that create and edit users.
import { check } from '../admin/json.ts'
import { userMembers, userPatch } from '../admin/user.ts'
import { type Taken, changeUser, createUser } from '../core/people/administration.ts'
import type { User } from '../core/people/storage.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { Fault } from '../http/json.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { ShownVersion, creation, edition, requireAsShown } from './creation.tsx'
import { Checkbox, TextField } from './fields.tsx'
import { type Refusal, doneAt } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import { addressOf, readUser, upTo } from './user-place.ts'
import type { Visit } from './visit.ts'

export const userFormScreens: readonly Endpoint[] = [
  creation('/admin/users', {
    section: 'users',
    listTitle: ({ sections }) => sections.users,
    title: ({ users }) => users.create,
    fields: ({ texts }, refusal) => (
      <>
        <UserFields texts={texts} refusal={refusal} />
        <TextField
          name="password"
          type="password"
          autocomplete="new-password"
          label={texts.users.password}
          hint={texts.users.passwordHint}
          fault={refusal?.faults.password}
        />
      </>
    ),
    act: create,
  }),
  edition('/admin/users/:id/edit', {
    section: 'users',
    read: readUser,
    upTo,
    fields: ({ texts }, user, refusal) => (
      <>
        <ShownVersion updatedAt={user.updatedAt} />
        <UserFields texts={texts} refusal={refusal} user={user} />
      </>
    ),
    act: edit,
  }),
]

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

async function edit(
  visit: Visit,
  user: User,
  sent: Parameters,
): Promise<Response | Refusal | null> {
  const { as, texts, standing } = visit
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
  const changed = await changeUser(as, user.id, {
    decide: (before) => {
      requireAsShown(before, sent)
      return next
    },
    endsEverything: false,
    fields: fields.map((name) => (name === 'emailVerified' ? 'email_verified' : name)),
    names: { username: next.username, email: next.email },
  })
  if (changed === null) return null
  if ('taken' in changed) return refusalOfTaken(visit, changed, sent)
  return doneAt(visit, addressOf(user), 'saved')
}
