// Identity providers: their state, whether they answer, and the forms that create, edit and end them.
import { addProvider, reviseProvider } from '../admin/providers.ts'
import { deleteProvider } from '../core/providers/administration.ts'
import { presetLabel } from '../core/providers/presets.ts'
import type { Provider } from '../core/providers/storage.ts'
import { requireAnswering } from '../federation/discovery.ts'
import { OutboundError } from '../federation/outbound.ts'
import { callbackOf } from '../federation/provider-sign-in.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { type Form, PostForm } from '../pages/form.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { presetNames } from '../protocol/provider-presets.ts'
import { creation, edition } from './creation.tsx'
import { Checkbox, Select, TextField } from './fields.tsx'
import { listScreen, perPage } from './list.tsx'
import { faultsBeside, linesOf } from './problems.ts'
import { question } from './question.tsx'
import { type Refusal, type View, action, answer, doneAt, formTo, screen } from './screen.tsx'
import { DisableOrEnable } from './state.tsx'
import { Facts } from './table.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

const list = '/admin/providers'
const one = `${list}/:id`

const addressOf = ({ id }: Pick<Provider, 'id'>): string => `${list}/${id}`

const labelOf = ({ id, configuration }: Provider): string => displayName(configuration.label) || id

const upTo = (provider: Provider) => ({ href: addressOf(provider), title: labelOf(provider) })

const readProvider = ({ as, context }: Visit): Promise<Provider | null> =>
  as.store.providers.find(context.req.param('id') ?? '')

const State = ({ visit: { texts }, provider }: { visit: Visit; provider: Provider }) =>
  provider.disabledAt === null ? (
    <span class="badge good">{texts.providers.enabled}</span>
  ) : (
    <span class="badge bad">{texts.users.disabled}</span>
  )

export const providerScreens: readonly Endpoint[] = [
  listScreen<Provider>(list, {
    section: 'providers',
    title: ({ sections }) => sections.providers,
    create: [`${list}/new`, ({ providers }) => providers.create],
    empty: ({ providers }) => providers.empty,
    read: ({ as }, position) => as.store.providers.list(perPage, position ?? ''),
    columns: (visit) => [
      {
        title: visit.texts.users.name,
        cell: (provider) => (
          <a href={addressOf(provider)}>
            <Name>{labelOf(provider)}</Name>
          </a>
        ),
      },
      {
        title: visit.texts.providers.fields.issuer,
        cell: ({ configuration }) => <Name longest={80}>{configuration.issuer}</Name>,
      },
      {
        title: visit.texts.users.state,
        cell: (provider) => <State visit={visit} provider={provider} />,
      },
    ],
  }),
  creation(list, {
    section: 'providers',
    listTitle: ({ sections }) => sections.providers,
    title: ({ providers }) => providers.create,
    fields: (visit, refusal) => <ProviderFields visit={visit} refusal={refusal} />,
    act: async (visit, sent) => {
      const given = Object.entries({
        ...membersOf(sent),
        preset: sent.get('preset') ?? null,
        id: sent.get('id') ?? null,
      })
      const members = Object.fromEntries(given.filter(([, value]) => value !== null))
      const made = await faultsBeside(visit, sent, ['id', ...fields], () =>
        addProvider(visit.as, members),
      )
      return 'faults' in made ? made : doneAt(visit, addressOf(made), 'created')
    },
  }),
  edition<Provider>(`${one}/edit`, {
    section: 'providers',
    read: readProvider,
    upTo,
    fields: (visit, provider, refusal) => (
      <ProviderFields visit={visit} refusal={refusal} provider={provider} />
    ),
    act: edit,
  }),
  question<Provider>(`${one}/disable`, {
    ...about('disable'),
    act: async (visit, { id }) => {
      const disabled = await reviseProvider(visit.as, id, { disabled: true })
      return doneAt(visit, addressOf(disabled), 'disabled')
    },
  }),
  question<Provider>(`${one}/delete`, {
    ...about('delete'),
    act: async (visit, { id }) =>
      (await deleteProvider(visit.as, id)) ? doneAt(visit, list, 'deleted') : null,
  }),
  action(`${one}/enable`, async (visit) => {
    const provider = await readProvider(visit)
    if (provider === null) return null
    await reviseProvider(visit.as, provider.id, { disabled: false })
    return doneAt(visit, addressOf(provider), 'enabled')
  }),
  action(`${one}/check`, async (visit) => {
    const provider = await readProvider(visit)
    return provider && (await connect(visit, provider))
  }),
  screen(one, showProvider),
]

function about(verb: 'disable' | 'delete') {
  return {
    section: 'providers' as const,
    list,
    read: readProvider,
    ask: ({ texts }: Visit, provider: Provider) => ({
      title: `${texts.users[verb]}: ${labelOf(provider)}`,
      text: texts.providers.questions[verb],
      submit: texts.users[verb],
      up: upTo(provider),
    }),
  }
}

/** Asks the provider for its metadata, as a sign-in would. */
async function connect(visit: Visit, provider: Provider): Promise<Response> {
  const { texts } = visit
  try {
    await requireAnswering(visit.as, provider.configuration)
    return doneAt(visit, addressOf(provider), 'answers')
  } catch (thrown) {
    if (!(thrown instanceof OutboundError)) throw thrown
    const view: View = {
      title: `${texts.providers.check}: ${labelOf(provider)}`,
      section: 'providers',
      up: upTo(provider),
      body: (
        <div class="alert" role="alert">
          {texts.faultOf(displayName(thrown.message, 200))}
        </div>
      ),
    }
    return answer(visit, view, 400)
  }
}

async function showProvider(visit: Visit): Promise<View | null> {
  const { as, texts } = visit
  const provider = await readProvider(visit)
  if (provider === null) return null
  const { configuration } = provider
  const { fields: names, ...words } = texts.providers
  const here = addressOf(provider)
  return {
    title: labelOf(provider),
    section: 'providers',
    up: { href: list, title: texts.sections.providers },
    actions: visit.mayChange && (
      <Deeds
        visit={visit}
        provider={provider}
        check={await formTo(visit, `${here}/check`)}
        enable={await formTo(visit, `${here}/enable`)}
      />
    ),
    body: (
      <Facts
        facts={[
          [texts.users.state, <State visit={visit} provider={provider} />],
          [names.issuer, <Name longest={200}>{configuration.issuer}</Name>],
          [names.client_id, <Name longest={200}>{configuration.client_id}</Name>],
          [names.client_secret, provider.wrappedClientSecret === null ? texts.none : words.set],
          [words.redirect, <code>{callbackOf(as, provider.id)}</code>],
          [names.scope, displayName(configuration.scope, 200)],
          [names.accounts, words.accounts[configuration.accounts]],
          [names.domains, displayName(configuration.domains.join(' '), 200) || texts.none],
          [names.link_by_email, configuration.link_by_email ? texts.yes : texts.no],
          [words.signIn, configuration.sign_in ? texts.yes : texts.no],
          [texts.users.created, <When at={provider.createdAt} now={as.now} />],
          [texts.users.changed, <When at={provider.updatedAt} now={as.now} />],
        ]}
      />
    ),
  }
}

function Deeds(props: { visit: Visit; provider: Provider; check: Form; enable: Form }) {
  const { visit, provider, check, enable } = props
  const { users, providers: texts } = visit.texts
  const here = addressOf(provider)
  return (
    <>
      <a class="button quiet" href={`${here}/edit`}>
        {users.edit}
      </a>
      <PostForm form={check}>
        <button class="quiet">{texts.check}</button>
      </PostForm>
      <DisableOrEnable visit={visit} here={here} disabledAt={provider.disabledAt} enable={enable} />
      <a class="button danger" href={`${here}/delete`}>
        {users.delete}
      </a>
    </>
  )
}

const lines = [
  ...(['label', 'issuer', 'client_id', 'client_secret'] as const),
  ...(['team_id', 'key_id', 'scope', 'domains'] as const),
] as const
const fields = ['preset', ...lines, 'accounts', 'link_by_email'] as const

function ProviderFields(props: {
  visit: Visit
  refusal: Refusal | undefined
  provider?: Provider
}) {
  const { provider } = props
  const { providers: words } = props.visit.texts
  const { faults = {}, sent } = props.refusal ?? {}
  const { configuration } = provider ?? {}
  const valueOf = (name: (typeof lines)[number]): string | undefined =>
    // A secret is never sent back.
    name === 'client_secret'
      ? undefined
      : (sent?.get(name) ?? [configuration?.[name] ?? []].flat().join(' '))
  const hints: Readonly<Record<string, string>> = words.hints
  const isApples = provider === undefined || configuration?.preset === 'apple'
  const shownLines = lines.filter((name) => isApples || (name !== 'team_id' && name !== 'key_id'))
  return (
    <>
      {provider === undefined && (
        <>
          <Select
            name="preset"
            label={words.preset}
            value={sent?.get('preset')}
            hint={words.presetHint}
            options={[
              ['', words.noPreset],
              ...presetNames.map((name) => [name, presetLabel(name)] as const),
            ]}
          />
          <TextField
            name="id"
            label={words.id}
            hint={words.idHint}
            value={sent?.get('id')}
            fault={faults.id}
          />
        </>
      )}
      {shownLines.map((name) => (
        <TextField
          name={name}
          label={words.fields[name]}
          type={name === 'client_secret' ? 'password' : 'text'}
          autocomplete={name === 'client_secret' ? 'new-password' : 'off'}
          hint={name === 'client_secret' && provider !== undefined ? words.secretHint : hints[name]}
          value={valueOf(name)}
          fault={faults[name]}
          isRequired={name === 'client_id'}
        />
      ))}
      <Select
        name="accounts"
        label={words.fields.accounts}
        value={sent?.get('accounts') ?? configuration?.accounts}
        options={[
          ['existing', words.accounts.existing],
          ['create', words.accounts.create],
        ]}
      />
      <Checkbox
        name="link_by_email"
        label={words.fields.link_by_email}
        isChecked={sent?.has('link_by_email') ?? configuration?.link_by_email ?? false}
      />
    </>
  )
}

/** What a form sends about a provider, as members of the admin interface; null = the default. */
const membersOf = (sent: Parameters) => ({
  // What is left empty is a preset's to fill in, or missing.
  label: sent.get('label') ?? null,
  issuer: sent.get('issuer') ?? null,
  team_id: sent.get('team_id') ?? null,
  key_id: sent.get('key_id') ?? null,
  domains: sent.has('domains') ? linesOf(sent.get('domains')) : null,
  client_id: sent.get('client_id') ?? '',
  client_secret: sent.get('client_secret') ?? null,
  ...(sent.has('client_secret') || sent.has('preset')
    ? {}
    : { token_endpoint_auth_method: 'none' }),
  scope: sent.get('scope') ?? null,
  accounts: sent.get('accounts') === 'create' ? 'create' : 'existing',
  link_by_email: sent.has('link_by_email'),
})

async function edit(
  visit: Visit,
  provider: Provider,
  sent: Parameters,
): Promise<Response | Refusal> {
  const { client_secret: secret, token_endpoint_auth_method: _, ...members } = membersOf(sent)
  const { token_endpoint_auth_method: method } = provider.configuration
  // An empty field leaves the secret as it is. A provider that had none takes its first one by Basic.
  const patch =
    secret === null
      ? members
      : {
          ...members,
          client_secret: secret,
          token_endpoint_auth_method: method === 'none' ? 'client_secret_basic' : method,
        }
  const changed = await faultsBeside(visit, sent, fields, () =>
    reviseProvider(visit.as, provider.id, patch),
  )
  return 'faults' in changed ? changed : doneAt(visit, addressOf(provider), 'saved')
}
