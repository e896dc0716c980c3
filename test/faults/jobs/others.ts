// What involves somebody else: providers, documents of apps, notices of a logout, mail transports; and cron.
import { env } from 'cloudflare:workers'
import { DocumentHost, callback } from '../../federation/client-documents.ts'
import { linksShown, personClaims, scriptedSignIn } from '../../federation/sign-in.ts'
import { ScriptedProvider } from '../../federation/providers.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../../support/assertions.ts'
import { authorizePath, registerWebClient, signInTo } from '../../openid/flow.ts'
import { post } from '../../support/http.ts'
import { revoke, signIn } from '../../support/tokens.ts'
import { registerClient, registerUser } from '../../support/registry.ts'
import { always, Server } from '../../support/faults.ts'
import { runCron } from '../matrix/engine.ts'
import type { Job, Outcome } from '../matrix/job.ts'
import { Outgoing } from '../matrix/outgoing.ts'
import { doneAgain } from './reasons.ts'

const face = 'page'
const refusals = { audit_events: 'a provider that failed is an event' }
const unique = (): string => crypto.randomUUID()

/** A page that blames somebody else, or sends the browser on without what it came for. */
const isOthersFault = ({ status, cookies }: Outcome): boolean =>
  (status === 400 || status === 502 || status === 503 || status === 303) &&
  !cookies.some((cookie) => cookie.startsWith('sets postern_session'))
const othersFault = { 'somebody else is to blame': isOthersFault }
/** The answer of a provider counts once: the person starts again. */
const startsAgain = { 'the answer of a provider counts once': isOthersFault }

const name = (): string => `person-${unique().slice(0, 8)}`

const providers: Job[] = [
  {
    ...{ name: 'leaves for a provider', route: 'POST /login/provider', face },
    ...{ preparesAnew: true, outgoing: true, alsoRight: othersFault },
    prepare: async (stage) => {
      const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
      const agent = stage.browser()
      const login = await agent.open('/')
      const fields = { provider: guild.id }
      return stage.request(() => agent.submit(login, fields, { action: '/login/provider' }))
    },
    mayRemain: refusals,
  },
  {
    ...{ name: 'comes back', route: 'GET /login/callback/:provider', face },
    ...{ preparesAnew: true, outgoing: true, alsoRight: othersFault, retried: startsAgain },
    prepare: async (stage) => {
      const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
      const agent = stage.browser()
      const { nonce, state = '' } = await guild.leave(agent)
      await guild.gives(nonce, personClaims(name()))
      return stage.request(() => agent.open(guild.callback({ state, code: 'a code' })))
    },
    mayRemain: {
      sessions: 'a session whose cookie was never told is nobody’s, and expires',
      audit_events: 'both sessions were begun',
      used_identifiers: 'the answer of a provider counts once',
      // The account of a new person is made before their session begins; the next sign-in finds it.
      ...{
        users: 'the next sign-in finds it',
        login_names: 'the same',
        provider_links: 'the same',
      },
    },
  },
  {
    ...{ name: 'comes back by a form', route: 'POST /login/callback/:provider', face },
    prepare: async (stage) => {
      const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
      const { state = '' } = await guild.leave(stage.browser())
      const form = { state, code: 'a code' }
      return stage.request(() => post(`/login/callback/${guild.id}`, form, {}, stage.to))
    },
  },
  {
    ...{ name: 'links an account', route: 'POST /account/link', face },
    ...{ preparesAnew: true, outgoing: true, alsoRight: othersFault },
    prepare: async (stage) => {
      const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
      const agent = await stage.signedIn(await registerUser())
      const account = await agent.open('/account')
      const fields = { provider: guild.id }
      return stage.request(() => agent.submit(account, fields, { action: '/account/link' }))
    },
    mayRemain: refusals,
  },
  {
    ...{ name: 'unlinks an account', route: 'POST /account/unlink', face },
    prepare: async (stage) => {
      const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
      const agent = await stage.signedIn(await registerUser())
      await guild.link(agent, personClaims(name()))
      const account = await agent.open('/account')
      const link = linksShown(account)[0] ?? ''
      return stage.request(() => agent.submit(account, { link }, { action: '/account/unlink' }))
    },
    retried: { 'the link is gone already': ({ status }) => status === 404 },
    mayRemain: doneAgain,
  },
]

const documents: Job[] = [
  {
    ...{ name: 'an app that a document describes', route: 'GET /oauth2/authorize', face },
    ...{ preparesAnew: true, outgoing: true, alsoRight: othersFault },
    prepare: async (stage) => {
      const host = new DocumentHost()
      await host.describe()
      const agent = await stage.signedIn(await registerUser())
      const path = authorizePath(host.client, { redirect_uri: callback })
      return stage.request(() => agent.open(path))
    },
    mayRemain: refusals,
  },
]

const published: Job[] = [
  {
    ...{
      name: 'an assertion, whose keys are published',
      route: 'POST /oauth2/token',
      face: 'oauth',
    },
    ...{ outgoing: true, preparesAnew: true },
    prepare: async (stage) => {
      const [host, own] = [new ScriptedProvider(), await registerKeyClient()]
      await host.answer('/keys', { body: { keys: [own.key.jwk] } })
      const client = await registerClient({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: host.url('/keys'),
      })
      const again = async () => {
        const assertion = await assertionOf({ client, key: own.key })
        return stage.request(() => tokenWith(assertion, {}, stage.to))
      }
      return { ...(await again()), again }
    },
    mayRemain: { used_identifiers: 'the assertion that failed is spent, too' },
  },
]

const notices: Job[] = [
  {
    ...{ name: 'an app is told', route: 'POST /sign-out', face, outgoing: true },
    prepare: async (stage) => {
      const agent = await stage.signedIn(await registerUser())
      const backchannel_logout_uri = `https://client.example/${unique()}`
      await signInTo(agent, await registerWebClient({ backchannel_logout_uri }))
      const place = await agent.open('/')
      return stage.request(() => agent.submit(place, {}, { action: '/sign-out' }))
    },
    retried: {
      'the session has ended': ({ status, cookies }) => status === 200 && !cookies.length,
    },
    mayRemain: { logout_notices: 'a notice that was not taken is sent again by cron' },
  },
]

const byHttp = {
  ...{ MAIL: 'http', MAIL_API: 'resend', MAIL_API_KEY: 'the key of the mail service' },
  ...{ MAIL_FROM: 'no-reply@id.example', MAILS_PER_CLIENT_ADDRESS: '100000' },
}
const goesOn = 'cron goes on with what is left when it runs again'

/** Rows of every table that cron works on. */
async function due(): Promise<void> {
  const [client, user] = [await registerClient(), await registerUser()]
  const { refresh_token } = await signIn(client, user)
  // A revocation that KV has not heard of.
  const server = new Server()
  server.plan(always('fails', 'KV', 'put'))
  await revoke(client, refresh_token, server.fetch)
  await server.settled()
  await env.DB.prepare('UPDATE users SET delete_at = 1, disabled_at = 1 WHERE id = ?1')
    .bind(user.id)
    .run()
}

const cron: Job[] = [
  {
    ...{ name: 'what is due', route: 'cron', face: 'cron' },
    prepare: async () => {
      await due()
      return runCron()
    },
    mayRemain: {
      ...{ audit_events: goesOn, signing_keys: goesOn, login_names: goesOn, users: goesOn },
    },
  },
  {
    ...{ name: 'a mail that waits', route: 'cron', face: 'cron', outgoing: true },
    environment: byHttp,
    prepare: async (stage) => {
      const user = await registerUser({ email_verified: true })
      const agent = stage.browser()
      // The mail service refuses the first try.
      const outgoing = new Outgoing(() => 'refuses')
      const page = await agent.open('/forgot')
      await agent.submit(page, { email: user.email })
      await stage.server.settled()
      outgoing.end()
      await env.DB.prepare('UPDATE mails SET due_at = 0').run()
      return runCron()
    },
    mayRemain: { mails: 'a mail that was not taken is tried again', audit_events: goesOn },
  },
]

export const otherJobs: Job[] = [...providers, ...documents, ...published, ...notices, ...cron]
