// What other programs ask: registration, documents of the server, the dialects.
import { manage, registerAt, registered201 } from '../../registration/registrant.ts'
import { api, cookieOf, loginWithCode, scriptedIssuer } from '../../dialects/traffic-ops.ts'
import { basic, bearer, get, post } from '../../support/http.ts'
import { registerClient, registerPublicClient, registerUser } from '../../support/registry.ts'
import { signIn } from '../../support/tokens.ts'
import type { Face, Job } from '../matrix/job.ts'
import { korapJobs } from './korap.ts'
import { countedTry, doneAgain, lostGrant, refusalWithoutEvent } from './reasons.ts'

const environment = { REGISTRATION: 'open' }
const registration = { face: 'oauth', environment } as const

const registering: Job[] = [
  {
    ...{ ...registration, name: 'an app registers itself', route: 'POST /oauth2/register' },
    prepare: (stage) =>
      stage.request(() => registerAt(stage.to, { redirect_uris: ['https://client.example/cb'] })),
    mayRemain: {
      clients: 'a client that never heard of its secret is removed unused',
      audit_events: 'both were registered',
      sign_in_attempts: 'each try counts',
    },
  },
  ...(['GET', 'PUT', 'DELETE'] as const).map((method): Job => ({
    ...{ ...registration, name: 'looks after itself' },
    route: `${method} /oauth2/register/:client_id`,
    prepare: async (stage) => {
      const client = await registered201(stage.to)
      const { client_id } = client
      const document = { client_id, redirect_uris: ['https://client.example/other'] }
      const sent = method === 'PUT' ? document : undefined
      return stage.request(() => manage(stage.to, method, client, sent))
    },
    mayRemain: doneAgain,
    // A token that was replaced, or a client that is gone: the word of it was lost.
    retried: { 'it was done': ({ status }) => method !== 'GET' && status === 401 },
  })),
]

/** A document of the server. */
const gets = (route: string, face: Face = 'oauth', path = route, headers = {}): Job => ({
  ...{ name: 'a document', route: `GET ${route}`, face },
  prepare: (stage) => stage.request(() => get(path, headers, stage.to)),
})

const documents: Job[] = [
  gets('/.well-known/jwks.json'),
  gets('/.well-known/openid-configuration'),
  gets('/.well-known/oauth-authorization-server'),
  gets('/.well-known/change-password', 'page'),
  gets('/health', 'monitor'),
  {
    ...gets('/health/ready', 'monitor'),
    alsoRight: { 'the monitor is told that something is slow': ({ status }) => status === 200 },
  },
  gets('/oauth/signature', 'comic-clan'),
  gets('/favicon.ico', 'page'),
  gets('/robots.txt', 'page'),
]

const cms: Job[] = [
  {
    ...{ name: 'signs in', route: 'POST /api.php', face: 'cms' },
    prepare: async (stage) => {
      await registerPublicClient({ client_id: 'cms', grant_types: ['password'] }).catch(() => null)
      const { username: login, password } = await registerUser()
      return stage.request(() => post('/api.php?method=oauth', { login, password }, {}, stage.to))
    },
    mayRemain: { ...lostGrant, ...countedTry },
  },
  {
    ...{ name: 'a wrong password', route: 'POST /api.php', face: 'cms' },
    prepare: async (stage) => {
      await registerPublicClient({ client_id: 'cms', grant_types: ['password'] }).catch(() => null)
      const { username: login } = await registerUser()
      const form = { login, password: 'not the password' }
      return stage.request(() => post('/api.php?method=oauth', form, {}, stage.to))
    },
    ...{ mayRemain: countedTry, mayLack: refusalWithoutEvent },
  },
  gets('/api.php', 'cms', '/api.php?method=oauth'),
]

/** Comic Clan's client, and its tokens. */
async function clan() {
  const client = await registerClient({ scope: 'feed profile post comment openid' })
  const user = await registerUser()
  const headers = basic(client.client_id, client.client_secret ?? '')
  return { user, headers, tokens: await signIn(client, user, { scope: 'feed' }) }
}

const comicClan: Job[] = [
  ...['/oauth/token', '/oauth/token/'].map((route): Job => ({
    ...{ name: 'signs in', route: `POST ${route}`, face: 'comic-clan' },
    prepare: async (stage) => {
      const { user, headers } = await clan()
      const { username, password } = user
      const form = { grant_type: 'password', username, password, scope: '*' }
      return stage.request(() => post(route, form, headers, stage.to))
    },
    mayRemain: { ...lostGrant, ...countedTry },
  })),
  ...['/oauth/revoke', '/oauth/revoke/'].map((route): Job => ({
    ...{ name: 'ends a token', route: `POST ${route}`, face: 'comic-clan' },
    prepare: async (stage) => {
      const { headers, tokens } = await clan()
      const form = { token: tokens.refresh_token }
      return stage.request(() => post(route, form, headers, stage.to))
    },
  })),
]

const turnstile: Job[] = [
  {
    ...{ name: 'signs in', route: 'POST /api/v1/login', face: 'turnstile' },
    prepare: async (stage) => {
      await registerPublicClient({ client_id: 'c64', scope: 'openid profile' }).catch(() => null)
      const { username, password } = await registerUser()
      const form = { grant_type: 'password', client_id: 'c64', username, password }
      return stage.request(() => post('/api/v1/login', form, {}, stage.to))
    },
    mayRemain: { ...lostGrant, ...countedTry },
  },
]

const c64Logout: Job = {
  ...{ name: 'signs out', route: 'GET /api/v1/logout', face: 'turnstile' },
  prepare: async (stage) => {
    const c64 = await registerPublicClient({ grant_types: ['password', 'refresh_token'] })
    const { access_token } = await signIn(c64, await registerUser(), { scope: 'openid' })
    return stage.request(() => get('/api/v1/logout', bearer(access_token), stage.to))
  },
}

const trafficOps: Job[] = [
  {
    ...{ name: 'a code of a provider', route: 'POST /api/:version/user/login/oauth' },
    ...{ face: 'traffic-ops', preparesAnew: true, outgoing: true },
    prepare: async (stage) => {
      const [user, known] = [await registerUser({ role: 'admin' }), await scriptedIssuer()]
      await known.register()
      await known.givesToken(known.tokenWith({ sub: user.username }))
      return stage.request(() => loginWithCode(known.wire, stage.to))
    },
    mayRemain: { sessions: 'a session whose cookie was never told is nobody’s', ...lostGrant },
    alsoRight: {
      'the provider is to blame': ({ status, members }) =>
        [400, 401, 403, 500, 502, 503].includes(status) && members.includes('alerts'),
    },
  },
  {
    ...{ name: 'signs in', route: 'POST /api/:version/user/login', face: 'traffic-ops' },
    prepare: async (stage) => {
      const { username: u, password: p } = await registerUser({ role: 'admin' })
      const body = JSON.stringify({ u, p })
      const headers = { 'Content-Type': 'application/json' }
      return stage.request(() => api('POST', '4.0/user/login', body, headers, stage.to))
    },
    mayRemain: { sessions: 'a session whose cookie was never told', ...lostGrant, ...countedTry },
  },
  ...(['GET /api/:version/user/current', 'POST /api/:version/user/logout'] as const).map(
    (route): Job => ({
      ...{ name: 'by the cookie', route, face: 'traffic-ops' },
      prepare: async (stage) => {
        const { username: u, password: p } = await registerUser({ role: 'admin' })
        const headers = { 'Content-Type': 'application/json' }
        const answer = await api('POST', '4.0/user/login', JSON.stringify({ u, p }), headers)
        const Cookie = cookieOf(answer)
        const [method = '', path = ''] = route.replace('/api/:version', '4.0').split(' ')
        return stage.request(() => api(method, path, undefined, { Cookie }, stage.to))
      },
      retried: { 'the session has ended': ({ status }) => status === 401 },
    }),
  ),
]

export const programJobs: Job[] = [
  ...registering,
  ...documents,
  ...cms,
  ...comicClan,
  ...turnstile,
  c64Logout,
  ...trafficOps,
  ...korapJobs,
]
