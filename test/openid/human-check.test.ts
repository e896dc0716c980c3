// The check that somebody who asks for mail is a person: Turnstile, played by a scripted server.
import { describe, expect, it } from 'vitest'
import { ScriptedProvider } from '../federation/providers.ts'
import { Server } from '../support/faults.ts'
import { catchMails, codeIn, mailSettings, mailsTo, mailTo } from '../support/mails.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { outcome } from './flow.ts'

catchMails()

const judge = new ScriptedProvider()
const url = judge.url('/siteverify')
const server = new Server({
  ...mailSettings,
  SIGN_UP: 'open',
  SIGN_IN_BY_MAIL: 'true',
  TURNSTILE_SITE_KEY: 'a site key',
  TURNSTILE_SECRET: 'the secret of the site',
  TURNSTILE_URL: url,
})

const newAddress = (): string => `person-${crypto.randomUUID()}@people.example`
const pages = {
  sent: { status: 200, page: 'Check your mail · Postern' },
  signUp: { status: 400, page: 'Error: Create an account · Postern' },
  codeRequest: { status: 400, page: 'Error: Sign in by mail · Postern' },
}

const says = (body: object) => judge.answer('/siteverify', { body })
const human = { success: true, hostname: 'localhost', action: 'sign-up' }

/** Opens the page that asks for an account. */
const asked = (agent: UserAgent): Promise<Place> => agent.open('/sign-up')

async function signUp(fields: Record<string, string>): Promise<Place> {
  const agent = new UserAgent(server.fetch)
  return agent.submit(await asked(agent), fields, { action: '/sign-up' })
}

/** Asks for a code at the page that the sign-in page leads to. */
async function askForCode(fields: Record<string, string>): Promise<Place> {
  const agent = new UserAgent(server.fetch)
  const href = /href="(\/login\/code\?[^"]+)"/.exec((await agent.open('/')).html)?.[1] ?? ''
  return agent.submit(await agent.open(href), fields, { action: '/login/code' })
}

const withToken = (email: string, token = 'a token') => ({ email, 'cf-turnstile-response': token })

describe('Turnstile', () => {
  it('is on the two pages that send mail to anybody, and in the policy of no other', async () => {
    const agent = new UserAgent(server.fetch)
    const login = await agent.open('/')
    const page = await asked(agent)
    const policy = (place: Place) => place.headers.get('Content-Security-Policy') ?? ''
    expect({
      widget: page.html.includes('data-sitekey="a site key" data-action="sign-up"'),
      policy: policy(page)
        .split('; ')
        .filter((part) => part.includes('challenges')),
      login: policy(login).includes('challenges'),
    }).toEqual({
      widget: true,
      policy: [
        'script-src https://challenges.cloudflare.com',
        'frame-src https://challenges.cloudflare.com',
      ],
      login: false,
    })
  })

  it('lets a person pass, and is told the secret and the token', async () => {
    await says(human)
    const before = (await judge.requests()).length
    const place = await signUp(withToken(newAddress()))
    const [request] = (await judge.requests()).slice(before)
    expect({
      place: outcome(place),
      path: request?.path,
      sent: Object.fromEntries(new URLSearchParams(request?.body)),
    }).toEqual({
      place: pages.sent,
      path: new URL(url).pathname,
      sent: { secret: 'the secret of the site', response: 'a token' },
    })
  })

  it.each([
    ['that was used before', { success: false, 'error-codes': ['timeout-or-duplicate'] }],
    ['of another site', { ...human, hostname: 'evil.example' }],
    ['of another page', { ...human, action: 'sign-in' }],
    ['without a verdict', {}],
  ])('P32: refuses a token %s', async (_name, verdict) => {
    await says(verdict)
    const address = newAddress()
    const place = await signUp(withToken(address))
    expect({
      ...outcome(place),
      said: shownText(place).includes('could not check that you are a person'),
      kept: place.html.includes(address),
      mails: await mailsTo(server, address),
    }).toEqual({ ...pages.signUp, said: true, kept: true, mails: [] })
  })

  it.each([
    ['missing', {}],
    ['empty', { 'cf-turnstile-response': '' }],
    ['too long', { 'cf-turnstile-response': 'x'.repeat(2_049) }],
  ])('P32: a token that is %s is refused without asking', async (_name, token) => {
    await says(human)
    const before = (await judge.requests()).length
    const place = await signUp({ email: newAddress(), ...token })
    expect([outcome(place), (await judge.requests()).length]).toEqual([pages.signUp, before])
  })

  it.each([
    ['hangs up', { drops: true }],
    ['does not answer in time', { delay: 6_000 }],
    ['fails', { body: { success: false, 'error-codes': ['internal-error'] } }],
    [
      'does not know our secret',
      { body: { success: false, 'error-codes': ['invalid-input-secret'] } },
    ],
    ['answers something else', { body: 'soon' }],
  ])('P32: where the server %s, sign-up is closed and sign-in is open', async (_name, script) => {
    await judge.answer('/siteverify', script)
    const { email } = await registerUser()
    const [closed, opened] = [
      await signUp(withToken(newAddress())),
      await askForCode(withToken(email)),
    ]
    expect({
      closed: outcome(closed),
      opened: outcome(opened),
      code: codeIn(await mailTo(server, email)),
    }).toEqual({ closed: pages.signUp, opened: pages.sent, code: expect.any(String) })
  })

  it('P32: a sign-in with a token that is refused, or without one, sends nothing', async () => {
    await says({ success: false })
    const { email } = await registerUser()
    const places = [await askForCode(withToken(email)), await askForCode({ email })]
    expect({ places: places.map(outcome), mails: await mailsTo(server, email) }).toEqual({
      places: [pages.codeRequest, pages.codeRequest],
      mails: [],
    })
  })
})
