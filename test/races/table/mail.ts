// Races for the links and codes of mails, of every purpose.
import { expect } from 'vitest'
import { registerUser, admin } from '../../support/registry.ts'
import { issuer } from '../../support/http.ts'
import type { Server } from '../../support/faults.ts'
import { codeIn, linkIn, mailSettings, mailTo } from '../../support/mails.ts'
import { pathOf, resetUser } from '../../support/reset-links.ts'
import { UserAgent, formOf, type Place } from '../../support/user-agent.ts'
import { copyAt, race, saidBy, shownBy, type Race, type RunnableRace } from '../engine.ts'
import { eventsOf, newPerson, one, sessionOf, type Person } from '../person.ts'

const settings = {
  ...mailSettings,
  SIGN_UP: 'open',
  SIGN_IN_BY_MAIL: 'true',
  MAILS_PER_ADDRESS: '1000000',
  MAILS_PER_ADDRESS_DAY: '1000000',
}

const newAddress = () => `${crypto.randomUUID()}@example.com`

/** A form that is sent many times: by whom, on which page, with what. */
type Form = { agent: UserAgent; page: Place; fields: Record<string, string>; action: string }

/** A race for a form about a person. */
type Sent = { form: Form; person: Person }

const sendForm = async ({ form }: { form: Form }, to: Parameters<typeof copyAt>[0]) => {
  const { agent, page, fields, action } = form
  return shownBy(await copyAt(to, agent).submit(page, fields, { action }))
}

/** Somebody who is signed in, at an isolate. */
async function somebody(isolate: Server, facts: object = {}) {
  const person = await newPerson(facts)
  return { person, agent: copyAt({ isolate }, await sessionOf(person)) }
}

/** Sends the form of a page whose action is the page. */
const sendOn = async (agent: UserAgent, action: string, fields: Record<string, string>) =>
  agent.submit(await agent.open(action), fields, { action })

/** The one form of the page that the link of the last mail opens. */
async function linked(agent: UserAgent, isolate: Server, address: string, fields = {}) {
  const page = await agent.open(linkIn(await mailTo(isolate, address)))
  const { action } = formOf(page)
  return { agent, page, fields, action }
}

const changePath = '/account/email'
const deletePath = '/account/delete'

/** Asks for another address; the person, and the page that takes the code. */
async function changing(isolate: Server) {
  const { person, agent } = await somebody(isolate)
  const email = newAddress()
  const page = await sendOn(agent, changePath, { email })
  return { person, agent, email, page }
}

/** Asks for an account or a sign-in by mail; the page that takes the code. */
async function askedAt(isolate: Server, path: string, email: string) {
  const agent = new UserAgent(isolate.fetch)
  const { html } = await agent.open('/')
  const href = new RegExp(`href="(${path}[^"]*)"`).exec(html)?.[1] ?? path
  const page = await agent.submit(await agent.open(href), { email }, { action: path })
  return { agent, page }
}

/** The form by which somebody who has proved their address chooses a password. */
async function signingUp(isolate: Server, email: string): Promise<Form> {
  const { agent, page } = await askedAt(isolate, '/sign-up', email)
  const code = codeIn(await mailTo(isolate, email))
  const choosing = await agent.submit(page, { code }, { action: '/mail/sign-up/code' })
  const fields = { password: 'a password of their own' }
  return { agent, page: choosing, fields, action: formOf(choosing).action }
}

const addressOf = ({ id }: Person) => one<string>('SELECT email FROM users WHERE id = ?', id)
const accountsOf = (email: string) =>
  one<number>('SELECT COUNT(*) FROM users WHERE email = ?', email)
const usesOf = ({ id }: { id: number }) =>
  one<number>('SELECT COUNT(*) FROM mail_actions WHERE user_id = ? AND used_at IS NOT NULL', id)
const sessionsOf = ({ id }: { id: number }) =>
  one<number>('SELECT COUNT(*) FROM sessions WHERE user_id = ? AND ended_at IS NULL', id)

/** Any number of the first, and the others: those who came when the five tries were over. */
const someOf = (done: string, ...others: string[]): Record<string, unknown>[] => [
  {
    [done]: expect.any(Number),
    ...Object.fromEntries(others.map((one) => [one, expect.any(Number)])),
  },
]

const ofMail = <Prize>(definition: Race<Prize>): RunnableRace => race(definition, settings)

/** The races of mails; a test file that runs them catches mails. */
export const mailRaces = (): RunnableRace[] => [
  ofMail<Sent>({
    name: 'mail: link for a new password',
    prepare: async (isolate) => {
      const person = await registerUser()
      const agent = new UserAgent(isolate.fetch)
      const page = await agent.open(pathOf(await resetUser(person)))
      const fields = { new_password: 'another password' }
      return { person, form: { agent, page, fields, action: formOf(page).action } }
    },
    contend: sendForm,
    rows: ({ person }) => eventsOf('user.password-reset', person),
    endings: [{ outcomes: { '200 Your new password is set': 50 }, rows: 1 }],
  }),
  ofMail<Sent>({
    name: 'mail: link for a new password, with a password of each',
    prepare: async (isolate) => {
      const person = await registerUser()
      const agent = new UserAgent(isolate.fetch)
      const page = await agent.open(pathOf(await resetUser(person)))
      return { person, form: { agent, page, fields: {}, action: formOf(page).action } }
    },
    contend: ({ form }, to) =>
      sendForm({ form: { ...form, fields: { new_password: `password number ${to.nth}` } } }, to),
    rows: ({ person }) => eventsOf('user.password-reset', person),
    endings: [
      {
        outcomes: { '200 Your new password is set': 1, '400 This link no longer works': 49 },
        rows: 1,
      },
    ],
  }),
  ofMail<Sent>({
    name: 'mail: link that confirms an address',
    prepare: async (isolate) => {
      const { person, agent } = await somebody(isolate, { email_verified: false })
      await agent.submit(await agent.open(changePath), {}, { action: '/account/verify' })
      return { person, form: await linked(agent, isolate, person.email) }
    },
    contend: sendForm,
    rows: ({ person }) => eventsOf('user.email-verified', person),
    endings: [{ outcomes: { '200 Your address is confirmed': 50 }, rows: 1 }],
  }),
  ofMail<Sent & { email: string }>({
    name: 'mail: code that changes an address',
    prepare: async (isolate) => {
      const { person, agent, email, page } = await changing(isolate)
      const fields = { code: codeIn(await mailTo(isolate, email)) }
      return { person, email, form: { agent, page, fields, action: changePath } }
    },
    contend: sendForm,
    rows: async ({ person, email }) => ({
      events: await eventsOf('user.email-changed', person),
      isChanged: (await addressOf(person)) === email,
    }),
    // Each press is a try of the code, and it has five.
    endings: someOf('200 E-mail address', '400 Error: Check your mail').map((outcomes) => ({
      outcomes,
      rows: { events: 1, isChanged: true },
    })),
  }),
  ofMail<Sent & { email: string }>({
    name: 'mail: link that changes an address',
    prepare: async (isolate) => {
      const { person, agent, email } = await changing(isolate)
      return { person, email, form: await linked(agent, isolate, email) }
    },
    contend: sendForm,
    rows: async ({ person, email }) => ({
      events: await eventsOf('user.email-changed', person),
      isChanged: (await addressOf(person)) === email,
    }),
    endings: [
      {
        outcomes: { '200 Your e-mail address is changed': 50 },
        rows: { events: 1, isChanged: true },
      },
    ],
  }),
  ofMail<Sent>({
    name: 'mail: link that takes a change of address back',
    prepare: async (isolate) => {
      const { person, agent, email, page } = await changing(isolate)
      const code = codeIn(await mailTo(isolate, email))
      await agent.submit(page, { code }, { action: changePath })
      return { person, form: await linked(new UserAgent(isolate.fetch), isolate, person.email) }
    },
    contend: sendForm,
    rows: async ({ person }) => ({
      isBack: (await addressOf(person)) === person.email,
      sessions: await sessionsOf(person),
      events: await eventsOf('user.email-change-undone', person),
    }),
    endings: [
      {
        outcomes: { '200 The change is taken back': 50 },
        rows: { isBack: true, sessions: 0, events: 1 },
      },
    ],
  }),
  ofMail<Sent>({
    name: 'mail: code of a sign-in',
    prepare: async (isolate) => {
      const person = await newPerson()
      const { agent, page } = await askedAt(isolate, '/login/code', person.email)
      const fields = { code: codeIn(await mailTo(isolate, person.email)) }
      return { person, form: { agent, page, fields, action: '/mail/sign-in/code' } }
    },
    contend: sendForm,
    // Five tries, each of which signs in the browser that asked.
    rows: async ({ person }) => Number(await sessionsOf(person)) <= 5,
    endings: someOf('200 You are signed in', '400 Error: Check your mail').map((outcomes) => ({
      outcomes,
      rows: true,
    })),
  }),
  ofMail<Sent>({
    name: 'mail: link of a sign-in',
    prepare: async (isolate) => {
      const person = await newPerson()
      const { agent } = await askedAt(isolate, '/login/code', person.email)
      return { person, form: await linked(agent, isolate, person.email) }
    },
    contend: sendForm,
    rows: async ({ person }) => ({ used: await usesOf(person) }),
    // One person presses again and again: the browser that asked is signed in by each of its answers.
    endings: [{ outcomes: { '200 You are signed in': 50 }, rows: { used: 1 } }],
  }),
  ofMail<{ email: string; form: Form }>({
    name: 'mail: link of a sign-up',
    prepare: async (isolate) => {
      const email = newAddress()
      return { email, form: await signingUp(isolate, email) }
    },
    contend: sendForm,
    rows: ({ email }) => accountsOf(email),
    endings: [{ outcomes: { '200 You are signed in': 50 }, rows: 1 }],
  }),
  ofMail<{ email: string; form: Form }>({
    name: 'mail: sign-up of an address that an operator gives somebody, in capitals',
    prepare: async (isolate) => {
      const email = newAddress()
      return { email, form: await signingUp(isolate, email) }
    },
    contend: ({ email, form }, to) =>
      to.nth % 2 === 0
        ? sendForm({ form }, to)
        : saidBy(
            admin(
              'POST',
              '/users',
              { username: `user-${crypto.randomUUID()}`, email: email.toUpperCase() },
              to.isolate.fetch,
            ),
          ),
    rows: ({ email }) =>
      one<number>('SELECT COUNT(*) FROM users WHERE lower(email) = lower(?)', email),
    endings: [
      { outcomes: { '200 You are signed in': 25, '409 already in use': 25 }, rows: 1 },
      {
        outcomes: { '201': 1, '400 Error: Choose a password': 25, '409 already in use': 24 },
        rows: 1,
      },
    ],
  }),
  ofMail<{ email: string; form: Form }>({
    name: 'invitation',
    prepare: async (isolate) => {
      const email = newAddress()
      const answer = await admin('POST', '/invitations', { email }, isolate.fetch)
      const { link } = await answer.json<{ link: string }>()
      const agent = new UserAgent(isolate.fetch)
      const page = await agent.open(link.slice(issuer.length))
      const fields = { password: 'a password of their own' }
      return { email, form: { agent, page, fields, action: formOf(page).action } }
    },
    contend: sendForm,
    rows: ({ email }) => accountsOf(email),
    endings: [{ outcomes: { '200 You are signed in': 50 }, rows: 1 }],
  }),
  ofMail<Sent>({
    name: 'mail: code that deletes an account',
    prepare: async (isolate) => {
      const { person, agent } = await somebody(isolate)
      const page = await sendOn(agent, deletePath, { send: 'on' })
      const fields = { code: codeIn(await mailTo(isolate, person.email)) }
      return { person, form: { agent, page, fields, action: deletePath } }
    },
    contend: sendForm,
    rows: ({ person }) => eventsOf('user.deletion-requested', person),
    // The session ends with the first answer, and the code with its fifth try.
    endings: [
      ...someOf('200 Your account will be deleted', '200 Sign in', '400 Error: Delete account'),
      ...someOf('200 Your account will be deleted', '400 Error: Delete account'),
      ...someOf('200 Your account will be deleted', '200 Sign in'),
    ].map((outcomes) => ({ outcomes, rows: 1 })),
  }),
  ofMail<Sent>({
    name: 'mail: link that restores an account',
    prepare: async (isolate) => {
      const { person, agent } = await somebody(isolate)
      const page = await sendOn(agent, deletePath, { send: 'on' })
      const code = codeIn(await mailTo(isolate, person.email))
      await agent.submit(page, { code }, { action: deletePath })
      return { person, form: await linked(new UserAgent(isolate.fetch), isolate, person.email) }
    },
    contend: sendForm,
    rows: async ({ person }) => ({
      deleteAt: await one<number>('SELECT delete_at FROM users WHERE id = ?', person.id),
      events: await eventsOf('user.deletion-undone', person),
    }),
    endings: [
      { outcomes: { '200 You keep your account': 50 }, rows: { deleteAt: null, events: 1 } },
    ],
  }),
]
