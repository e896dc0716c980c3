// One client with everything that belongs to it on one screen: facts, who uses it, events.
import type { ClientSheet } from '../core/authorization/storage.ts'
import { hasSecret } from '../core/clients/authentication.ts'
import type { Client } from '../core/clients/storage.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { type Form, PostForm } from '../pages/form.tsx'
import { storedScope } from '../protocol/scope.ts'
import { addressOf, clientIdIn, kindOf, labelOf, mostCounted } from './client-place.tsx'
import { originName } from './clients.tsx'
import { ShownVersion } from './creation.tsx'
import { EventSection } from './event-table.tsx'
import { type View, formTo } from './screen.tsx'
import { DisableOrEnable, DisabledSince } from './state.tsx'
import { Facts } from './table.tsx'
import { AccessList, endOf } from './user-access.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** Entries of each list on the screen. */
const most = 20

/** Shows a client; null if there is none. */
export async function showClient(visit: Visit): Promise<View | null> {
  const { as, context, texts } = visit
  const grantsAfter = /^\d{1,15}$/.exec(context.req.query('grants') ?? '')?.[0] ?? null
  const part = { most, mostCounted, grantsAfter }
  const sheet = await as.store.console.findClient(clientIdIn(visit), as.now, part)
  if (sheet === null) return null
  const { client, events } = sheet
  const here = addressOf(client.id)
  return {
    title: labelOf(client),
    section: 'clients',
    up: { href: '/admin/clients', title: texts.sections.clients },
    actions: visit.mayChange && (
      <Deeds
        visit={visit}
        client={client}
        enable={await formTo(visit, `${here}/enable`)}
        endPrevious={await formTo(visit, `${here}/end-previous`)}
      />
    ),
    body: (
      <>
        <ClientFacts visit={visit} sheet={sheet} />
        <Grants visit={visit} sheet={sheet} form={await formTo(visit, `${here}/grants`)} />
        <EventSection
          visit={visit}
          events={events}
          of="client"
          id={client.id}
          all={texts.clients.allEvents}
        />
      </>
    ),
  }
}

function Deeds(props: { visit: Visit; client: Client; enable: Form; endPrevious: Form }) {
  const { visit, client } = props
  const { clients: texts, users } = visit.texts
  const here = addressOf(client.id)
  return (
    <>
      <a class="button quiet" href={`${here}/edit`}>
        {users.edit}
      </a>
      {hasSecret(client.metadata) && (
        <a class="button quiet" href={`${here}/secret`}>
          {texts.rotate}
        </a>
      )}
      {client.previousSecretDigest !== null && (
        <PostForm form={props.endPrevious}>
          <ShownVersion updatedAt={client.updatedAt} />
          <button class="quiet">{texts.endPrevious}</button>
        </PostForm>
      )}
      <a class="button quiet" href={`${here}/end`}>
        {texts.endAll}
      </a>
      <DisableOrEnable
        visit={visit}
        here={here}
        disabledAt={client.disabledAt}
        enable={props.enable}
      />
      <a class="button danger" href={`${here}/delete`}>
        {users.delete}
      </a>
    </>
  )
}

/** Texts one below the other, cut. */
const Lines = ({ lines }: { lines: readonly string[] | undefined }) => (
  <>
    {(lines ?? []).map((line) => (
      <div>
        <Name longest={100}>{line}</Name>
      </div>
    ))}
  </>
)

function ClientFacts({ visit, sheet }: { visit: Visit; sheet: ClientSheet }) {
  const { texts: all, as } = visit
  const { clients: texts, users } = all
  const { client, lastUsedAt, ownerName } = sheet
  const { metadata, ownerId, disabledAt } = client
  return (
    <Facts
      facts={[
        [users.state, disabledAt !== null && <DisabledSince visit={visit} at={disabledAt} />],
        [texts.clientId, <code>{displayName(client.id, 200)}</code>],
        [texts.kind, texts.kinds[kindOf(metadata)]],
        [texts.origin, originName(client.origin, texts.origins)],
        [
          texts.owner,
          ownerName !== null && (
            <a href={`/admin/users/${ownerId}`}>
              <Name longest={32}>{ownerName}</Name>
            </a>
          ),
        ],
        [texts.lastUsed, lastUsedAt !== null && <When at={lastUsedAt} now={as.now} />],
        [texts.method, <code>{metadata.token_endpoint_auth_method}</code>],
        [
          texts.secret,
          hasSecret(metadata) &&
            (client.previousSecretDigest === null ? texts.oneSecret : texts.twoSecrets),
        ],
        [texts.grantTypes, <Lines lines={metadata.grant_types} />],
        [
          texts.redirects,
          metadata.redirect_uris.length > 0 && <Lines lines={metadata.redirect_uris} />,
        ],
        [texts.scope, metadata.scope && <code>{displayName(metadata.scope, 200)}</code>],
        [texts.secondFactor, metadata.require_acr && <code>{metadata.require_acr}</code>],
        [texts.trusted, metadata.trusted && all.yes],
        [users.created, <When at={client.createdAt} now={as.now} />],
        [users.changed, <When at={client.updatedAt} now={as.now} />],
      ]}
    />
  )
}

function Grants(props: { visit: Visit; sheet: ClientSheet; form: Form }) {
  const { visit, sheet, form } = props
  const { clients: texts, users, events } = visit.texts
  const { now } = visit.as
  const { items, nextCursor } = sheet.grants
  return (
    <AccessList
      visit={visit}
      title={`${texts.grants} (${texts.count(sheet.grantCount, mostCounted)})`}
      label={texts.grants}
      empty={texts.noGrants}
      rows={items}
      first={{
        title: events.user,
        cell: ({ userId, username }) => (
          <a href={`/admin/users/${userId}`}>
            <Name longest={32}>{username}</Name>
          </a>
        ),
      }}
      columns={[
        { title: texts.scope, cell: ({ scope }) => displayName(storedScope(scope).join(' '), 120) },
        { title: users.since, cell: ({ createdAt }) => <When at={createdAt} now={now} /> },
        { title: texts.lastUsed, cell: (grant) => <When at={grant.lastUsedAt} now={now} /> },
        { title: users.expires, cell: (grant) => <When at={endOf(grant)} now={now} /> },
      ]}
      form={form}
      field="grant"
      verb={users.end}
      older={nextCursor && `grants=${nextCursor}`}
    />
  )
}
