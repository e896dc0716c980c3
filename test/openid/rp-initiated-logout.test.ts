// OpenID Connect RP-Initiated Logout 1.0: the conformance plan's modules by name, and what else must
// hold: nobody is signed out by a stranger's link, and nobody is sent to an unproved address.
import { env } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { get, issuer } from '../support/http.ts'
import { forge } from '../support/forge.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { refresh, userinfo } from '../support/tokens.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  pass,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
  type Extra,
} from './flow.ts'

const goodbye = 'https://client.example/goodbye'
const client = await registerWebClient({ post_logout_redirect_uris: [goodbye] })
const user = await registerUser({ name: 'Ann Example' })

afterEach(backToNow)

const logoutPath = (parameters: Extra): string => {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return `/oauth2/logout?${new URLSearchParams(given)}`
}

/** A browser that is signed in to the client, and what the client sends it to the logout with. */
async function world(to: TestClient = client) {
  const agent = await signedIn(user)
  const tokens = await signInTo(agent, to)
  const hint = tokens.id_token ?? ''
  return {
    agent,
    tokens,
    request: { id_token_hint: hint, post_logout_redirect_uri: goodbye, state: 'a & state' },
  }
}

const isSignedIn = async (agent: UserAgent): Promise<boolean> => {
  const place = await agent.open(authorizePath(client, { prompt: 'none' }))
  const { error } = outcome(place)
  if (error !== undefined) expect(outcome(place)).toEqual(refusedWith('login_required'))
  else expect(outcome(place)).toEqual(granted())
  return error === undefined
}

const question = { status: 200, page: 'Sign out? · Postern' }
const signedOut = { status: 200, page: 'You are signed out · Postern' }
const refused = { status: 400, page: 'This link does not work · Postern' }

const confirm = (agent: UserAgent, page: Place): Promise<Place> =>
  agent.submit(page, { decision: 'allow' }, { action: '/logout' })

describe('oidcc-rp-initiated-logout-discovery-endpoint-verification', () => {
  it('the metadata have an end_session_endpoint of the issuer', async () => {
    const metadata = await (await get('/.well-known/openid-configuration')).json()
    expect(metadata).toMatchObject({ end_session_endpoint: `${issuer}/oauth2/logout` })
  })
})

describe('oidcc-rp-initiated-logout', () => {
  it('signs the user out and goes to the registered address with the state', async () => {
    const { agent, request } = await world()
    const place = await agent.open(logoutPath(request))
    expect(outcome(place)).toEqual({ status: 303, to: goodbye, state: 'a & state' })
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('oidcc-rp-initiated-logout-no-state', () => {
  it('goes there without a state', async () => {
    const { agent, request } = await world()
    const place = await agent.open(logoutPath({ ...request, state: undefined }))
    expect({ outcome: outcome(place), away: place.away }).toEqual({
      outcome: { status: 303, to: goodbye },
      away: goodbye,
    })
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', () => {
  it.each([
    'https://evil.example/',
    `${goodbye}/`,
    `${goodbye}#x`,
    'https://client.example@evil.example/goodbye',
    'HTTPS://client.example/goodbye',
    'javascript:alert(1)',
    '//client.example/goodbye',
    'https://client.example/cb',
  ])('%s is refused on our page, and nobody is signed out', async (uri) => {
    const { agent, request } = await world()
    const place = await agent.open(logoutPath({ ...request, post_logout_redirect_uri: uri }))
    expect({
      outcome: outcome(place),
      trail: place.trail,
      signedIn: await isSignedIn(agent),
    }).toEqual({ outcome: refused, trail: [], signedIn: true })
  })
})

describe('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', () => {
  it('is refused on our page', async () => {
    const { agent, request } = await world()
    const uri = `${goodbye}?x=1`
    const place = await agent.open(logoutPath({ ...request, post_logout_redirect_uri: uri }))
    expect({
      outcome: outcome(place),
      trail: place.trail,
      signedIn: await isSignedIn(agent),
    }).toEqual({ outcome: refused, trail: [], signedIn: true })
  })
})

describe('oidcc-rp-initiated-logout-modified-id-token-hint', () => {
  it.each([
    ['alg none', (hint: string) => `eyJhbGciOiJub25lIn0.${hint.split('.')[1]}.`],
    ['another signature', (hint: string) => `${hint.slice(0, -6)}AAAAAA`],
    ['no signature', (hint: string) => hint.slice(0, hint.lastIndexOf('.') + 1)],
    ['other claims', (hint: string) => hint.replace(/\.[^.]*\./, '.eyJpc3MiOiJ4In0.')],
  ])('%s is refused on our page', async (_what, alter) => {
    const { agent, request } = await world()
    const id_token_hint = alter(request.id_token_hint)
    const place = await agent.open(logoutPath({ ...request, id_token_hint }))
    expect({
      outcome: outcome(place),
      trail: place.trail,
      signedIn: await isSignedIn(agent),
    }).toEqual({ outcome: refused, trail: [], signedIn: true })
  })
})

describe('oidcc-rp-initiated-logout-bad-id-token-hint', () => {
  it('an ID token that somebody else signed is refused on our page', async () => {
    const { agent, request, tokens } = await world()
    const forged = await new SignJWT({ sub: user.sub, aud: client.client_id, iss: issuer })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: kidOf(tokens.id_token ?? '') })
      .sign(new TextEncoder().encode(client.client_secret ?? ''))
    const place = await agent.open(logoutPath({ ...request, id_token_hint: forged }))
    expect({
      outcome: outcome(place),
      trail: place.trail,
      signedIn: await isSignedIn(agent),
    }).toEqual({ outcome: refused, trail: [], signedIn: true })
  })

  it('an access token is no ID token', async () => {
    const { agent, request, tokens } = await world()
    const hint = { ...request, id_token_hint: tokens.access_token }
    expect(outcome(await agent.open(logoutPath(hint)))).toEqual(refused)
  })

  it('signed userinfo is no ID token', async () => {
    const signing = await registerWebClient({
      userinfo_signed_response_alg: 'RS256',
      post_logout_redirect_uris: [goodbye],
    })
    const { agent, request, tokens } = await world(signing)
    const id_token_hint = await (await userinfo(tokens.access_token)).text()
    expect(id_token_hint).toMatch(/^eyJ/)
    const place = await agent.open(logoutPath({ ...request, id_token_hint }))
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({ outcome: refused, trail: [] })
  })
})

const algOf = (token: string): 'ES256' | 'RS256' => JSON.parse(atob(token.split('.')[0] ?? '')).alg

const kidOf = (token: string): string => {
  const header: { kid: string } = JSON.parse(atob(token.split('.')[0] ?? ''))
  return header.kid
}

describe('oidcc-rp-initiated-logout-no-id-token-hint', () => {
  it('nobody is sent to an address of a client that is not proved', async () => {
    const { agent, request } = await world()
    const place = await agent.open(logoutPath({ ...request, id_token_hint: undefined }))
    expect({
      outcome: outcome(place),
      trail: place.trail,
      signedIn: await isSignedIn(agent),
    }).toEqual({ outcome: refused, trail: [], signedIn: true })
  })

  it('with client_id the user is asked, and sent there after the answer', async () => {
    const { agent, request } = await world()
    const named = { ...request, id_token_hint: undefined, client_id: client.client_id }
    const page = await agent.open(logoutPath(named))
    expect({ outcome: outcome(page), signedIn: await isSignedIn(agent) }).toEqual({
      outcome: question,
      signedIn: true,
    })
    expect(outcome(await confirm(agent, page))).toEqual({
      status: 303,
      to: goodbye,
      state: 'a & state',
    })
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('RP-Initiated Logout 1.0, 2: ui_locales', () => {
  it('is the language of the page at the end, too, asked or not', async () => {
    const ui_locales = 'de'
    const [asked, hinted] = [await world(), await world()]
    const { id_token_hint } = hinted.request
    const ends = [
      await confirm(asked.agent, await asked.agent.open(logoutPath({ ui_locales }))),
      await hinted.agent.open(logoutPath({ ui_locales, id_token_hint })),
    ]
    const title = 'Sie sind abgemeldet · Postern'
    expect(ends.map((place) => place.title)).toEqual([title, title])
  })
})

describe('oidcc-rp-initiated-logout-no-params', () => {
  it('asks, signs out and says so', async () => {
    const { agent } = await world()
    const page = await agent.open('/oauth2/logout')
    expect(outcome(page)).toEqual(question)
    expect(outcome(await confirm(agent, page))).toEqual(signedOut)
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', () => {
  it('signs out and says so', async () => {
    const { agent, request } = await world()
    const hinted = { ...request, post_logout_redirect_uri: undefined }
    expect(outcome(await agent.open(logoutPath(hinted)))).toEqual(signedOut)
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('oidcc-rp-initiated-logout-only-state', () => {
  it('asks, signs out and says so; the state goes nowhere', async () => {
    const { agent } = await world()
    const page = await agent.open(logoutPath({ state: 'a state' }))
    const place = await confirm(agent, page)
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({
      outcome: signedOut,
      trail: [],
    })
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('RP-Initiated Logout 2: what the request says', () => {
  it('is taken by POST, too', async () => {
    const { agent, request } = await world()
    const place = await agent.post('/oauth2/logout', request)
    expect(outcome(place)).toEqual({ status: 303, to: goodbye, state: 'a & state' })
    expect(await isSignedIn(agent)).toBe(false)
  })

  it('a POST from another site, which comes without our cookies, signs out all the same', async () => {
    const { agent, request } = await world()
    const headers = { Cookie: '', Origin: 'https://client.example', 'Sec-Fetch-Site': 'cross-site' }
    const place = await agent.post('/oauth2/logout', request, headers)
    expect(outcome(place)).toEqual({ status: 303, to: goodbye, state: 'a & state' })
    expect(await isSignedIn(agent)).toBe(false)
  })

  describe('a POST from another site never tells of a logout that did not happen', () => {
    const headers = { Cookie: '', Origin: 'https://client.example', 'Sec-Fetch-Site': 'cross-site' }

    it.each([
      ['parameters that mean nothing here', { padding: 'x'.repeat(20_000) }],
      ['a long list of languages', { ui_locales: 'de '.repeat(1_000) }],
      ['a long state', { state: 'x'.repeat(6_000) }],
    ])('with %s it signs out, as a short one does', async (_what, long) => {
      const { agent, request } = await world()
      const place = await agent.post('/oauth2/logout', { ...request, ...long }, headers)
      expect(outcome(place)).toMatchObject({ status: 303, to: goodbye })
      expect(await isSignedIn(agent)).toBe(false)
    })

    it('with a hint that no address could hold it signs out', async () => {
      const claims = Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`claim_${index}`, 'x'.repeat(500)]),
      )
      const { agent, request } = await world()
      const id_token_hint = await forge(
        request.id_token_hint,
        claims,
        'JWT',
        algOf(request.id_token_hint),
      )
      expect(id_token_hint.length).toBeGreaterThan(10_000)
      const place = await agent.post('/oauth2/logout', { ...request, id_token_hint }, headers)
      expect(outcome(place)).toEqual({ status: 303, to: goodbye, state: 'a & state' })
      expect(await isSignedIn(agent)).toBe(false)
    })

    it('without a hint the user is asked', async () => {
      const { agent } = await world()
      const sent = { client_id: client.client_id, post_logout_redirect_uri: goodbye }
      const page = await agent.post('/oauth2/logout', sent, headers)
      expect({ outcome: outcome(page), signedIn: await isSignedIn(agent) }).toEqual({
        outcome: question,
        signedIn: true,
      })
    })

    it('with a state that no address can hold it is refused, and nobody is signed out', async () => {
      const { agent, request } = await world()
      const long = { ...request, state: 'x'.repeat(12_000) }
      const place = await agent.post('/oauth2/logout', long, headers)
      expect({
        outcome: outcome(place),
        trail: place.trail,
        signedIn: await isSignedIn(agent),
      }).toEqual({ outcome: refused, trail: [], signedIn: true })
    })

    it('and a frame of another site, which comes without cookies, is refused', async () => {
      const { agent, request } = await world()
      const framed = { Cookie: '', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' }
      const place = await agent.open(logoutPath(request), framed)
      expect({
        outcome: outcome(place),
        trail: place.trail,
        signedIn: await isSignedIn(agent),
      }).toEqual({ outcome: refused, trail: [], signedIn: true })
    })
  })

  it.each([
    ['state', { client_id: client.client_id, post_logout_redirect_uri: goodbye }],
    ['ui_locales', {}],
  ])(
    'a request whose %s is longer than a request may be makes nothing wait',
    async (name, rest) => {
      const { agent } = await world()
      const waiting = () => env.DB.prepare('SELECT COUNT(*) AS rows FROM interactions').first()
      const before = await waiting()
      const long = { ...rest, [name]: 'x'.repeat(8_200) }
      const places = [await agent.open(logoutPath(long)), await agent.post('/oauth2/logout', long)]
      const shown = places.map((place) => ({ outcome: outcome(place), trail: place.trail }))
      const refusedAtOnce = { outcome: refused, trail: [] }
      expect(shown).toEqual([refusedAtOnce, refusedAtOnce])
      expect({ waiting: await waiting(), signedIn: await isSignedIn(agent) }).toEqual({
        waiting: before,
        signedIn: true,
      })
    },
  )

  it.each(['', 'x', 'test.AAAA', `test.${'A'.repeat(200)}`])(
    'what a hint said cannot be made up (%j)',
    async (proved_hint) => {
      const { agent } = await world()
      const sent = { proved_hint, client_id: client.client_id, post_logout_redirect_uri: goodbye }
      const place = await agent.open(logoutPath(sent))
      const expected = proved_hint === '' ? question : refused
      expect({ outcome: outcome(place), signedIn: await isSignedIn(agent) }).toEqual({
        outcome: expected,
        signedIn: true,
      })
    },
  )

  it('a hint that has expired is still one', async () => {
    const { agent, request } = await world()
    pass(3_600)
    expect(outcome(await agent.open(logoutPath(request)))).toMatchObject({ to: goodbye })
    expect(await isSignedIn(agent)).toBe(false)
  })

  it('a hint of another session of the same user signs nobody out unasked', async () => {
    const [first, second] = [await world(), await world()]
    const page = await second.agent.open(logoutPath(first.request))
    expect({ outcome: outcome(page), signedIn: await isSignedIn(second.agent) }).toEqual({
      outcome: question,
      signedIn: true,
    })
  })

  it('a hint of another user signs nobody out unasked', async () => {
    const { request } = await world()
    const other = await signedIn(await registerUser())
    const page = await other.open(logoutPath(request))
    expect({ outcome: outcome(page), otherSignedIn: await isSignedIn(other) }).toEqual({
      outcome: question,
      otherSignedIn: true,
    })
  })

  it('a client_id that is not that of the hint is refused', async () => {
    const { agent, request } = await world()
    const other = await registerWebClient({ post_logout_redirect_uris: [goodbye] })
    const place = await agent.open(logoutPath({ ...request, client_id: other.client_id }))
    expect({ outcome: outcome(place), signedIn: await isSignedIn(agent) }).toEqual({
      outcome: refused,
      signedIn: true,
    })
  })

  it('an unknown client_id is refused', async () => {
    const { agent } = await world()
    expect(outcome(await agent.open(logoutPath({ client_id: 'nobody' })))).toEqual(refused)
  })

  it('a hint for a client that is gone is refused', async () => {
    const gone = await registerWebClient({ post_logout_redirect_uris: [goodbye] })
    const { agent, request } = await world(gone)
    await admin('DELETE', `/clients/${gone.client_id}`)
    expect(outcome(await agent.open(logoutPath(request)))).toEqual(refused)
  })

  it('parameters given twice are refused', async () => {
    const { agent, request } = await world()
    const place = await agent.open(`${logoutPath(request)}&state=b`)
    expect({ outcome: outcome(place), signedIn: await isSignedIn(agent) }).toEqual({
      outcome: refused,
      signedIn: true,
    })
  })

  it('who is not signed in is sent on, or told so', async () => {
    const { request } = await world()
    const visitor = new UserAgent()
    expect({
      withHint: outcome(await visitor.open(logoutPath(request))),
      withoutHint: outcome(await visitor.open('/oauth2/logout')),
    }).toEqual({
      withHint: { status: 303, to: goodbye, state: 'a & state' },
      withoutHint: signedOut,
    })
  })

  it('a registered address with a query keeps it', async () => {
    const uri = `${goodbye}?tenant=a`
    const queried = await registerWebClient({ post_logout_redirect_uris: [uri] })
    const { agent, request } = await world(queried)
    const place = await agent.open(logoutPath({ ...request, post_logout_redirect_uri: uri }))
    expect(place.away).toBe(`${uri}&state=a%20%26%20state`)
  })

  it('a state that would begin a header is sent back as it came', async () => {
    const { agent, request } = await world()
    const state = 'a\r\nSet-Cookie: evil=1\r\n\r\n<script>'
    const place = await agent.open(logoutPath({ ...request, state }))
    expect(outcome(place)).toEqual({ status: 303, to: goodbye, state })
    expect(place.setCookies.length).toBe(1)
  })

  it('ends the lines of the session with it, but not offline ones', async () => {
    const { agent, request, tokens } = await world()
    const offline = await signInTo(agent, client, { scope: 'openid offline_access' })
    await agent.open(logoutPath(request))
    expect({
      userinfo: (await userinfo(tokens.access_token)).status,
      refresh: (await refresh(client, tokens.refresh_token ?? '')).status,
      offlineRefresh: (await refresh(client, offline.refresh_token ?? '')).status,
    }).toEqual({ userinfo: 401, refresh: 400, offlineRefresh: 200 })
  })
})

describe('The question', () => {
  it('names who is signed in and who asks', async () => {
    const { agent } = await world()
    const page = await agent.open(logoutPath({ client_id: client.client_id }))
    expect(shownText(page)).toMatch(/A test client asks to sign you out\. .*Ann Example/)
  })

  it.each([
    ['without its token', { form_token: undefined }],
    ['without its screen', { screen: undefined }],
  ])('answered %s is 403 and signs nobody out', async (_what, fields) => {
    const { agent } = await world()
    const page = await agent.open('/oauth2/logout')
    const place = await agent.submit(page, { decision: 'allow', ...fields })
    expect({ status: place.status, signedIn: await isSignedIn(agent) }).toEqual({
      status: 403,
      signedIn: true,
    })
  })

  it('answered from another site, or by another browser, signs nobody out', async () => {
    const { agent } = await world()
    const page = await agent.open('/oauth2/logout')
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    const forged = await agent.submit(page, { decision: 'allow' }, { headers })
    const foreign = await (await world()).agent.submit(page, { decision: 'allow' })
    expect({
      forged: forged.status,
      foreign: foreign.status,
      signedIn: await isSignedIn(agent),
    }).toEqual({ forged: 403, foreign: 403, signedIn: true })
  })

  it('answered otherwise than yes signs nobody out', async () => {
    const { agent } = await world()
    const place = await agent.submit(await agent.open('/oauth2/logout'), { decision: 'deny' })
    expect({ path: place.path, signedIn: await isSignedIn(agent) }).toEqual({
      path: '/',
      signedIn: true,
    })
  })

  it('given twice, as by a double click, ends in the same place', async () => {
    const { agent, request } = await world()
    const named = { ...request, id_token_hint: undefined, client_id: client.client_id }
    const page = await agent.open(logoutPath(named))
    const places = [await confirm(agent, page), await confirm(agent, page)]
    const there = { status: 303, to: goodbye, state: 'a & state' }
    expect({ places: places.map(outcome), signedIn: await isSignedIn(agent) }).toEqual({
      places: [there, there],
      signedIn: false,
    })
  })

  it('counts once: it does not end a session that has begun since', async () => {
    const { agent } = await world()
    const page = await agent.open('/oauth2/logout')
    await confirm(agent, page)
    await signInAt(agent, await agent.open('/'), user)
    const late = { status: 400, page: 'This page has expired · Postern' }
    const answer = outcome(await confirm(agent, page))
    expect({ answer, signedIn: await isSignedIn(agent) }).toEqual({ answer: late, signedIn: true })
  })

  it('a screen of another kind is no answer to it', async () => {
    const { agent } = await world()
    const page = await agent.open(authorizePath(client, { prompt: 'consent' }))
    const { hidden } = page.forms[0] ?? {}
    const place = await agent.post('/logout', { ...hidden, decision: 'allow' })
    expect({ status: place.status, signedIn: await isSignedIn(agent) }).toEqual({
      status: 400,
      signedIn: true,
    })
  })
})
