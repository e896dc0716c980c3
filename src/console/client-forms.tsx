// The forms that create and edit clients.
import { patchedMetadata, readNewClient } from '../admin/client.ts'
import { hasSecret } from '../core/clients/authentication.ts'
import { changeClient, createClient } from '../core/clients/administration.ts'
import type { Client } from '../core/clients/storage.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { clientKinds, metadataOfKind } from '../protocol/client-kind.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { addressOf, labelOf, readClient, upTo } from './client-place.tsx'
import { ShownVersion, creation, edition, requireAsShown } from './creation.tsx'
import { Select, TextArea, TextField } from './fields.tsx'
import { faultsBeside, linesOf } from './problems.ts'
import { secretAnswer } from './question.tsx'
import { type Refusal, doneAt, once, sentBefore } from './screen.tsx'
import type { Visit } from './visit.ts'

const list = '/admin/clients'

export const clientFormScreens: readonly Endpoint[] = [
  creation(list, {
    section: 'clients',
    listTitle: ({ sections }) => sections.clients,
    title: ({ clients }) => clients.create,
    fields: (visit, refusal) => (
      <>
        <Select
          name="kind"
          label={visit.texts.clients.kind}
          value={refusal?.sent.get('kind')}
          options={clientKinds.map((kind) => [kind, visit.texts.clients.kinds[kind]])}
        />
        <ClientFields visit={visit} refusal={refusal} />
      </>
    ),
    act: create,
  }),
  edition(`${list}/:id/edit`, {
    section: 'clients',
    read: readClient,
    upTo,
    fields: (visit, client, refusal) => (
      <>
        <ShownVersion updatedAt={client.updatedAt} />
        <ClientFields visit={visit} refusal={refusal} client={client} />
      </>
    ),
    act: edit,
  }),
]

const fields = ['client_name', 'redirect_uris', 'scope', 'require_acr'] as const

function ClientFields(props: { visit: Visit; refusal: Refusal | undefined; client?: Client }) {
  const { clients: texts, users } = props.visit.texts
  const { faults = {}, sent = new Map<string, string>() } = props.refusal ?? {}
  const metadata = sent.size > 0 ? undefined : props.client?.metadata
  return (
    <>
      <TextField
        name="client_name"
        label={users.name}
        value={metadata?.client_name ?? sent.get('client_name')}
        fault={faults.client_name}
        isRequired
      />
      <TextArea
        name="redirect_uris"
        label={texts.redirects}
        value={metadata?.redirect_uris.join('\n') ?? sent.get('redirect_uris')}
        hint={texts.redirectsHint}
        fault={faults.redirect_uris}
      />
      <TextField
        name="scope"
        label={texts.scope}
        value={metadata?.scope ?? sent.get('scope')}
        hint={texts.scopeHint}
        fault={faults.scope}
      />
      <Select
        name="require_acr"
        label={texts.secondFactor}
        value={metadata?.require_acr ?? sent.get('require_acr')}
        options={Object.entries(texts.secondFactors)}
      />
    </>
  )
}

/** What a form sends about a client, as metadata; null = the member is removed. */
const membersOf = (sent: Parameters) => ({
  client_name: sent.get('client_name') ?? null,
  redirect_uris: linesOf(sent.get('redirect_uris')),
  scope: linesOf(sent.get('scope')).join(' ') || null,
  require_acr: sent.get('require_acr') || null,
})

const withoutNulls = (members: object) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

async function create(visit: Visit, sent: Parameters): Promise<Response | Refusal | null> {
  const kind = clientKinds.find((one) => one === sent.get('kind')) ?? 'spa'
  const body = withoutNulls({ ...membersOf(sent), ...metadataOfKind(kind) })
  const read = await faultsBeside(visit, sent, fields, () => readNewClient(visit.as, body))
  if ('faults' in read) return read
  const { metadata } = read
  const secret = hasSecret(metadata) ? randomSecret() : null
  return once(visit, 'clients', sent, async (as) => {
    const draft = { id: randomSecret(16), metadata, secret, isDisabled: false }
    const { client, isNew } = await createClient(as, draft)
    // Nobody else can have drawn this identifier: it is the form that is taken.
    if (!isNew) return sentBefore(visit, 'clients')
    if (secret === null) return doneAt(visit, addressOf(client.id), 'created')
    const { clients: texts } = visit.texts
    return secretAnswer(visit, {
      title: labelOf(client),
      section: 'clients',
      up: upTo(client),
      label: texts.newSecret(labelOf(client)),
      secret,
      facts: [[texts.clientId, <code>{client.id}</code>]],
    })
  })
}

async function edit(
  visit: Visit,
  client: Client,
  sent: Parameters,
): Promise<Response | Refusal | null> {
  const { as } = visit
  const patch = membersOf(sent)
  const differs = (name: (typeof fields)[number]): boolean =>
    JSON.stringify(patch[name]) !== JSON.stringify(client.metadata[name] ?? null)
  const changed = await faultsBeside(visit, sent, fields, () =>
    changeClient(as, client.id, {
      kind: 'client.changed',
      fields: fields.filter(differs),
      decide: (before) => {
        requireAsShown(before, sent)
        return { metadata: patchedMetadata(as, before.metadata, patch) }
      },
    }),
  )
  if (changed === null || 'faults' in changed) return changed
  return doneAt(visit, addressOf(client.id), 'saved')
}
