// `postern clients`: the apps that use the server.
import { acrValues } from '../../protocol/acr.ts'
import { clientKinds, metadataOfKind } from '../../protocol/client-kind.ts'
import { misuse } from '../failure.ts'
import {
  actVerb,
  listVerb,
  pathOf,
  sameNames,
  showVerb,
  switchVerbs,
  withoutGaps,
} from '../standard-verbs.ts'
import { stateColumn } from '../table.ts'
import type { Noun, Verb } from '../verb.ts'
import { grantColumns } from './grants.ts'

const one = { parameters: [{ name: 'client', summary: 'client_id' }] }

const ofClient = (below = '') => pathOf('/clients', 'client', below)

const create: Verb = {
  name: 'create',
  summary: 'Creates a client. Its secret, if it has one, is shown once.',
  example: "--kind spa --name 'Notes' --redirect-uri https://notes.example.com/callback",
  options: [
    {
      flags: '--kind <kind>',
      summary: 'single-page, server or native app, service without users, or agent',
      choices: clientKinds,
      required: true,
    },
    { flags: '--name <name>', summary: 'name that people see', required: true },
    { flags: '--redirect-uri <uri...>', summary: 'redirect URI; may be repeated' },
    { flags: '--post-logout-redirect-uri <uri...>', summary: 'where people go after a sign-out' },
    { flags: '--scope <scope>', summary: 'the most that it can ask for' },
    {
      flags: '--default-acr <class...>',
      summary: 'how users should sign in where a request does not say',
      choices: acrValues,
    },
    {
      flags: '--require-acr <class>',
      summary: 'how users must sign in, such as urn:postern:acr:2',
      choices: acrValues,
    },
    { flags: '--id <client-id>', summary: 'client_id, else drawn' },
  ],
  run: async ({ api, output }, input) => {
    const redirectUris = input.texts('redirect-uri')
    const logoutUris = input.texts('post-logout-redirect-uri')
    const defaultAcr = input.texts('default-acr')
    const kind = clientKinds.find((each) => each === input.text('kind'))
    if (kind === undefined) throw misuse(`--kind must be one of ${clientKinds.join(', ')}`)
    const metadata = metadataOfKind(kind)
    const usesBrowser = metadata.grant_types.includes('authorization_code')
    if (usesBrowser && redirectUris.length === 0) {
      throw misuse(`a client of kind ${kind} needs --redirect-uri`)
    }
    if (!usesBrowser && redirectUris.length > 0) {
      throw misuse(`a client of kind ${kind} signs nobody in and takes no --redirect-uri`)
    }
    const body = withoutGaps({
      ...metadata,
      client_id: input.text('id'),
      client_name: input.text('name'),
      redirect_uris: redirectUris.length > 0 ? redirectUris : undefined,
      post_logout_redirect_uris: logoutUris.length > 0 ? logoutUris : undefined,
      scope: input.text('scope') ?? metadata.scope,
      default_acr_values: defaultAcr.length > 0 ? defaultAcr : undefined,
      require_acr: input.text('require-acr'),
    })
    const answer = await api.call('POST', { path: '/clients', body, repeatable: 'key' })
    await output.object(answer.body, { secret: 'client_secret' })
  },
}

export const clients: Noun = {
  name: 'clients',
  summary: 'Apps that use the server',
  verbs: [
    listVerb({
      summary: 'Lists clients',
      example: '--q Notes',
      filters: [
        { flags: '--q <prefix>', summary: 'how the name begins' },
        { flags: '--owner-id <id>', summary: 'created by this user' },
        { flags: '--origin <origin>', summary: 'admin, dcr, cimd, config, or a dialect' },
      ],
      columns: [
        { member: 'client_id', whole: true },
        { member: 'client_name', heading: 'name' },
        stateColumn,
        { member: 'origin' },
        { member: 'token_endpoint_auth_method', heading: 'method' },
        { member: 'client_id_issued_at', heading: 'created' },
      ],
      path: () => '/clients',
      query: sameNames('q', 'owner-id', 'origin'),
    }),
    create,
    showVerb({ ...one, summary: 'Shows a client', example: 'CLIENT_ID', path: ofClient() }),
    ...switchVerbs({
      ...one,
      disable: 'Disables a client: it is refused until it is enabled again',
      enable: 'Enables a client again',
      example: 'CLIENT_ID',
      path: ofClient(),
    }),
    actVerb({
      ...one,
      name: 'delete',
      summary: 'Deletes a client and revokes its grants',
      example: 'CLIENT_ID --yes',
      method: 'DELETE',
      path: ofClient(),
      done: 'Deleted.',
      question: (_context, input) =>
        `Delete the client ${input.parameter('client')}, with all its grants?`,
    }),
    {
      ...one,
      name: 'rotate-secret',
      summary:
        'Creates a new secret, shown once. The previous one stays valid until it is deleted.',
      example: 'CLIENT_ID --only secret',
      run: async (context, input) => {
        const path = ofClient('/secret')(context, input)
        const answer = await context.api.call('POST', { path, repeatable: 'key' })
        await context.output.object(answer.body, { secret: 'client_secret' })
      },
    },
    actVerb({
      ...one,
      name: 'delete-previous-secret',
      summary: 'Deletes the previous secret',
      example: 'CLIENT_ID --yes',
      method: 'DELETE',
      path: ofClient('/secret/previous'),
      done: 'Ended.',
      question: (_context, input) =>
        `Delete the previous secret of the client ${input.parameter('client')}?`,
    }),
    actVerb({
      ...one,
      name: 'revoke',
      summary: 'Revokes everything that was granted to a client so far. It stays enabled.',
      example: 'CLIENT_ID --yes',
      method: 'POST',
      path: ofClient('/revoke'),
      done: 'Revoked.',
      question: (_context, input) =>
        `Revoke all grants of the client ${input.parameter('client')}?`,
    }),
    listVerb({
      ...one,
      name: 'grants',
      summary: 'Lists the grants of a client',
      example: 'CLIENT_ID',
      columns: grantColumns,
      path: ofClient('/grants'),
    }),
  ],
}
