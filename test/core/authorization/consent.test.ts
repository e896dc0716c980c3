// Whether a person is asked before a client gets access, and what their yes is worth.
import { describe, expect, it, vi } from 'vitest'
import {
  askedScope,
  consentGiven,
  consentQuery,
  grantableScope,
  mustConsent,
  skipsConsent,
} from '../../../src/core/authorization/consent.ts'
import { type AuthorizationGoal, pendingGoal } from '../../../src/core/authorization/goal.ts'
import type { ResponseTarget } from '../../../src/core/authorization/response-target.ts'
import { newScreen } from '../../../src/core/authorization/screen.ts'
import { consent as consentStep } from '../../../src/core/authorization/steps/consent.ts'
import type { Reply } from '../../../src/core/authorization/steps/step.ts'
import type { SessionStanding } from '../../../src/core/people/storage.ts'
import { resourceMetadata } from '../../../src/core/tokens/resource-metadata.ts'
import * as v from '../../../src/protocol/schema.ts'
import { type Extra, registerWebClient } from '../../openid/flow.ts'
import { requestToCore, server } from '../../support/authorization-server.ts'
import { goalOf, signInClient, standingOf } from '../../support/goals.ts'
import { now, storeUser } from '../../support/records.ts'

const as = requestToCore({ now })
const client = signInClient()
const trusted = signInClient({ trusted: true })
const publicClient = signInClient({
  token_endpoint_auth_method: 'none',
  trusted: true,
  redirect_uris: ['https://client.example/cb', 'http://127.0.0.1/cb'],
})
const onDevice = { redirect_uri: 'http://127.0.0.1/cb' }
const scope = ['openid', 'read']

const standing = standingOf()
const consented = (...consents: SessionStanding['consents']): SessionStanding => ({
  ...standing,
  consents,
})
const [a, b] = ['https://a.example/', 'https://b.example/']
const at = (...uris: string[]): Partial<AuthorizationGoal['request']> => ({
  resource: uris,
  targets: uris.map((uri) => ({ uri, metadata: null })),
})
const details = [{ type: 'payment' }]

/** A request for `openid read`, with facts about it and its target. */
async function asked(
  of = client,
  request: Partial<AuthorizationGoal['request']> = {},
  target: Partial<ResponseTarget> = {},
  extra: Extra = {},
) {
  const goal = await goalOf(as, of, { scope: 'openid read', ...extra }, target)
  return { ...goal, request: { ...goal.request, ...request } }
}

describe('OpenID Connect Core 3.1.2.4: a person is asked', () => {
  const must = async (goal: Promise<AuthorizationGoal>, whose = standing) =>
    mustConsent(await goal, whose, scope)

  it('unless each name of the scope was agreed to, for each resource', async () => {
    const all = { resource: '', scope: 'read email openid' }
    const openid = { resource: '', scope: 'openid' }
    expect({
      never: await must(asked()),
      all: await must(asked(), consented(openid, all)),
      part: await must(asked(), consented(openid)),
      elsewhere: await must(asked(), consented({ ...all, resource: a })),
      one: await must(asked(client, at(a, b)), consented({ ...all, resource: a })),
      both: await must(
        asked(client, at(a, b)),
        consented({ ...all, resource: a }, { ...all, resource: b }),
      ),
      onlyHere: await must(asked(client, at(a)), consented(all)),
    }).toEqual({
      never: true,
      all: false,
      part: true,
      elsewhere: true,
      one: true,
      both: false,
      onlyHere: true,
    })
  })

  it('always where nobody knows who gets the answer, or what exactly is asked for', async () => {
    const all = consented({ resource: '', scope: 'openid read' })
    expect({
      onDevice: await must(asked(publicClient, {}, {}, onDevice), all),
      byTls: await must(asked(signInClient({ token_endpoint_auth_method: 'none' })), all),
      details: await must(asked(client, { details }), all),
      identity: await must(asked(client, {}, { documentChange: 'identity' }), all),
      otherDetails: await must(asked(client, {}, { documentChange: 'details' }), all),
    }).toEqual({
      onDevice: true,
      byTls: false,
      details: true,
      identity: true,
      otherDetails: false,
    })
  })

  it('for a trusted client only where somebody else could take its name, or about details', async () => {
    const outcome = async (goal: Promise<AuthorizationGoal>) => ({
      skips: skipsConsent(await goal),
      must: await must(goal),
    })
    expect({
      untrusted: await outcome(asked()),
      trusted: await outcome(asked(trusted)),
      public: await outcome(asked(publicClient)),
      onDevice: await outcome(asked(publicClient, {}, {}, onDevice)),
      details: await outcome(asked(trusted, { details })),
    }).toEqual({
      untrusted: { skips: false, must: true },
      trusted: { skips: true, must: false },
      public: { skips: true, must: false },
      onDevice: { skips: false, must: true },
      details: { skips: false, must: true },
    })
  })
})

describe('the scope that a person is asked for', () => {
  it('is what may be granted, and the scopes of single claims', async () => {
    const claims = JSON.stringify({ userinfo: { email: null }, id_token: { phone_number: null } })
    const limited = standingOf({ scope: 'openid email' })
    const goal = await asked(client, {}, {}, { claims, scope: 'openid address' })
    expect({
      granted: grantableScope(as, goal, standing),
      asked: askedScope(as, goal, standing).toSorted(),
      ofLimited: askedScope(as, goal, limited),
      withoutClaims: askedScope(as, await asked(), standing),
    }).toEqual({
      granted: ['openid'],
      asked: ['email', 'openid', 'phone'],
      ofLimited: ['openid', 'email'],
      withoutClaims: ['openid', 'read'],
    })
  })

  it('concerns this server, or the resources that the request names', async () => {
    expect({
      here: consentQuery(await asked()),
      there: consentQuery(await asked(client, at(a, b))),
    }).toEqual({
      here: { clientId: client.id, resources: [''] },
      there: { clientId: client.id, resources: [a, b] },
    })
  })
})

describe('a yes', () => {
  const given = async (...facts: Parameters<typeof asked>) =>
    consentGiven(as, await asked(...facts), scope)

  it('covers the scope here, or the part of each resource', async () => {
    const targets = [
      { uri: a, metadata: null },
      { uri: b, metadata: v.parse(resourceMetadata(), { resource: b, scope: 'write' }) },
    ]
    expect({
      here: (await given()).covered,
      there: (await given(client, { resource: [a, b], targets })).covered,
    }).toEqual({
      here: [{ resource: '', scope: 'openid read' }],
      there: [
        { resource: a, scope: 'openid read' },
        { resource: b, scope: 'openid' },
      ],
    })
  })

  it('is remembered without scope where nobody knows who gets the answer', async () => {
    expect(await given(publicClient, {}, {}, onDevice)).toEqual({
      clientId: publicClient.id,
      covered: [{ resource: '', scope: '' }],
      grantedAt: now,
      described: null,
    })
  })

  it('is about the client as its document describes it now', async () => {
    const described = async (documentChange: ResponseTarget['documentChange']) =>
      (await given(client, {}, { documentChange })).described
    expect({
      none: await described('none'),
      details: await described('details'),
      identity: await described('identity'),
    }).toEqual({ none: null, details: client, identity: client })
  })
})

describe('the answer to the page of a consent', () => {
  const reply = (decision: string, isStillAsked = true): Reply => ({
    form: new Map([['decision', decision]]),
    language: 'en',
    browser: { secret: 'a', session: 'b', knownMark: undefined, rememberedMark: undefined },
    isStillAsked: async () => isStillAsked,
  })

  it('adds the consent once, for whoever is signed in, and tells the next step', async () => {
    const { client_id } = await registerWebClient({ trusted: false })
    const stored = await as.clients.find(client_id, now)
    if (stored === null) throw new Error('there is no such client')
    const user = await storeUser(server.store.userAdministration)
    const whose = { ...standing, user }
    const goal = await goalOf(as, stored, {}, { documentChange: 'identity' })
    const pending = pendingGoal(goal, { done: [], sessionId: standing.session.id, scope })
    const screen = await newScreen(as, 'a browser', pending)
    const scene = { goal, standing: whose, done: [], screen, sessionId: standing.session.id }
    const forget = vi.spyOn(as.clients, 'forget')
    const answer = (sent: Reply) => consentStep.answer(as, scene, sent)
    const covered = [{ resource: '', scope: 'openid' }]
    expect({
      over: await answer(reply('allow', false)),
      forgotten: forget.mock.calls.length,
      first: await answer(reply('allow')),
      forgottenThen: forget.mock.calls,
      second: await answer(reply('allow')),
    }).toEqual({
      over: { outcome: 'goes on', progress: scene },
      forgotten: 0,
      first: {
        outcome: 'goes on',
        progress: {
          goal: { ...goal, target: { ...goal.target, documentChange: 'none' } },
          standing: { ...whose, consents: covered },
          done: ['consent'],
        },
      },
      forgottenThen: [[client_id]],
      second: { outcome: 'came second' },
    })
    forget.mockClear()
    const known = await goalOf(as, stored)
    const again = await newScreen(as, 'a browser', pending)
    await consentStep.answer(as, { ...scene, goal: known, screen: again }, reply('allow'))
    expect(forget).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
