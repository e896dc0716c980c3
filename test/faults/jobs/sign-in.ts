// Signing in at the pages: from the request of a client to the code, by every way in.
import {
  authorizePath,
  decide,
  registerSpa,
  registerWebClient,
  signInAt,
} from '../../openid/flow.ts'
import { giveApp, stepUp } from '../../support/half-signed-in.ts'
import { ceremonyOf, postPasskey, userWithPasskey } from '../../support/passkeys.ts'
import { push, pushedPath } from '../../support/pushed.ts'
import { patchUser, registerUser } from '../../support/registry.ts'
import { codeOfApp, userWithApp, wrongCode } from '../../support/totp.ts'
import type { Job } from '../matrix/job.ts'
import type { Stage } from '../matrix/stage.ts'
import { countedTry, lostSession, refusalWithoutEvent } from './reasons.ts'

const face = 'page'
const isRefused = true

/** Of a second factor, which has a counter at its user. */
export const countedCode = { ...countedTry, users: 'a try counts before its code is looked at' }

const tooLong = { nonce: 'n'.repeat(2_000) }
const parked = { parked_codes: 'a code that was never told is nobody’s, and expires' }

/** The page on which somebody signs in for a client. */
async function atSignIn(stage: Stage, extra = {}) {
  const client = await registerWebClient()
  const agent = stage.browser()
  return { agent, place: await agent.open(authorizePath(client, extra)) }
}

const authorizing: Job[] = [
  {
    ...{ name: 'nobody is signed in', route: 'GET /oauth2/authorize', face },
    prepare: async (stage) => {
      const client = await registerWebClient()
      return stage.request(() => stage.browser().open(authorizePath(client)))
    },
  },
  {
    ...{ name: 'nobody is signed in, prompt=none', route: 'GET /oauth2/authorize', face },
    prepare: async (stage) => {
      const client = await registerWebClient()
      return stage.request(() => stage.browser().open(authorizePath(client, { prompt: 'none' })))
    },
  },
  ...Object.entries<Record<string, string>>({
    'a live session': {},
    'a live session, prompt=none': { prompt: 'none' },
    'a live session, prompt=login': { prompt: 'login' },
    'a live session, a code too long for a URL': tooLong,
  }).map(([name, extra]): Job => ({
    ...{ name, route: 'GET /oauth2/authorize', face, mayRemain: parked },
    prepare: async (stage) => {
      const [client, agent] = [
        await registerWebClient(),
        await stage.signedIn(await registerUser()),
      ]
      return stage.request(() => agent.open(authorizePath(client, extra)))
    },
  })),
  {
    ...{ name: 'a session that was ended', route: 'GET /oauth2/authorize', face },
    prepare: async (stage) => {
      const [client, user] = [await registerWebClient(), await registerUser()]
      const agent = await stage.signedIn(user)
      await patchUser(user, { disabled: true })
      return stage.request(() => agent.open(authorizePath(client)))
    },
  },
  {
    ...{ name: 'as a form', route: 'POST /oauth2/authorize', face },
    prepare: async (stage) => {
      const [client, agent] = [
        await registerWebClient(),
        await stage.signedIn(await registerUser()),
      ]
      const query = authorizePath(client).split('?')[1] ?? ''
      return stage.request(() => agent.post('/oauth2/authorize', query))
    },
  },
  {
    ...{ name: 'a pushed request and a live session', route: 'GET /oauth2/authorize', face },
    prepare: async (stage) => {
      const [client, agent] = [
        await registerWebClient(),
        await stage.signedIn(await registerUser()),
      ]
      const path = await pushedPath(client, tooLong)
      return stage.request(() => agent.open(path))
    },
    mayRemain: { ...parked },
  },
  {
    ...{ name: 'a request is pushed', route: 'POST /oauth2/par', face: 'oauth' },
    prepare: async (stage) => {
      const client = await registerWebClient()
      return stage.request(() => push(client, tooLong, stage.to))
    },
    mayRemain: { parked_codes: 'a request whose address was never told is nobody’s' },
  },
]

const password: Job[] = [
  {
    ...{ name: 'the page', route: 'GET /login', face },
    prepare: async (stage) => {
      const { agent, place } = await atSignIn(stage)
      return stage.request(() => agent.open(place.path))
    },
  },
  {
    ...{ name: 'the right password', route: 'POST /login', face },
    prepare: async (stage) => {
      const [{ agent, place }, user] = [await atSignIn(stage), await registerUser()]
      return stage.request(() => signInAt(agent, place, user))
    },
    mayRemain: { ...countedTry, ...lostSession },
  },
  {
    ...{ name: 'a wrong password', route: 'POST /login', face, isRefused },
    prepare: async (stage) => {
      const [{ agent, place }, user] = [await atSignIn(stage), await registerUser()]
      return stage.request(() => signInAt(agent, place, { ...user, password: 'a wrong one' }))
    },
    ...{ mayRemain: countedTry, mayLack: refusalWithoutEvent },
  },
  {
    ...{ name: 'the password of a disabled user', route: 'POST /login', face, isRefused },
    prepare: async (stage) => {
      const [{ agent, place }, user] = [await atSignIn(stage), await registerUser()]
      await patchUser(user, { disabled: true })
      return stage.request(() => signInAt(agent, place, user))
    },
    ...{ mayRemain: countedTry, mayLack: refusalWithoutEvent },
  },
]

/** The page that asks for the second factor. */
async function atSecondFactor(stage: Stage) {
  const [{ agent, place }, user] = [await atSignIn(stage), await userWithApp()]
  return { agent, user, page: await signInAt(agent, place, user) }
}

const secondFactor: Job[] = [
  {
    ...{ name: 'the right password, of two factors', route: 'POST /login', face },
    prepare: async (stage) => {
      const [{ agent, place }, user] = [await atSignIn(stage), await userWithApp()]
      return stage.request(() => signInAt(agent, place, user))
    },
    mayRemain: countedTry,
  },
  {
    ...{ name: 'the page', route: 'GET /second-factor', face },
    prepare: async (stage) => {
      const { agent, page } = await atSecondFactor(stage)
      return stage.request(() => agent.open(page.path))
    },
  },
  {
    ...{ name: 'the code of an app', route: 'POST /second-factor', face },
    prepare: async (stage) => {
      const { agent, user, page } = await atSecondFactor(stage)
      const type = (steps: number) => () =>
        agent.submit(page, { code: codeOfApp(user.totp, steps) }, { action: '/second-factor' })
      // A code counts once: where the word of it was lost, the next one is typed.
      return { ...(await stage.request(type(0))), again: () => stage.request(type(1)) }
    },
    mayRemain: { ...countedCode, ...lostSession },
  },
  {
    ...{ name: 'a wrong code', route: 'POST /second-factor', face, isRefused },
    prepare: async (stage) => {
      const { agent, user, page } = await atSecondFactor(stage)
      const code = wrongCode(user.totp)
      return stage.request(() => agent.submit(page, { code }, { action: '/second-factor' }))
    },
    ...{ mayRemain: countedCode, mayLack: refusalWithoutEvent },
  },
  {
    ...{ name: 'an app asked for in a session', route: 'GET /oauth2/authorize', face },
    prepare: async (stage) => {
      const [client, user] = [await registerWebClient(), await registerUser()]
      const agent = await stage.signedIn(user)
      await giveApp(user)
      return stage.request(() =>
        agent.open(authorizePath(client, { acr_values: 'urn:postern:acr:2' })),
      )
    },
    mayRemain: parked,
  },
]

const passkeys: Job[] = [
  {
    ...{ name: 'a passkey', route: 'POST /login', face },
    prepare: async (stage) => {
      const { passkey } = await userWithPasskey()
      const { agent, place } = await atSignIn(stage)
      const answer = await passkey.assert(ceremonyOf(place))
      return stage.request(() => postPasskey(agent, place, answer))
    },
    mayRemain: { ...countedTry, ...lostSession },
  },
  {
    ...{ name: 'a passkey that signs something else', route: 'POST /login', face, isRefused },
    prepare: async (stage) => {
      const { passkey } = await userWithPasskey()
      const { agent, place } = await atSignIn(stage)
      const other = await atSignIn(stage)
      const answer = await passkey.assert(ceremonyOf(other.place))
      return stage.request(() => postPasskey(agent, place, answer))
    },
    ...{ mayRemain: countedTry, mayLack: refusalWithoutEvent },
  },
]

const consenting: Job[] = [
  {
    ...{ name: 'the page', route: 'GET /consent', face },
    prepare: async (stage) => {
      const [client, agent] = [await registerSpa(), await stage.signedIn(await registerUser())]
      const place = await agent.open(authorizePath(client))
      return stage.request(() => agent.open(place.path))
    },
  },
  ...(['allow', 'deny'] as const).map((decision): Job => ({
    ...{ name: decision, route: 'POST /consent', face, mayRemain: parked },
    prepare: async (stage) => {
      const [client, agent] = [await registerSpa(), await stage.signedIn(await registerUser())]
      const place = await agent.open(authorizePath(client))
      return stage.request(() => decide(agent, place, decision))
    },
  })),
  {
    ...{ name: 'the page', route: 'GET /select-account', face },
    prepare: async (stage) => {
      const [client, agent] = [
        await registerWebClient(),
        await stage.signedIn(await registerUser()),
      ]
      const place = await agent.open(authorizePath(client, { prompt: 'select_account' }))
      return stage.request(() => agent.open(place.path))
    },
  },
  {
    ...{ name: 'goes on as who is signed in', route: 'POST /select-account', face },
    prepare: async (stage) => {
      const [client, agent] = [
        await registerWebClient(),
        await stage.signedIn(await registerUser()),
      ]
      const place = await agent.open(authorizePath(client, { prompt: 'select_account' }))
      return stage.request(() => agent.submit(place, { decision: 'continue' }))
    },
  },
]

const stepsUp = async (stage: Stage) => {
  const user = await registerUser({ role: 'admin' })
  const agent = await stage.signedIn(user)
  const secret = await giveApp(user)
  return { agent, secret, place: await agent.open('/admin') }
}

const steppingUp: Job[] = [
  {
    ...{ name: 'the page', route: 'GET /step-up', face },
    prepare: async (stage) => {
      const { agent, place } = await stepsUp(stage)
      return stage.request(() => agent.open(place.path))
    },
  },
  {
    ...{ name: 'the code of an app', route: 'POST /step-up', face },
    prepare: async (stage) => {
      const { agent, secret, place } = await stepsUp(stage)
      const type = (steps: number) => () => stepUp({ agent, secret }, place, steps)
      return { ...(await stage.request(type(0))), again: () => stage.request(type(1)) }
    },
    mayRemain: countedCode,
  },
]

export const signInJobs: Job[] = [
  ...authorizing,
  ...password,
  ...secondFactor,
  ...passkeys,
  ...consenting,
  ...steppingUp,
]
