// `postern providers`: where else people can sign in.
import { actVerb, listVerb, pathOf, showVerb, withoutGaps } from '../standard-verbs.ts'
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
      example:
        '--id google --label Google --issuer https://accounts.google.com --client-id ID' +
        ' --client-secret-stdin < secret.txt',
      options: [
        { flags: '--id <id>', summary: 'part of the redirect URI: a-z 0-9 -' },
        { flags: '--label <label>', summary: 'name on the button', required: true },
        { flags: '--issuer <url>', summary: 'issuer, exactly as in its tokens', required: true },
        {
          flags: '--client-id <id>',
          summary: 'client_id of Postern at the provider',
          required: true,
        },
        { flags: '--client-secret-stdin', summary: 'read the client secret from stdin' },
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
      ],
      run: async ({ api, output, readStdin }, input) => {
        const domains = input.texts('email-domain')
        const body = withoutGaps({
          id: input.text('id'),
          label: input.text('label'),
          issuer: input.text('issuer'),
          client_id: input.text('client-id'),
          client_secret: input.flag('client-secret-stdin') ? await readStdin() : undefined,
          token_endpoint_auth_method: input.text('auth-method'),
          scope: input.text('scope'),
          accounts: input.text('accounts'),
          link_by_email: input.flag('link-by-email') || undefined,
          email_domains: domains.length > 0 ? domains : undefined,
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
