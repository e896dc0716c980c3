// `postern providers`: where else people can sign in.
import { actVerb, listVerb, pathOf, showVerb, switchVerbs, withoutGaps } from '../standard-verbs.ts'
import { presetNames } from '../../protocol/provider-presets.ts'
import { stateColumn } from '../table.ts'
import type { Noun } from '../verb.ts'

const one = { parameters: [{ name: 'provider', summary: 'id of the provider' }] }

export const providers: Noun = {
  name: 'providers',
  summary: 'Identity providers',
  verbs: [
    listVerb({
      summary: 'Lists identity providers',
      example: '',
      columns: [
        { member: 'id', whole: true },
        { member: 'label' },
        { member: 'issuer' },
        { member: 'sign_in', heading: 'sign-in' },
        { member: 'accounts' },
        stateColumn,
        { member: 'created_at', heading: 'created' },
      ],
      path: () => '/providers',
    }),
    {
      name: 'create',
      summary: 'Creates an identity provider and shows the redirect URI to register with it',
      example: '--preset google --client-id ID --client-secret-stdin < secret.txt',
      options: [
        {
          flags: '--preset <preset>',
          summary: 'fill in the rest, for a provider that everybody knows',
          choices: [...presetNames],
        },
        { flags: '--id <id>', summary: 'part of the redirect URI: a-z 0-9 -' },
        { flags: '--label <label>', summary: 'name on the button; needed without a preset' },
        { flags: '--issuer <url>', summary: 'issuer, exactly as in its tokens; likewise' },
        {
          flags: '--client-id <id>',
          summary: 'client_id of Postern at the provider',
          required: true,
        },
        {
          flags: '--client-secret-stdin',
          summary: 'read the client secret from stdin; of Apple, the .p8 file',
        },
        { flags: '--team-id <id>', summary: 'of Apple: the team' },
        { flags: '--key-id <id>', summary: 'of Apple: the key in the .p8 file' },
        {
          flags: '--auth-method <method>',
          summary: 'how Postern authenticates (client_secret_basic)',
          choices: ['client_secret_basic', 'client_secret_post', 'none'],
        },
        { flags: '--scope <scope>', summary: 'what to ask for (openid profile email)' },
        {
          flags: '--accounts <which>',
          summary: 'who may sign in (existing)',
          choices: ['existing', 'create'],
        },
        { flags: '--link-by-email', summary: 'link accounts by verified address' },
        { flags: '--email-domain <domain...>', summary: 'only addresses of these domains' },
        {
          flags: '--domain <domain...>',
          summary: 'addresses of these domains sign in here, never with a password',
        },
      ],
      run: async ({ api, output, readStdin }, input) => {
        const listOf = (option: string) => {
          const given = input.texts(option)
          return given.length > 0 ? given : undefined
        }
        const body = withoutGaps({
          preset: input.text('preset'),
          id: input.text('id'),
          label: input.text('label'),
          issuer: input.text('issuer'),
          client_id: input.text('client-id'),
          client_secret: input.flag('client-secret-stdin') ? await readStdin() : undefined,
          team_id: input.text('team-id'),
          key_id: input.text('key-id'),
          token_endpoint_auth_method: input.text('auth-method'),
          scope: input.text('scope'),
          accounts: input.text('accounts'),
          link_by_email: input.flag('link-by-email') || undefined,
          email_domains: listOf('email-domain'),
          domains: listOf('domain'),
        })
        await output.object((await api.call('POST', { path: '/providers', body })).body)
      },
    },
    showVerb({
      ...one,
      summary: 'Shows a provider',
      example: 'google',
      path: pathOf('/providers', 'provider'),
    }),
    ...switchVerbs({
      ...one,
      example: 'google',
      path: pathOf('/providers', 'provider'),
      disable: 'Disables a provider: its domains sign in with a password again. Sessions stay.',
      enable: 'Enables a provider',
    }),
    actVerb({
      ...one,
      name: 'delete',
      summary: 'Deletes a provider. Links to its accounts work again if it is created again.',
      example: 'google --yes',
      method: 'DELETE',
      path: pathOf('/providers', 'provider'),
      done: 'Deleted.',
      question: (_context, input) => `Delete the provider ${input.parameter('provider')}?`,
    }),
  ],
}
