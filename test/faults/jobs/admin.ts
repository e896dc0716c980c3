// The operator's interface, method by method.
import { signedIn } from '../../openid/flow.ts'
import { registerProvider } from '../../federation/providers.ts'
import { scriptedSignIn, personClaims } from '../../federation/sign-in.ts'
import { beginImport, importRows, linesOf, newRow, sendChunk } from '../../support/imports.ts'
import { mailSettings } from '../../support/mails.ts'
import {
  admin,
  registerClient,
  registerResource,
  registerUser,
  type TestClient,
  type TestUser,
} from '../../support/registry.ts'
import { signIn } from '../../support/tokens.ts'
import { userWithApp } from '../../support/totp.ts'
import type { Job } from '../matrix/job.ts'
import { doneAgain } from './reasons.ts'

const face = 'problem'
const api = '/admin/v1'

const idOf = async (answer: Promise<Response>): Promise<string> => {
  const { id } = await (await answer).json<{ id: string | number }>()
  return String(id)
}

/** A job by its method, its path from `/admin/v1` on, and what is sent. */
const job = (
  route: string,
  path: string | (() => Promise<string>),
  more: Partial<Job> & { body?: () => object } = {},
): Job => {
  const { body, ...others } = more
  const [method = ''] = route.split(' ')
  return {
    ...{ name: 'by the operator', face, route: route.replace(' ', ` ${api}`), ...others },
    prepare: async (stage) => {
      const at = typeof path === 'string' ? path : await path()
      return stage.request(() => admin(method, at, body?.(), stage.to))
    },
  }
}

const user = async (): Promise<TestUser> => registerUser()
const ofUser = (end: string) => async () => `/users/${(await user()).id}${end}`
const client = async (): Promise<TestClient> => registerClient()
const ofClient = (end: string) => async () => `/clients/${(await client()).client_id}${end}`

const unique = (): string => crypto.randomUUID()
const name = (): object => ({ username: `u-${unique()}`, email: `${unique()}@example.com` })

/** A grant and a session of somebody. */
async function grantPath(): Promise<string> {
  const [someone, app] = [await user(), await client()]
  await signIn(app, someone)
  const answer = await admin('GET', `/users/${someone.id}/grants`)
  const { items } = await answer.json<{ items: Record<string, string>[] }>()
  return `/grants/${items[0]?.['grant_id'] ?? items[0]?.['id']}`
}

async function sessionPath(): Promise<string> {
  const someone = await user()
  await signedIn(someone)
  const answer = await admin('GET', `/users/${someone.id}/sessions`)
  const { items } = await answer.json<{ items: Record<string, string>[] }>()
  return `/sessions/${items[0]?.['session_id'] ?? items[0]?.['id']}`
}

/** The path of a link of somebody to their account at a provider. */
async function linkPath(): Promise<string> {
  const someone = await user()
  const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
  await guild.link(await signedIn(someone), personClaims(unique()))
  const answer = await admin('GET', `/users/${someone.id}/provider-links`)
  const { items } = await answer.json<{ items: { id: string }[] }>()
  return `/users/${someone.id}/provider-links/${items[0]?.id}`
}

const users: Job[] = [
  job('GET /users', '/users'),
  job('POST /users', '/users', {
    body: () => ({ ...name(), password: unique() }),
    mayRemain: doneAgain,
    // The name is theirs: what was created is told of as taken.
    retried: { 'the user is there': ({ status }) => status === 409 },
  }),
  job('GET /users/:id', ofUser('')),
  job('PATCH /users/:id', ofUser(''), { body: () => ({ name: 'Ada' }), mayRemain: doneAgain }),
  job('PATCH /users/:id', ofUser(''), {
    ...{ name: 'disables', body: () => ({ disabled: true }), mayRemain: doneAgain },
  }),
  job('DELETE /users/:id', ofUser(''), {
    retried: { 'the user is gone': ({ status }) => status === 404 },
  }),
  job('POST /users/:id/logout', ofUser('/logout'), { mayRemain: doneAgain }),
  job('POST /users/:id/unlock', ofUser('/unlock'), { mayRemain: doneAgain }),
  job('POST /users/:id/reset', ofUser('/reset'), {
    mayRemain: { ...doneAgain, mail_actions: 'a newer link ends the one before' },
  }),
  job('GET /users/:id/second-factors', ofUser('/second-factors')),
  job(
    'DELETE /users/:id/second-factors',
    async () => `/users/${(await userWithApp()).id}/second-factors`,
    { mayRemain: doneAgain },
  ),
  job('POST /invitations', '/invitations', {
    environment: { ...mailSettings, SIGN_UP: 'invite' },
    body: () => ({ email: `${unique()}@example.com` }),
    mayRemain: {
      ...{ ...doneAgain, mail_actions: 'a newer link ends the one before' },
      ...{ mails: 'one more mail', mail_counts: 'each mail counts' },
    },
  }),
  job('GET /users/:id/provider-links', ofUser('/provider-links')),
  job('DELETE /users/:id/provider-links/:link', linkPath, {
    retried: { 'the link is gone': ({ status }) => status === 404 },
  }),
  job('GET /users/:id/grants', ofUser('/grants')),
  job('GET /users/:id/sessions', ofUser('/sessions')),
  job('GET /users/:id/events', ofUser('/events')),
]

const clients: Job[] = [
  job('GET /clients', '/clients'),
  job('POST /clients', '/clients', {
    body: () => ({ client_name: 'An app', grant_types: ['client_credentials'] }),
    mayRemain: { ...doneAgain, clients: 'a client whose secret was never told is nobody’s' },
  }),
  job('GET /clients/:client_id', ofClient('')),
  job('PATCH /clients/:client_id', ofClient(''), {
    body: () => ({ client_name: 'Another name' }),
    mayRemain: doneAgain,
  }),
  job('DELETE /clients/:client_id', ofClient(''), {
    retried: { 'the client is gone': ({ status }) => status === 404 },
  }),
  job('POST /clients/:client_id/secret', ofClient('/secret'), { mayRemain: doneAgain }),
  job(
    'DELETE /clients/:client_id/secret/previous',
    async () => {
      const { client_id } = await client()
      await admin('POST', `/clients/${client_id}/secret`)
      return `/clients/${client_id}/secret/previous`
    },
    { mayRemain: doneAgain, retried: { 'it is gone': ({ status }) => status === 404 } },
  ),
  job('POST /clients/:client_id/revoke', ofClient('/revoke'), { mayRemain: doneAgain }),
  job('GET /clients/:client_id/grants', ofClient('/grants')),
  job('GET /clients/:client_id/events', ofClient('/events')),
  job('DELETE /grants/:grant_id', grantPath, { mayRemain: doneAgain }),
  job('DELETE /sessions/:session_id', sessionPath, {
    retried: { 'the session is gone': ({ status }) => status === 404 },
  }),
]

/** The five methods of a kind of thing. */
const things = (
  path: string,
  parameter: string,
  create: () => object,
  made: () => Promise<string>,
  change: () => object,
): Job[] => [
  job(`GET ${path}`, path),
  job(`POST ${path}`, path, {
    body: create,
    mayRemain: { ...doneAgain, providers: 'one that was made twice is seen in the list' },
    retried: { 'it is there': ({ status }) => status === 409 },
  }),
  job(`GET ${path}/:${parameter}`, made),
  job(`PATCH ${path}/:${parameter}`, made, { body: change, mayRemain: doneAgain }),
  job(`DELETE ${path}/:${parameter}`, made, {
    retried: { 'it is gone': ({ status }) => status === 404 },
  }),
]

const typePath = '/authorization-details-types'
const schema = { type: 'object', properties: { text: { type: 'string', maxLength: 1000 } } }
const detailsType = (): object => ({
  ...{ type: `type-${unique()}`, schema },
  title: { en: 'A payment', de: 'Eine Zahlung' },
})

async function madeType(): Promise<string> {
  const answer = await admin('POST', typePath, detailsType())
  return `${typePath}/${(await answer.json<{ type: string }>()).type}`
}

/** An address of a provider, which is fetched nowhere while it is only kept. */
const provider = (): object => ({
  label: 'A provider',
  issuer: `http://127.0.0.1:9/${unique()}`,
  client_id: 'portal',
  client_secret: 'the secret of the portal',
})

const made = async (path: string, body: object): Promise<string> =>
  `${path}/${await idOf(admin('POST', path, body))}`

const lists: Job[] = [
  ...things(
    '/resources',
    'id',
    () => ({ resource: `https://${unique()}.example/mcp` }),
    async () => (await registerResource()).path,
    () => ({ name: 'The archive' }),
  ),
  ...things(typePath, 'type', detailsType, madeType, () => ({ schema })),
  ...things(
    '/providers',
    'id',
    provider,
    async () => `/providers/${(await registerProvider(provider())).id}`,
    () => ({ label: 'Another name' }),
  ),
]

const tokenLost = 'a token that was never told is nobody’s'

const tokens: Job[] = [
  job('GET /registration-tokens', '/registration-tokens'),
  job('POST /registration-tokens', '/registration-tokens', {
    body: () => ({ label: 'a test' }),
    mayRemain: { ...doneAgain, registration_tokens: tokenLost },
  }),
  job('GET /registration-tokens/:id', () => made('/registration-tokens', { label: 'a test' })),
  job('DELETE /registration-tokens/:id', () => made('/registration-tokens', { label: 'a test' }), {
    retried: { 'it is gone': ({ status }) => status === 404 },
  }),
  job('GET /tokens', '/tokens'),
  job('POST /tokens', '/tokens', {
    body: () => ({ name: 'a test', scope: 'users' }),
    mayRemain: { ...doneAgain, admin_tokens: tokenLost },
  }),
  job('DELETE /tokens/:token_id', () => made('/tokens', { name: 'a test', scope: 'users' }), {
    retried: { 'it is gone': ({ status }) => status === 404 },
  }),
]

const imports: Job[] = [
  job('GET /imports', '/imports'),
  job('POST /imports', '/imports', {
    body: () => ({ source: 'csv', source_id: `source-${unique()}` }),
    mayRemain: { ...doneAgain, imports: 'an import without rows' },
  }),
  job('GET /imports/:import_id', async () => `/imports/${await beginImport()}`),
  job(
    'DELETE /imports/:import_id',
    async () => {
      const id = await beginImport()
      await importRows(id, [newRow()])
      return `/imports/${id}`
    },
    {
      mayRemain: { ...doneAgain, imports: 'an undo that has begun goes on with the retry' },
      retried: { 'it is gone': ({ status }) => status === 404 },
    },
  ),
  {
    ...{ name: 'a chunk', face, route: `PUT ${api}/imports/:import_id/chunks/:number` },
    prepare: async (stage) => {
      const id = await beginImport()
      const rows = linesOf([newRow({ password: { plain: 'a pass phrase' } }), newRow({ line: 2 })])
      return stage.request(() => sendChunk(id, 1, rows, stage.to))
    },
    mayRemain: doneAgain,
  },
  job('POST /imports/:import_id/finish', async () => `/imports/${await beginImport()}/finish`, {
    mayRemain: doneAgain,
  }),
]

const keysMade = {
  ...doneAgain,
  signing_keys: 'successors may be made twice, and each is published',
}

const server: Job[] = [
  job('GET /keys', '/keys'),
  job('POST /keys/rotate', '/keys/rotate', { mayRemain: keysMade }),
  job(
    'POST /keys/:kid/withdraw',
    async () => {
      const { items } = await (await admin('GET', '/keys')).json<{ items: { kid: string }[] }>()
      return `/keys/${items[0]?.kid}/withdraw`
    },
    { mayRemain: keysMade },
  ),
  job('POST /keys/rewrap', '/keys/rewrap', { mayRemain: doneAgain }),
  job('GET /events', '/events'),
  ...['users', 'provider-links', 'consents', 'grants'].map((what) =>
    job(`GET /export/${what}`, `/export/${what}`, { mayRemain: doneAgain }),
  ),
  job('GET /settings', '/settings'),
  job('GET /statistics', '/statistics'),
  job('GET /metrics', '/metrics'),
  job('POST /epoch', '/epoch', { mayRemain: doneAgain }),
  job('GET /openapi.json', '/openapi.json'),
]

export const adminJobs: Job[] = [...users, ...clients, ...lists, ...tokens, ...imports, ...server]
