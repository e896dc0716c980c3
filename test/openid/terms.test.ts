// The terms of use: agreed to at sign-up, and asked for again when their version changes.
import { describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { Server } from '../support/faults.ts'
import { catchMails, codeIn, mailSettings, mailTo } from '../support/mails.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  granted,
  outcome,
  refusedWith,
  registerWebClient,
  signInAt,
} from './flow.ts'

catchMails()

const client = await registerWebClient()
const settings = { ...mailSettings, SIGN_UP: 'open', TERMS_URL: 'https://people.example/terms' }
const first = new Server({ ...settings, TERMS_VERSION: '2026-01' })
const second = new Server({ ...settings, TERMS_VERSION: '2026-11' })
const page = { status: 200, page: 'Our terms · Postern' }
const password = 'a password of their own'

const agreementOf = (email: string) =>
  env.DB.prepare(
    'SELECT terms_version AS version, terms_accepted_at > 0 AS dated FROM users WHERE email = ?1',
  )
    .bind(email)
    .first()

async function signedInAt(server: Server): Promise<[UserAgent, Place, string]> {
  const user = await registerUser()
  const agent = new UserAgent(server.fetch)
  const place = await signInAt(agent, await agent.open(authorizePath(client)), user)
  return [agent, place, user.email]
}

describe('The terms', () => {
  it('are agreed to by whoever signs up, and not asked for again until they change', async () => {
    const email = `person-${crypto.randomUUID()}@people.example`
    const agent = new UserAgent(first.fetch)
    const start = await agent.open(authorizePath(client, { prompt: 'create' }))
    const sent = await agent.submit(start, { email }, { action: '/sign-up' })
    const choosing = await agent.submit(
      sent,
      { code: codeIn(await mailTo(first, email)) },
      { action: '/mail/sign-up/code' },
    )
    const refused = await agent.submit(choosing, { password })
    const back = await agent.submit(refused, { password, terms: 'on' })
    const agreed = await agreementOf(email)
    const later = new UserAgent(second.fetch)
    for (const [name, value] of agent.cookies) later.cookies.set(name, value)
    expect({
      linked: choosing.html.includes('href="https://people.example/terms"'),
      refused: shownText(refused).includes('Please agree to the terms'),
      back: outcome(back),
      agreed,
      same: outcome(await agent.open(authorizePath(client))),
      changed: outcome(await later.open(authorizePath(client))),
    }).toEqual({
      linked: true,
      refused: true,
      back: granted(),
      agreed: { version: '2026-01', dated: 1 },
      same: granted(),
      changed: page,
    })
  })

  it('stand between a sign-in and its app, once', async () => {
    const [agent, place, email] = await signedInAt(first)
    const back = await agent.submit(place, { decision: 'allow' })
    expect({
      place: outcome(place),
      back: outcome(back),
      agreed: await agreementOf(email),
      later: outcome(await agent.open(authorizePath(client))),
    }).toEqual({
      place: page,
      back: granted(),
      agreed: { version: '2026-01', dated: 1 },
      later: granted(),
    })
  })

  it('that are declined send the person back to the app without access', async () => {
    const [agent, place, email] = await signedInAt(first)
    expect({
      back: outcome(await agent.submit(place, { decision: 'deny' })),
      agreed: await agreementOf(email),
      silent: outcome(await agent.open(authorizePath(client, { prompt: 'none' }))),
    }).toEqual({
      back: refusedWith('access_denied'),
      agreed: { version: null, dated: null },
      silent: refusedWith('interaction_required'),
    })
  })

  it('keep nobody from their account, so that they can take their data and leave', async () => {
    const [agent] = await signedInAt(first)
    expect([outcome(await agent.open('/')), (await agent.open('/account')).path]).toEqual([
      page,
      '/account',
    ])
  })

  it('are asked of nobody where there are none', async () => {
    const [, place] = await signedInAt(new Server(settings))
    expect(outcome(place)).toEqual(granted())
  })
})
