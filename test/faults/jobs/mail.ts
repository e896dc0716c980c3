// What people do by mail: signing up, being invited, signing in, a forgotten password, addresses.
import { authorizePath, registerWebClient } from '../../openid/flow.ts'
import { send } from '../../account/pages.ts'
import { admin, registerUser } from '../../support/registry.ts'
import { issuer } from '../../support/http.ts'
import type { Place, UserAgent } from '../../support/user-agent.ts'
import { mailSettings } from '../../support/mails.ts'
import type { Job } from '../matrix/job.ts'
import type { Stage } from '../matrix/stage.ts'
import { countedTry, lostSession, sentAgain } from './reasons.ts'

const face = 'page'
const environment = {
  ...mailSettings,
  MAILS_PER_ADDRESS: '1000',
  MAILS_PER_ADDRESS_DAY: '1000',
  SIGN_UP: 'open',
  SIGN_IN_BY_MAIL: 'true',
}
export const basis = { face, environment } as const

/** What a request for a mail may leave more often. */
export const mailed = {
  mails: 'a mail that waits is sent by cron, and one more mail harms nobody',
  mail_actions: 'a newer link or code ends the one before',
  mail_counts: 'each mail counts, also one that was asked for again',
  sign_in_attempts: 'each mail counts, also one that was asked for again',
  audit_events: 'each mail has its event',
}

/** An account is whole before its first session: the retry begins one, and so does the password. */
const wholeAccount = {
  users: 'the account is made',
  login_names: 'with its names',
  mail_actions: 'and its link is used up',
  used_identifiers: 'the screen of a session that nobody heard of is used up',
}

export const someone = (): string => `person-${crypto.randomUUID()}@people.example`
const password = 'a password of their own'

/** The page that takes the code of a sign-up. */
async function askedToSignUp(stage: Stage) {
  const [agent, email] = [stage.browser(), someone()]
  const client = await registerWebClient()
  const asked = await agent.open(authorizePath(client, { prompt: 'create' }))
  return { agent, email, asked }
}

async function signUpSent(stage: Stage) {
  const { agent, email, asked } = await askedToSignUp(stage)
  const sent = await agent.submit(asked, { email }, { action: '/sign-up' })
  return { agent, email, sent }
}

const takes = { action: '/mail/sign-up/code' }

const signingUp: Job[] = [
  {
    ...{ ...basis, name: 'the page', route: 'GET /sign-up' },
    prepare: async (stage) => {
      const { agent, asked } = await askedToSignUp(stage)
      return stage.request(() => agent.open(asked.path))
    },
  },
  {
    ...{ ...basis, name: 'asks for the mail', route: 'POST /sign-up', mayRemain: mailed },
    prepare: async (stage) => {
      const { agent, email, asked } = await askedToSignUp(stage)
      return stage.request(() => agent.submit(asked, { email }, { action: '/sign-up' }))
    },
  },
  {
    ...{ ...basis, name: 'types the code', route: 'POST /mail/sign-up/code' },
    prepare: async (stage) => {
      const { agent, email, sent } = await signUpSent(stage)
      const code = await stage.codeTo(email)
      return stage.request(() => agent.submit(sent, { code }, takes))
    },
    mayRemain: { ...mailed },
  },
  {
    ...{ ...basis, name: 'follows the link', route: 'GET /mail/sign-up' },
    prepare: async (stage) => {
      const { agent, email } = await signUpSent(stage)
      const link = await stage.linkTo(email)
      return stage.request(() => agent.open(link))
    },
  },
  {
    ...{ ...basis, name: 'chooses a password', route: 'POST /mail/sign-up' },
    prepare: async (stage) => {
      const { agent, email, sent } = await signUpSent(stage)
      const choosing = await agent.submit(sent, { code: await stage.codeTo(email) }, takes)
      return stage.request(() => agent.submit(choosing, { password }))
    },
    mayRemain: { ...lostSession, ...sentAgain, ...wholeAccount },
  },
]

/** The path of the link of an invitation. */
async function invited(stage: Stage): Promise<string> {
  const answer = await admin('POST', '/invitations', { email: someone() }, stage.to)
  return (await answer.json<{ link: string }>()).link.slice(issuer.length)
}

const invitations: Job[] = [
  {
    ...{ ...basis, name: 'follows the link', route: 'GET /mail/invite' },
    prepare: async (stage) => {
      const link = await invited(stage)
      return stage.request(() => stage.browser().open(link))
    },
  },
  {
    ...{ ...basis, name: 'chooses a password', route: 'POST /mail/invite' },
    prepare: async (stage) => {
      const agent = stage.browser()
      const choosing = await agent.open(await invited(stage))
      return stage.request(() => agent.submit(choosing, { password }))
    },
    mayRemain: { ...lostSession, ...sentAgain, ...wholeAccount },
  },
]

/** The page that takes the code of a sign-in by mail. */
async function askedToSignIn(stage: Stage) {
  const [agent, user] = [stage.browser(), await registerUser({ email_verified: true })]
  const login = await agent.open(authorizePath(await registerWebClient()))
  const href = /href="(\/login\/code\?[^"]+)"/.exec(login.html)?.[1] ?? ''
  return { agent, user, page: await agent.open(href.replaceAll('&amp;', '&')) }
}

const asksByMail = (agent: UserAgent, page: Place, email: string) =>
  agent.submit(page, { email }, { action: '/login/code' })

const signingIn: Job[] = [
  {
    ...{ ...basis, name: 'the page', route: 'GET /login/code' },
    prepare: async (stage) => {
      const { agent, page } = await askedToSignIn(stage)
      return stage.request(() => agent.open(page.path))
    },
  },
  {
    ...{ ...basis, name: 'asks for the mail', route: 'POST /login/code', mayRemain: mailed },
    prepare: async (stage) => {
      const { agent, user, page } = await askedToSignIn(stage)
      return stage.request(() => asksByMail(agent, page, user.email))
    },
  },
  {
    ...{ ...basis, name: 'types the code', route: 'POST /mail/sign-in/code' },
    prepare: async (stage) => {
      const { agent, user, page } = await askedToSignIn(stage)
      const sent = await asksByMail(agent, page, user.email)
      const code = await stage.codeTo(user.email)
      return stage.request(() => agent.submit(sent, { code }, { action: '/mail/sign-in/code' }))
    },
    mayRemain: { ...lostSession, ...mailed },
    // The page that takes the code offers another mail.
    retried: { 'a code counts once': ({ title }) => title.startsWith('Error: Check your mail') },
  },
  {
    ...{ ...basis, name: 'follows the link', route: 'GET /mail/sign-in' },
    prepare: async (stage) => {
      const { agent, user, page } = await askedToSignIn(stage)
      await asksByMail(agent, page, user.email)
      const link = await stage.linkTo(user.email)
      return stage.request(() => agent.open(link))
    },
  },
  {
    ...{ ...basis, name: 'says yes on the page of the link', route: 'POST /mail/sign-in' },
    prepare: async (stage) => {
      const { agent, user, page } = await askedToSignIn(stage)
      await asksByMail(agent, page, user.email)
      const place = await agent.open(await stage.linkTo(user.email))
      return stage.request(() => agent.submit(place, {}))
    },
    mayRemain: { ...lostSession, ...mailed },
  },
]

/** The page after a forgotten password was told of. */
async function forgotten(stage: Stage) {
  const [agent, user] = [stage.browser(), await registerUser({ email_verified: true })]
  const page = await agent.open('/forgot')
  return { agent, user, page, ask: () => agent.submit(page, { email: user.email }) }
}

const forgetting: Job[] = [
  {
    ...{ ...basis, name: 'the page', route: 'GET /forgot' },
    prepare: async (stage) => stage.request(() => stage.browser().open('/forgot')),
  },
  {
    ...{ ...basis, name: 'asks for the mail', route: 'POST /forgot', mayRemain: mailed },
    prepare: async (stage) => {
      const { ask } = await forgotten(stage)
      return stage.request(ask)
    },
  },
  {
    ...{ ...basis, name: 'types the code', route: 'POST /mail/reset/code', mayRemain: mailed },
    prepare: async (stage) => {
      const { agent, user, ask } = await forgotten(stage)
      const sent = await ask()
      const code = await stage.codeTo(user.email)
      return stage.request(() => agent.submit(sent, { code }))
    },
  },
  {
    ...{ ...basis, name: 'follows the link', route: 'GET /mail/reset' },
    prepare: async (stage) => {
      const { agent, user, ask } = await forgotten(stage)
      await ask()
      const link = await stage.linkTo(user.email)
      return stage.request(() => agent.open(link))
    },
  },
  {
    ...{ ...basis, name: 'sets the password', route: 'POST /mail/reset', mayRemain: sentAgain },
    prepare: async (stage) => {
      const { agent, user, ask } = await forgotten(stage)
      await ask()
      const place = await agent.open(await stage.linkTo(user.email))
      return stage.request(() => agent.submit(place, { new_password: password }))
    },
  },
  {
    ...{ ...basis, name: 'the end', route: 'GET /mail/reset/done' },
    prepare: async (stage) => stage.request(() => stage.browser().open('/mail/reset/done')),
  },
]

const addresses: Job[] = [
  {
    ...{ ...basis, name: 'asks to prove it', route: 'POST /account/verify', mayRemain: mailed },
    prepare: async (stage) => {
      const agent = await stage.signedIn(await registerUser())
      const page = await agent.open('/account/email')
      return stage.request(() => agent.submit(page, {}, { action: '/account/verify' }))
    },
  },
  ...(['GET', 'POST'] as const).map((method): Job => ({
    ...{ ...basis, name: 'by the link', route: `${method} /mail/verify`, mayRemain: sentAgain },
    prepare: async (stage) => {
      const user = await registerUser()
      const agent = await stage.signedIn(user)
      const page = await agent.open('/account/email')
      await agent.submit(page, {}, { action: '/account/verify' })
      const link = await stage.linkTo(user.email)
      if (method === 'GET') return stage.request(() => agent.open(link))
      const place = await agent.open(link)
      return stage.request(() => agent.submit(place, {}))
    },
  })),
  {
    ...{ ...basis, name: 'by the code', route: 'POST /mail/verify/code', mayRemain: sentAgain },
    prepare: async (stage) => {
      const user = await registerUser()
      const agent = await stage.signedIn(user)
      const page = await agent.open('/account/email')
      const sent = await agent.submit(page, {}, { action: '/account/verify' })
      const code = await stage.codeTo(user.email)
      return stage.request(() => agent.submit(sent, { code }, { action: '/mail/verify/code' }))
    },
  },
  {
    ...{ ...basis, name: 'the end', route: 'GET /mail/verify/done' },
    prepare: async (stage) => stage.request(() => stage.browser().open('/mail/verify/done')),
  },
  {
    ...{ ...basis, name: 'the page', route: 'GET /account/email' },
    prepare: async (stage) => {
      const agent = await stage.signedIn(await registerUser())
      return stage.request(() => agent.open('/account/email'))
    },
  },
  {
    ...{ ...basis, name: 'asks for another', route: 'POST /account/email', mayRemain: mailed },
    prepare: async (stage) => {
      const agent = await stage.signedIn(await registerUser())
      const page = await agent.open('/account/email')
      return stage.request(() =>
        agent.submit(page, { email: someone() }, { action: '/account/email' }),
      )
    },
  },
  {
    ...{ ...basis, name: 'proves the other', route: 'POST /account/email' },
    prepare: async (stage) => {
      const [agent, email] = [await stage.signedIn(await registerUser()), someone()]
      const page = await send(agent, '/account/email', { email })
      const code = await stage.codeTo(email)
      return stage.request(() => agent.submit(page, { code }, { action: '/account/email' }))
    },
    mayRemain: { ...sentAgain, ...mailed, ...countedTry },
  },
  ...(['GET', 'POST'] as const).map((method): Job => ({
    ...{ ...basis, name: 'back to the old one', route: `${method} /mail/undo-address` },
    prepare: async (stage) => {
      const [user, email] = [await registerUser({ email_verified: true }), someone()]
      const agent = await stage.signedIn(user)
      const page = await send(agent, '/account/email', { email })
      const code = await stage.codeTo(email)
      await agent.submit(page, { code }, { action: '/account/email' })
      const link = await stage.linkTo(user.email)
      if (method === 'GET') return stage.request(() => agent.open(link))
      const place = await agent.open(link)
      return stage.request(() => agent.submit(place, {}))
    },
    mayRemain: sentAgain,
  })),
]

export const mailJobs: Job[] = [
  ...signingUp,
  ...invitations,
  ...signingIn,
  ...forgetting,
  ...addresses,
]
