// Steps: which of them a browser is asked for, in which order, and what derives from their list.
import { describe, expect, it } from 'vitest'
import { steps } from '../../../src/core/authorization/steps/steps.ts'
import {
  authorizePath,
  decide,
  granted,
  outcome,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
} from '../../openid/flow.ts'
import { get } from '../../support/http.ts'
import { registerUser } from '../../support/registry.ts'
import { formOf, type Place } from '../../support/user-agent.ts'

const user = await registerUser()
const client = await registerWebClient({ trusted: false })

const signIn = { status: 200, page: 'Confirm it’s you · Postern' }
const choice = { status: 200, page: 'Choose an account · Postern' }
const home = { status: 200, page: 'You are signed in · Postern' }
const expired = { status: 400, page: 'This page has expired · Postern' }
const off = { status: 404, page: 'There is nothing here · Postern' }
const consent = { status: 200, page: 'Allow access? · Postern' }

const allow = 'allow'

const walk = (places: Record<string, Place>) =>
  Object.fromEntries(Object.entries(places).map(([when, place]) => [when, outcome(place)]))

describe('The next step is the first in the list that is needed', () => {
  it('a sign-in, then a consent: whoever signs in has chosen the account', async () => {
    const agent = await signedIn(user)
    const prompt = 'consent select_account login'
    const first = await agent.open(authorizePath(client, { prompt }))
    const second = await signInAt(agent, first, user)
    const end = await decide(agent, second, allow)
    expect(walk({ first, second, end })).toEqual({ first: signIn, second: consent, end: granted() })
  })

  it('a choice, then a consent', async () => {
    const agent = await signedIn(user)
    const first = await agent.open(authorizePath(client, { prompt: 'consent select_account' }))
    const second = await decide(agent, first, allow)
    const end = await decide(agent, second, allow)
    expect(walk({ first, second, end })).toEqual({ first: choice, second: consent, end: granted() })
  })

  it('a screen that is opened on the page of a later step leads to its own', async () => {
    const agent = await signedIn(user)
    const page = await agent.open(authorizePath(client, { prompt: 'select_account consent' }))
    const ahead = await agent.open(page.path.replace('/select-account', '/consent'))
    expect({ path: ahead.path.split('?')[0], outcome: outcome(ahead) }).toEqual({
      path: '/select-account',
      outcome: choice,
    })
  })

  it('an answer on the page of a later step skips none', async () => {
    const agent = await signedIn(user)
    const page = await agent.open(authorizePath(client, { prompt: 'select_account consent' }))
    const answer = { ...formOf(page, '/select-account').hidden, decision: allow }
    const place = await agent.post('/consent', answer, { 'Sec-Fetch-Site': 'same-origin' })
    expect(outcome(place)).toEqual(choice)
  })

  it('nobody is asked with prompt=none: the step that is needed says why', async () => {
    const agent = await signedIn(user)
    const one = await registerWebClient({ trusted: false })
    const place = await agent.open(authorizePath(one, { prompt: 'none' }))
    expect(outcome(place)).toEqual(refusedWith('consent_required'))
  })
})

describe('From the list of steps derive', () => {
  it('the values of prompt that discovery announces', async () => {
    const answer = await get('/.well-known/openid-configuration')
    const { prompt_values_supported } = await answer.json<{ prompt_values_supported: string[] }>()
    expect(prompt_values_supported).toEqual(['none', 'login', 'select_account', 'consent'])
  })

  it('the pages: each has its own address, and without a screen none asks for anything', async () => {
    const agent = await signedIn(user)
    const opened = await Promise.all(
      steps.map(async ({ name, path }) => [name, outcome(await agent.open(path))] as const),
    )
    expect({
      paths: new Set(steps.map(({ path }) => path)).size,
      ...Object.fromEntries(opened),
    }).toEqual({
      paths: steps.length,
      create: off,
      code_request: off,
      login: home,
      second_factor: home,
      restore: expired,
      new_password: expired,
      enrolment: expired,
      passkey_offer: expired,
      step_up: expired,
      select_account: expired,
      terms: off,
      consent: expired,
    })
  })
})
