// Admin tokens: made with a scope and an end, shown once, deleted at once.
import { check } from '../admin/json.ts'
import { newToken } from '../admin/tokens.ts'
import { adminScopes } from '../core/server/admin-token.ts'
import type { AdminToken } from '../core/server/storage.ts'
import { createAdminToken, deleteAdminToken } from '../core/server/token-administration.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { creation } from './creation.tsx'
import { Checkbox, TextField } from './fields.tsx'
import { linkColumn, listScreen, perPage } from './list.tsx'
import { question, secretAnswer } from './question.tsx'
import { type Refusal, doneAt, once } from './screen.tsx'
import { Expiry, LifetimeField, TokenChips, lifetimeOf } from './token-parts.tsx'
import { refusalOf } from './user-forms.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

const list = '/admin/tokens'

const up = ({ texts }: Visit) => ({ href: list, title: texts.sections.tokens })

export const tokenScreens: readonly Endpoint[] = [
  listScreen<AdminToken>(list, {
    section: 'tokens',
    title: ({ sections }) => sections.tokens,
    create: [`${list}/new`, ({ tokens }) => tokens.create],
    above: (visit) => <TokenChips visit={visit} here={list} />,
    empty: ({ tokens }) => tokens.empty,
    read: ({ as }, position) => as.store.adminTokens.list(perPage, position ?? ''),
    columns: (visit) => {
      const { tokens: texts, users, never } = visit.texts
      const { now } = visit.as
      return [
        {
          title: users.name,
          cell: ({ id, name }) => (
            <>
              <Name>{name}</Name>
              <span class="sub">
                <code>{id}</code>
              </span>
            </>
          ),
        },
        { title: texts.scope, cell: ({ scope }) => displayName(scope, 100) },
        { title: users.created, cell: ({ createdAt }) => <When at={createdAt} now={now} /> },
        {
          title: users.lastUsed,
          cell: ({ lastUsedAt }) =>
            lastUsedAt === null ? never : <When at={lastUsedAt} now={now} />,
        },
        { title: users.expires, cell: ({ expiresAt }) => <Expiry visit={visit} at={expiresAt} /> },
        ...linkColumn<AdminToken>(visit, ({ id }) => [`${list}/${id}/delete`, users.delete]),
      ]
    },
  }),
  creation(list, {
    section: 'tokens',
    listTitle: ({ sections }) => sections.tokens,
    title: ({ tokens }) => tokens.create,
    fields: (visit, refusal) => (
      <>
        <TextField
          name="name"
          label={visit.texts.users.name}
          hint={visit.texts.tokens.nameHint}
          value={refusal?.sent.get('name')}
          fault={refusal?.faults.name}
          isRequired
        />
        <fieldset>
          <legend>{visit.texts.tokens.scope}</legend>
          {refusal?.faults.scope && <p class="fault">{visit.texts.tokens.noScope}</p>}
          {adminScopes.map((scope) => (
            <Checkbox
              name={`scope-${scope}`}
              label={visit.texts.tokens.scopes[scope]}
              isChecked={refusal?.sent.has(`scope-${scope}`) ?? false}
            />
          ))}
        </fieldset>
        <LifetimeField visit={visit} value={refusal?.sent.get('lifetime')} />
      </>
    ),
    act: create,
  }),
  question<AdminToken>(`${list}/:id/delete`, {
    section: 'tokens',
    list,
    read: ({ as, context }) => as.store.adminTokens.find(context.req.param('id') ?? ''),
    ask: (visit, { name }) => ({
      title: `${visit.texts.users.delete}: ${displayName(name)}`,
      text: visit.texts.tokens.deletion,
      submit: visit.texts.users.delete,
      up: up(visit),
    }),
    act: async (visit, { id }) =>
      (await deleteAdminToken(visit.as, id)) ? doneAt(visit, list, 'deleted') : null,
  }),
]

async function create(visit: Visit, sent: Parameters): Promise<Response | Refusal | null> {
  const { texts } = visit
  const scope = adminScopes.filter((one) => sent.has(`scope-${one}`)).join(' ')
  const members = { name: sent.get('name') ?? '', scope, expires_in: lifetimeOf(sent) }
  const checked = check(newToken, members)
  if ('faults' in checked) return refusalOf(visit, checked.faults, sent)
  const { name, expires_in: lifetime } = checked.value
  return once(visit, 'tokens', sent, async (as) => {
    const { text } = await createAdminToken(as, { name, scope, lifetime })
    return secretAnswer(visit, {
      title: displayName(name),
      section: 'tokens',
      up: up(visit),
      label: texts.tokens.token,
      secret: text,
      facts: [[texts.tokens.scope, scope]],
    })
  })
}
