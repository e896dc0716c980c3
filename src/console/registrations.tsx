// Initial access tokens (RFC 7591 1.2): whoever bears one may register clients.
import { check } from '../admin/json.ts'
import { newRegistrationToken } from '../admin/registration-tokens.ts'
import {
  createRegistrationToken,
  deleteRegistrationToken,
} from '../core/clients/registration-administration.ts'
import type { RegistrationToken } from '../core/clients/storage.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { creation } from './creation.tsx'
import { TextField } from './fields.tsx'
import { linkColumn, listScreen, perPage } from './list.tsx'
import { linesOf } from './problems.ts'
import { question, secretAnswer } from './question.tsx'
import { type Refusal, doneAt, once } from './screen.tsx'
import { Expiry, LifetimeField, TokenChips, lifetimeOf } from './token-parts.tsx'
import { refusalOf } from './user-forms.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

const list = '/admin/registration-tokens'

const up = ({ texts }: Visit) => ({ href: list, title: texts.registrations.title })

export const registrationScreens: readonly Endpoint[] = [
  listScreen<RegistrationToken>(list, {
    section: 'tokens',
    title: ({ registrations }) => registrations.title,
    create: [`${list}/new`, ({ registrations }) => registrations.create],
    above: (visit) => <TokenChips visit={visit} here={list} />,
    empty: ({ registrations }) => registrations.empty,
    read: ({ as }, position) => as.store.registrations.listTokens(perPage, position ?? ''),
    columns: (visit) => {
      const { registrations: texts, users, never } = visit.texts
      const { now } = visit.as
      return [
        { title: users.name, cell: ({ label }) => <Name>{label}</Name> },
        {
          title: texts.uses,
          cell: ({ uses, maxUses }) => (maxUses === null ? String(uses) : `${uses} / ${maxUses}`),
        },
        {
          title: texts.limits,
          cell: ({ scope, redirectHosts, grantTypes }) =>
            displayName(
              [scope ?? '', ...(redirectHosts ?? []), ...(grantTypes ?? [])].join(' '),
              120,
            ),
        },
        {
          title: users.lastUsed,
          cell: ({ lastUsedAt }) =>
            lastUsedAt === null ? never : <When at={lastUsedAt} now={now} />,
        },
        { title: users.expires, cell: ({ expiresAt }) => <Expiry visit={visit} at={expiresAt} /> },
        ...linkColumn<RegistrationToken>(visit, ({ id }) => [`${list}/${id}/delete`, users.delete]),
      ]
    },
  }),
  creation(list, {
    section: 'tokens',
    listTitle: ({ registrations }) => registrations.title,
    title: ({ registrations }) => registrations.create,
    fields: (visit, refusal) => (
      <>
        {fields.map((name) => (
          <TextField
            name={name}
            label={visit.texts.registrations.fields[name]}
            hint={visit.texts.registrations.hints[name]}
            value={refusal?.sent.get(name)}
            fault={refusal?.faults[name]}
            isRequired={name === 'label'}
          />
        ))}
        <LifetimeField visit={visit} value={refusal?.sent.get('lifetime')} />
      </>
    ),
    act: create,
  }),
  question<RegistrationToken>(`${list}/:id/delete`, {
    section: 'tokens',
    list,
    read: ({ as, context }) => as.store.registrations.showToken(context.req.param('id') ?? ''),
    ask: (visit, { label }) => ({
      title: `${visit.texts.users.delete}: ${displayName(label)}`,
      text: visit.texts.registrations.deletion,
      submit: visit.texts.users.delete,
      up: up(visit),
    }),
    act: async (visit, { id }) =>
      (await deleteRegistrationToken(visit.as, id)) ? doneAt(visit, list, 'deleted') : null,
  }),
]

const fields = ['label', 'max_uses', 'scope', 'redirect_hosts'] as const

async function create(visit: Visit, sent: Parameters): Promise<Response | Refusal | null> {
  const { texts } = visit
  const uses = sent.get('max_uses')
  const hosts = linesOf(sent.get('redirect_hosts'))
  const scope = linesOf(sent.get('scope')).join(' ')
  const checked = check(newRegistrationToken, {
    label: sent.get('label') ?? '',
    expires_in: lifetimeOf(sent),
    ...(uses === undefined ? {} : { max_uses: Number(uses) }),
    ...(scope === '' ? {} : { scope }),
    ...(hosts.length === 0 ? {} : { redirect_hosts: hosts }),
  })
  if ('faults' in checked) {
    const faults = checked.faults.map(({ field, detail }) => ({
      field: field.replace(/\..*/, ''),
      detail,
    }))
    return refusalOf(visit, faults, sent)
  }
  const { value } = checked
  return once(visit, 'tokens', sent, async (as) => {
    const { text } = await createRegistrationToken(as, {
      id: randomSecret(16),
      secret: randomSecret(),
      label: value.label,
      scope: value.scope ?? null,
      redirectHosts: value.redirect_hosts ?? null,
      grantTypes: null,
      maxUses: value.max_uses ?? null,
      lifetime: value.expires_in,
    })
    return secretAnswer(visit, {
      title: displayName(value.label),
      section: 'tokens',
      up: up(visit),
      label: texts.registrations.token,
      secret: text,
    })
  })
}
