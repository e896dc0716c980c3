// Kustvakt's services, for users of a super client and for administrators.
import * as korap from '../../dialects/korap.ts'
import { basic, bearer, get, post } from '../../support/http.ts'
import type { Job } from '../matrix/job.ts'
import { doneAgain } from './reasons.ts'

const root = '/api/v1.0/oauth2'

/** Kustvakt's services for somebody with a token of a super client. */
const kustvakt = (
  route: string,
  send: (
    world: { token: string; kalamar: Awaited<ReturnType<typeof korap.registerKalamar>> },
    to: Parameters<typeof post>[3],
  ) => Promise<() => Promise<unknown>>,
  more: Partial<Job> = {},
): Job => ({
  ...{ name: 'for a user of a super client', route, face: 'korap', ...more },
  prepare: async (stage) => {
    const kalamar = await korap.registerKalamar()
    const { token } = await korap.signedInUser(kalamar)
    return stage.request(await send({ token, kalamar }, stage.to))
  },
})

export const korapJobs: Job[] = [
  kustvakt(
    `POST ${root}/client/register`,
    async ({ token }, to) =>
      () =>
        korap.register(token, korap.confidential, '/api/v1.0', to),
    { mayRemain: { clients: 'one whose secret was never told', audit_events: 'both were made' } },
  ),
  kustvakt(
    `POST ${root}/client/list`,
    async ({ token, kalamar }, to) =>
      () =>
        korap.ask(`${root}/client/list`, korap.asSuper(kalamar), token, to),
  ),
  kustvakt(
    `POST ${root}/token/list`,
    async ({ token, kalamar }, to) =>
      () =>
        korap.ask(
          `${root}/token/list`,
          { ...korap.asSuper(kalamar), token_type: 'refresh_token' },
          token,
          to,
        ),
  ),
  kustvakt(
    `POST ${root}/client/reset`,
    async ({ token }, to) => {
      const { client_id, client_secret = '' } = await korap.registered200(token)
      return () => korap.ask(`${root}/client/reset`, { client_id, client_secret }, token, to)
    },
    {
      mayRemain: { audit_events: 'both were made' },
      retried: { 'the secret is another one by now': ({ status }) => status === 401 },
    },
  ),
  kustvakt(`POST ${root}/token`, async ({ token }, to) => {
    const client = await korap.registered200(token)
    const code = await korap.codeFor(client, token)
    const form = { grant_type: 'authorization_code', code, redirect_uri: korap.redirectUri }
    return () =>
      post(`${root}/token`, form, basic(client.client_id, client.client_secret ?? ''), to)
  }),
  kustvakt(`POST ${root}/revoke`, async ({ token }, to) => {
    const client = await korap.registered200(token)
    const { access_token } = await korap.tokensOf(client, token)
    const { client_id, client_secret = '' } = client
    return () => post(`${root}/revoke`, { client_id, client_secret, token: access_token }, {}, to)
  }),
  kustvakt(`GET ${root}/authorize`, async ({ token }, to) => {
    const { client_id } = await korap.registered200(token)
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id, scope: 'search' },
      redirect_uri: korap.redirectUri,
    })
    return () => get(`${root}/authorize?${query}`, bearer(token), to)
  }),
  kustvakt(`POST ${root}/revoke/super`, async ({ token, kalamar }, to) => {
    const client = await korap.registered200(token)
    const { refresh_token = '' } = await korap.tokensOf(client, token)
    const form = { ...korap.asSuper(kalamar), token: refresh_token }
    return () => korap.ask(`${root}/revoke/super`, form, token, to)
  }),
  kustvakt(`POST ${root}/revoke/super/all`, async ({ token, kalamar }, to) => {
    const client = await korap.registered200(token)
    await korap.tokensOf(client, token)
    const form = { ...korap.asSuper(kalamar), client_id: client.client_id }
    return () => korap.ask(`${root}/revoke/super/all`, form, token, to)
  }),
  kustvakt(`POST ${root}/client/:client_id`, async ({ token, kalamar }, to) => {
    const { client_id } = await korap.registered200(token)
    return () => korap.ask(`${root}/client/${client_id}`, korap.asSuper(kalamar), token, to)
  }),
  kustvakt(
    `DELETE ${root}/client/deregister/:client_id`,
    async ({ token }, to) => {
      const { client_id } = await korap.registered200(token)
      return () => korap.deregister(token, client_id, '/api/v1.0', to)
    },
    { retried: { 'the client is gone': ({ status }) => status === 401 } },
  ),
  kustvakt(`POST ${root}/authorize`, async ({ token }, to) => {
    const { client_id } = await korap.registered200(token)
    const form = {
      ...{ response_type: 'code', client_id, scope: 'search' },
      redirect_uri: korap.redirectUri,
    }
    return () => post(`${root}/authorize`, form, bearer(token), to)
  }),
  kustvakt(
    'POST /api/v1.0/admin/oauth2/client/privilege',
    async ({ token, kalamar }, to) => {
      const administrator = await korap.signedInUser(kalamar, { role: 'admin' })
      const { client_id } = await korap.registered200(token)
      const form = { client_id, super: 'true' }
      const path = '/api/v1.0/admin/oauth2/client/privilege'
      return () => korap.ask(path, form, administrator.token, to)
    },
    { mayRemain: doneAgain },
  ),
]
