// The form that invites somebody to create an account.
import { invitation } from '../admin/invitations.ts'
import { check } from '../admin/json.ts'
import { invite } from '../core/people/sign-up/invitation.ts'
import { areInvited } from '../core/people/sign-up/sign-up.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { creation } from './creation.tsx'
import { TextField } from './fields.tsx'
import { secretAnswer } from './question.tsx'
import type { Refusal } from './screen.tsx'
import { refusalOf } from './user-forms.tsx'
import type { Visit } from './visit.ts'

/** Where somebody is invited. */
export const invitationPath = '/admin/users/invite'

const fields = ['email', 'name', 'role'] as const

export const invitationScreen = creation('/admin/users', {
  path: invitationPath,
  section: 'users',
  listTitle: ({ sections }) => sections.users,
  title: ({ users }) => users.invite,
  fields: ({ texts: { users } }, refusal) =>
    fields.map((name) => (
      <TextField
        name={name}
        label={users[name]}
        value={refusal?.sent.get(name)}
        fault={refusal?.faults[name]}
        isRequired={name === 'email'}
        {...(name === 'role' ? { hint: users.roleHint } : {})}
      />
    )),
  act: send,
})

async function send(visit: Visit, sent: Parameters): Promise<Response | Refusal> {
  const { as, texts } = visit
  const refuse = (detail: string): Refusal => refusalOf(visit, [{ field: 'email', detail }], sent)
  if (!areInvited(as.settings)) return refuse(texts.users.signUpIsOff)
  const email = sent.get('email') ?? ''
  const members = { email, name: sent.get('name') ?? null, role: sent.get('role') ?? null }
  const checked = check(invitation, members)
  if ('faults' in checked) return refusalOf(visit, checked.faults, sent)
  const rest = { username: null, scope: null, language: 'en' }
  const invited = await invite(as, { ...members, ...rest })
  if ('taken' in invited) return refuse(texts.users.taken)
  return secretAnswer(visit, {
    title: texts.users.invite,
    section: 'users',
    up: { href: '/admin/users', title: texts.sections.users },
    label: texts.users.invited(email, invited.isMailed),
    secret: invited.link,
  })
}
