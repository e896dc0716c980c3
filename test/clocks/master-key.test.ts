// MASTER_KEY is rotated while people and apps are in the middle of something: begun at one stage, finished
// at the next. Nobody loses anything but what the page on the rotation says (runbooks.md).
import { beforeAll, describe, expect, it } from 'vitest'
import { personClaims, scriptedSignIn } from '../federation/sign-in.ts'
import { codesFor, enterCode, answerDevice, poll, registerDevice } from '../openid/device-flow.ts'
import {
  authorizePath,
  codeFor,
  outcome,
  redeem,
  registerSpa,
  registerWebClient,
  signInAt,
} from '../openid/flow.ts'
import { newPerson, sessionOf } from '../races/person.ts'
import { copyAt } from '../races/engine.ts'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { giveApp } from '../support/half-signed-in.ts'
import { catchMails, codeIn, linkIn, mailSettings, mailTo } from '../support/mails.ts'
import { ceremonyOf, postPasskey, userWithPasskey } from '../support/passkeys.ts'
import { pushedPath } from '../support/pushed.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { grantOf, passwordGrant, refresh } from '../support/tokens.ts'
import { codeOfApp } from '../support/totp.ts'
import { formOf, UserAgent } from '../support/user-agent.ts'

catchMails()

const oldKey = testSettings.MASTER_KEY
const newKey = `new:${'B'.repeat(42)}A`
const serverWith = (MASTER_KEY: string) =>
  new Server({
    ...mailSettings,
    MASTER_KEY,
    SIGN_UP: 'open',
    SIGN_IN_BY_MAIL: 'true',
    PASSWORD_TRIES_PER_ACCOUNT: '1000',
  })

const [client, spa, machine, device] = await Promise.all([
  registerWebClient(),
  registerSpa(),
  registerClient(),
  registerDevice(),
])
const user = await registerUser()
const withApp = await registerUser()
const secret = await giveApp(withApp)
const withPasskey = await userWithPasskey()
const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
const key = await newProofKey()

/** Goes on at another server, in the same browser. */
const at = (isolate: Server, agent: UserAgent) => copyAt({ isolate }, agent)
const browserAt = ({ fetch }: Server) => new UserAgent(fetch)
const place = (found: Parameters<typeof outcome>[0]) =>
  found.away === null ? found.title.split(' · ')[0] : Object.keys(outcome(found)).includes('code')

/** Begins something at one server; what it returns finishes that at another one. */
type Flow = (first: Server) => Promise<(second: Server) => Promise<unknown>>

const askedByMail = async (first: Server, path: string, email: string) => {
  const agent = browserAt(first)
  const { html } = await agent.open('/')
  const href = new RegExp(`href="(${path}[^"]*)"`).exec(html)?.[1] ?? path
  const page = await agent.submit(await agent.open(href), { email }, { action: path })
  return { agent, page, mail: await mailTo(first, email) }
}

const flows: Record<string, { flow: Flow; ends: unknown }> = {
  'a sign-in page': {
    ends: true,
    flow: async (first) => {
      const agent = browserAt(first)
      const page = await agent.open(authorizePath(client))
      return async (second) => place(await signInAt(at(second, agent), page, user))
    },
  },
  'a page of consent': {
    ends: true,
    flow: async (first) => {
      const agent = at(first, await sessionOf(user))
      const page = await agent.open(authorizePath(spa, { prompt: 'consent' }))
      return async (second) => place(await at(second, agent).submit(page, { decision: 'allow' }))
    },
  },
  'a session of a browser': {
    ends: true,
    flow: async (first) => {
      const agent = browserAt(first)
      await signInAt(agent, await agent.open('/'), user)
      return async (second) => place(await at(second, agent).open(authorizePath(client)))
    },
  },
  'an authorization code': {
    ends: 200,
    flow: async (first) => {
      const code = await codeFor(at(first, await sessionOf(user)), client)
      return async ({ fetch }) => (await redeem(client, code, {}, fetch)).status
    },
  },
  'a code that is parked': {
    ends: 200,
    flow: async (first) => {
      const code = await codeFor(at(first, await sessionOf(user)), client, {
        nonce: 'n'.repeat(2_000),
      })
      return async ({ fetch }) => (await redeem(client, code, {}, fetch)).status
    },
  },
  'a pushed request': {
    ends: true,
    flow: async (first) => {
      const path = await pushedPath(client, {}, first.fetch)
      const agent = await sessionOf(user)
      return async (second) => place(await at(second, agent).open(path))
    },
  },
  'a refresh token, and its retry': {
    ends: [200, true],
    flow: async (first) => {
      const { refresh_token } = await grantOf(passwordGrant(machine, user, {}, first.fetch))
      return async ({ fetch }) => {
        const answer = await refresh(machine, refresh_token, {}, fetch)
        const { refresh_token: next } = await grantOf(answer)
        const again = await grantOf(refresh(machine, refresh_token, {}, first.fetch)).catch(
          () => null,
        )
        return [answer.status, again === null || again.refresh_token === next]
      }
    },
  },
  'a device that waits': {
    ends: 200,
    flow: async (first) => {
      const codes = await codesFor(device, {}, first.fetch)
      const agent = await sessionOf(user)
      return async (second) => {
        const browser = at(second, agent)
        await answerDevice(browser, await enterCode(browser, codes.user_code), 'allow')
        return (await poll(device, codes.device_code, {}, second.fetch)).status
      }
    },
  },
  'a code of a mail': {
    ends: 'You are signed in',
    flow: async (first) => {
      const { email } = await newPerson()
      const { agent, page, mail } = await askedByMail(first, '/login/code', email)
      const action = '/mail/sign-in/code'
      return async (second) =>
        place(await at(second, agent).submit(page, { code: codeIn(mail) }, { action }))
    },
  },
  'a link of a mail': {
    ends: 'You are signed in',
    flow: async (first) => {
      const { email } = await newPerson()
      const { agent, mail } = await askedByMail(first, '/login/code', email)
      return async (second) => {
        const browser = at(second, agent)
        return place(await browser.submit(await browser.open(linkIn(mail)), {}))
      }
    },
  },
  'a page of a link of a mail': {
    ends: 'You are signed in',
    flow: async (first) => {
      const { email } = await newPerson()
      const { agent, mail } = await askedByMail(first, '/login/code', email)
      const page = await agent.open(linkIn(mail))
      return async (second) => place(await at(second, agent).submit(page, {}))
    },
  },
  'a sign-up': {
    ends: 'You are signed in',
    flow: async (first) => {
      const email = `${crypto.randomUUID()}@example.com`
      const { agent, page, mail } = await askedByMail(first, '/sign-up', email)
      return async (second) => {
        const browser = at(second, agent)
        const action = '/mail/sign-up/code'
        const choosing = await browser.submit(page, { code: codeIn(mail) }, { action })
        const fields = { password: 'a password of their own' }
        return place(await browser.submit(choosing, fields, { action: formOf(choosing).action }))
      }
    },
  },
  'a page that asks for the code of an app': {
    ends: true,
    flow: async (first) => {
      await forgetSteps()
      const agent = browserAt(first)
      const page = await signInAt(agent, await agent.open(authorizePath(client)), withApp)
      return async (second) =>
        place(
          await at(second, agent).submit(
            page,
            { code: codeOfApp(secret) },
            { action: '/second-factor' },
          ),
        )
    },
  },
  'a challenge of a passkey': {
    ends: 'You are signed in',
    flow: async (first) => {
      const agent = browserAt(first)
      const door = await agent.open('/')
      const answer = await withPasskey.passkey.assert(ceremonyOf(door))
      return async (second) => place(await postPasskey(at(second, agent), door, answer))
    },
  },
  'a trip to a provider': {
    ends: 'You are signed in',
    flow: async (first) => {
      const agent = browserAt(first)
      const { nonce, state = '' } = await guild.leave(agent)
      await guild.gives(nonce, personClaims(`person-${crypto.randomUUID()}`))
      return async (second) =>
        place(await at(second, agent).open(guild.callback({ state, code: 'a code' })))
    },
  },
  'a nonce for proofs of possession': {
    ends: 200,
    flow: async (first) => {
      const form = { grant_type: 'client_credentials' }
      const asked = await postProved(machine, await proofOf(key), form, first.fetch)
      const nonce = asked.headers.get('DPoP-Nonce') ?? undefined
      return async ({ fetch }) =>
        (await postProved(machine, await proofOf(key, { nonce }), form, fetch)).status
    },
  },
}

const forgetSteps = async () => {
  const { env } = await import('cloudflare:workers')
  await env.DB.prepare('UPDATE users SET totp_last_step = 0').run()
}

const stages: [string, string, string][] = [
  ['OLD to OLD,NEW', oldKey, `${oldKey},${newKey}`],
  ['OLD,NEW to NEW,OLD', `${oldKey},${newKey}`, `${newKey},${oldKey}`],
  ['NEW,OLD back to OLD,NEW', `${newKey},${oldKey}`, `${oldKey},${newKey}`],
]

describe.each(stages)('MASTER_KEY goes from %s', (_stage, before, after) => {
  it.each(Object.entries(flows))(
    'and %s that was begun is finished',
    async (_what, { flow, ends }) => {
      const finish = await flow(serverWith(before))
      expect(await finish(serverWith(after))).toEqual(ends)
    },
  )
})

describe('MASTER_KEY goes from NEW,OLD to NEW, once everything was sealed again', () => {
  beforeAll(async () => {
    const server = serverWith(`${newKey},${oldKey}`)
    const { status, body } = await read(
      await admin('POST', '/keys/rewrap', undefined, server.fetch),
    )
    const { remaining } = Object(body)
    const left = Object.values(Object(remaining)).filter((count) => count !== 0)
    if (status !== 200 || left.length > 0) throw new Error(JSON.stringify(body))
  })

  it.each(Object.entries(flows))(
    'and %s that was begun is finished',
    async (_what, { flow, ends }) => {
      const finish = await flow(serverWith(`${newKey},${oldKey}`))
      expect(await finish(serverWith(newKey))).toEqual(ends)
    },
  )
})
