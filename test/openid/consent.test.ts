// Consent: who is asked, what for, by whom it may be answered, and for how long it counts.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { encodeForm, read } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { tokensOf, userinfo } from '../support/tokens.ts'
import { formOf, shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizationRequest,
  authorizePath,
  callback,
  codeOf,
  decide,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
  verifiedIdToken,
  type Extra,
} from './flow.ts'

const user = await registerUser({ name: 'Ann Example' })
const agent = await signedIn(user)
const somebody = await registerUser()
const other = await signedIn(somebody)

const registerAsking = (metadata: object = {}): Promise<TestClient> =>
  registerWebClient({ trusted: false, ...metadata })

const asked = { status: 200, page: 'Allow access? · Postern' }
const expired = { status: 400, page: 'This page has expired · Postern' }
const forgery = { status: 403, page: 'Please try that again · Postern' }

const ask = (client: TestClient, extra: Extra = {}): Promise<Place> =>
  agent.open(authorizePath(client, extra))

const consentsOf = async (client: TestClient) =>
  (
    await env.DB.prepare('SELECT resource, scope FROM resource_consents WHERE client_id = ?1')
      .bind(client.client_id)
      .all()
  ).results

describe('The consent page', () => {
  it('names client, scopes, place and user, and says that it can be ended', async () => {
    const client = await registerAsking({ client_name: 'Holiday Planner' })
    const page = await ask(client, { scope: 'openid email read offline_access' })
    expect(shownText(page)).toBe(
      'Postern Allow access? Holiday Planner asks for access to your account. Verified as client.example It would be able to know which account is yours see your e-mail address use read keep its access while you are away, until you end it You will be sent to client.example . Allow Deny You can end this at any time on your account page. Signed in as Ann Example Use another account English Deutsch',
    )
  })

  it.each([
    ['markup', '<img src=x onerror=alert(1)>', '<img'],
    ['a letter that turns the line around', 'Safe\u202eetagp', '\u202e'],
    ['10 kB', 'x'.repeat(200), undefined],
  ])('shows a name with %s as text', async (_what, client_name, never) => {
    const page = await ask(await registerAsking({ client_name }))
    expect(page.title).toBe(asked.page)
    if (never !== undefined) expect(page.html).not.toContain(never)
    expect(page.html.length).toBeLessThan(15_000)
  })

  it('does not show scopes that would not be granted', async () => {
    const client = await registerAsking({ scope: 'openid read' })
    const text = shownText(await ask(client, { scope: 'openid email read' }))
    expect(text).not.toContain('e-mail')
  })

  it('is in the language of the request', async () => {
    const page = await ask(await registerAsking(), { ui_locales: 'de' })
    expect(page.html).toContain('<html lang="de">')
  })

  it('has the two answers and the way to another account as buttons', async () => {
    const page = await ask(await registerAsking())
    const values = [...page.html.matchAll(/name="decision" value="(\w+)"/g)].map(
      ([, value]) => value,
    )
    expect(values).toEqual(['allow', 'deny', 'switch'])
  })
})

describe('Whose name is proved', () => {
  const unverified = 'Its name is not verified.'

  it.each([
    ['https://notes.example:8443/cb', 'Verified as notes.example:8443'],
    ['http://127.0.0.1/cb', unverified],
    ['https://localhost/cb', unverified],
    ['com.example.app:/cb', unverified],
  ])('at %s the page says: %s', async (redirect_uri, words) => {
    const client = await registerSpa({ redirect_uris: [redirect_uri] })
    const text = shownText(await ask(client, { redirect_uri }))
    expect({
      showsWords: text.includes(words),
      showsVerifiedAs: text.includes('Verified as'),
    }).toEqual({ showsWords: true, showsVerifiedAs: words !== unverified })
  })
})

describe('What is asked for is what was shown', () => {
  it('neither asks for nor grants lasting access where the client gets no refresh token', async () => {
    const client = await registerAsking({ grant_types: ['authorization_code'] })
    const page = await ask(client, { scope: 'openid offline_access' })
    expect(shownText(page)).not.toContain('keep its access')
    const tokens = await tokensOf(redeem(client, codeOf(await decide(agent, page, 'allow'))))
    expect({ scope: tokens.scope, refresh_token: tokens.refresh_token }).toEqual({
      scope: 'openid',
      refresh_token: undefined,
    })
  })

  it('a scope that the client got meanwhile is not granted by an answer to the page before', async () => {
    const client = await registerAsking({ scope: 'openid' })
    const page = await ask(client, { scope: 'openid email read' })
    await patchClient(client, { scope: 'openid email read' })
    const place = await decide(agent, page, 'allow')
    expect(outcome(place)).toEqual(asked)
    expect({
      showsEmail: shownText(place).includes('e-mail'),
      consents: await consentsOf(client),
    }).toEqual({ showsEmail: true, consents: [] })
  })

  it('nor is what the client may have by now, where the request named no scope', async () => {
    const client = await registerAsking({ scope: 'openid' })
    const page = await ask(client, { scope: undefined })
    await patchClient(client, { scope: 'openid email read' })
    expect(outcome(await decide(agent, page, 'allow'))).toEqual(asked)
  })

  it('single claims of the claims parameter are asked for as the scopes that they belong to', async () => {
    const client = await registerAsking()
    const claims = JSON.stringify({ userinfo: { email: null }, id_token: { phone_number: null } })
    const text = shownText(await ask(client, { scope: 'openid', claims }))
    expect({ showsEMail: text.includes('e-mail'), showsPhone: text.includes('phone') }).toEqual({
      showsEMail: true,
      showsPhone: true,
    })
  })

  it('a consent that is remembered does not cover claims beyond its scopes', async () => {
    const client = await registerAsking()
    await decide(agent, await ask(client, { scope: 'openid' }), 'allow')
    expect(outcome(await ask(client, { scope: 'openid' }))).toEqual(granted())
    const claims = JSON.stringify({ userinfo: { email: null } })
    const page = await ask(client, { scope: 'openid', claims })
    expect(outcome(page)).toEqual(asked)
    const answer = await redeem(client, codeOf(await decide(agent, page, 'allow')))
    const tokens = await tokensOf(answer)
    expect({
      scope: tokens.scope,
      userinfo: (await read(await userinfo(tokens.access_token))).body,
    }).toEqual({ scope: 'openid', userinfo: { sub: user.sub, email: user.email } })
  })

  it('fields of the request in the form change nothing of it', async () => {
    const client = await registerAsking()
    const page = await ask(client, { scope: 'openid' })
    const place = await agent.submit(page, {
      decision: 'allow',
      scope: 'openid email read',
      redirect_uri: 'https://evil.example/cb',
      client_id: 'other',
      response_type: 'token',
      response_mode: 'form_post',
      state: 'another',
      code_challenge: '',
    })
    expect(outcome(place)).toEqual(granted())
    expect(await tokensOf(redeem(client, codeOf(place)))).toMatchObject({ scope: 'openid' })
  })

  it('a user who may have less by now gives no more than that', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    const client = await registerAsking()
    const page = await browser.open(authorizePath(client, { scope: 'openid read' }))
    await patchUser(one, { scope: 'openid' })
    const place = await decide(browser, page, 'allow')
    expect(await tokensOf(redeem(client, codeOf(place)))).toMatchObject({ scope: 'openid' })
  })
})

describe('OpenID Connect Core 3.1.2.4: who is asked', () => {
  it('who was not asked yet; then not again, for the same client and scope', async () => {
    const client = await registerAsking()
    expect(outcome(await decide(agent, await ask(client), 'allow'))).toEqual(granted())
    expect(outcome(await ask(client))).toEqual(granted())
    expect(outcome(await ask(client, { prompt: 'none' }))).toEqual(granted())
  })

  it('again for more scope, and then for neither of the two', async () => {
    const client = await registerAsking()
    await decide(agent, await ask(client, { scope: 'openid read' }), 'allow')
    const page = await ask(client, { scope: 'openid email' })
    expect(outcome(page)).toEqual(asked)
    await decide(agent, page, 'allow')
    expect(outcome(await ask(client, { scope: 'openid read email' }))).toEqual(granted())
  })

  it('again for another client and another user', async () => {
    const client = await registerAsking()
    await decide(agent, await ask(client), 'allow')
    expect({
      otherClient: outcome(await ask(await registerAsking())),
      otherUser: outcome(await other.open(authorizePath(client))),
    }).toEqual({ otherClient: asked, otherUser: asked })
  })

  it('not again at another redirect URI of the client: a silent renewal has one of its own', async () => {
    const redirect_uri = 'https://client.example/silent-renew.html'
    const client = await registerSpa({ redirect_uris: [callback, redirect_uri] })
    await decide(agent, await ask(client), 'allow')
    const silent = await ask(client, { redirect_uri, prompt: 'none' })
    expect(outcome(silent)).toEqual(granted({ to: redirect_uri }))
  })

  it('everybody, always, with prompt=consent: trusted clients, too', async () => {
    const trusted = await registerWebClient()
    for (let turn = 0; turn < 2; turn++) {
      const page = await ask(trusted, { prompt: 'consent' })
      expect(outcome(page)).toEqual(asked)
      const place = await decide(agent, page, 'allow')
      expect((await redeem(trusted, codeOf(place))).status).toBe(200)
    }
  })

  it('nobody for a confidential client that is trusted', async () => {
    expect(outcome(await ask(await registerWebClient()))).toEqual(granted())
  })

  it('nobody for a public client that is trusted, where TLS proves who gets the answer', async () => {
    const client = await registerSpa({ trusted: true })
    const place = await ask(client)
    expect({
      outcome: outcome(place),
      redemption: (await redeem(client, codeOf(place))).status,
    }).toEqual({ outcome: granted(), redemption: 200 })
  })

  it('nobody for a confidential client that is trusted, on the person’s own device, too', async () => {
    const redirect_uri = 'http://127.0.0.1/cb'
    const client = await registerWebClient({ redirect_uris: [redirect_uri] })
    expect(outcome(await ask(client, { redirect_uri }))).toEqual(granted({ to: redirect_uri }))
  })

  it('who withdrew it, again', async () => {
    const client = await registerAsking()
    await decide(agent, await ask(client), 'allow')
    const access = { grant: `client:${client.client_id}` }
    await agent.submit(await agent.open('/account'), access, { action: '/account/access' })
    expect({
      outcome: outcome(await ask(client)),
      withoutPrompt: outcome(await ask(client, { prompt: 'none' })),
    }).toEqual({ outcome: asked, withoutPrompt: refusedWith('consent_required') })
  })
})

describe('RFC 8707: consent names the resource, and covers no other', () => {
  const [a, b] = ['https://harmless.example/api', 'https://bank.example/api']

  it('shows one that nobody registered by its host, a registered one as it is', async () => {
    const open = shownText(await ask(await registerAsking(), { resource: b }))
    expect(open).toContain('The access is for bank.example , which is not registered here.')
    const bound = await registerAsking({ resources: [a] })
    const text = shownText(await ask(bound, { resource: a }))
    expect(text).toContain('The access is for https://harmless.example/api .')
  })

  it.each([
    ['another resource', { resource: a }, { resource: b }],
    ['this server itself', { resource: a }, {}],
    ['a resource', {}, { resource: a }],
  ])('a consent does not cover %s', async (_what, first: Extra, second: Extra) => {
    const client = await registerSpa()
    const code = codeOf(await decide(agent, await ask(client, first), 'allow'))
    expect((await redeem(client, code)).status).toBe(200)
    expect({
      first: outcome(await ask(client, { ...first, prompt: 'none' })),
      second: outcome(await ask(client, { ...second, prompt: 'none' })),
      interactive: outcome(await ask(client, second)),
    }).toEqual({ first: granted(), second: refusedWith('consent_required'), interactive: asked })
  })

  it('several are asked for together, each is remembered, and a scope for none but its own', async () => {
    const client = await registerSpa()
    const both = (scope: string) =>
      agent.open(
        `/oauth2/authorize?${encodeForm({ ...authorizationRequest(client, { scope }), resource: [a, b] })}`,
      )
    await decide(agent, await ask(client, { resource: a, scope: 'openid email' }), 'allow')
    const page = await both('openid read')
    expect({
      outcome: outcome(page),
      showsResource: shownText(page).includes('harmless.example'),
    }).toEqual({ outcome: asked, showsResource: true })
    const code = codeOf(await decide(agent, page, 'allow'))
    expect((await redeem(client, code)).status).toBe(200)
    expect({
      both: outcome(await both('openid read')),
      otherScope: outcome(await ask(client, { resource: a, scope: 'openid email read' })),
      otherResource: outcome(await ask(client, { resource: b, scope: 'openid read' })),
      neither: outcome(await ask(client, { resource: b, scope: 'openid email' })),
    }).toEqual({ both: granted(), otherScope: granted(), otherResource: granted(), neither: asked })
  })

  it('a withdrawn consent takes the codes for its resource with it', async () => {
    const client = await registerSpa()
    const code = codeOf(await decide(agent, await ask(client, { resource: a }), 'allow'))
    await agent.submit(
      await agent.open('/account'),
      { grant: `client:${client.client_id}` },
      { action: '/account/access' },
    )
    expect((await redeem(client, code)).status).toBe(400)
  })
})

describe('RFC 8252 8.6, ASVS 10.7.1: a public client at an address that proves nothing', () => {
  it.each([
    'http://127.0.0.1/cb',
    'http://localhost/cb',
    'http://[::1]/cb',
    'https://localhost/cb',
    'com.example.app:/cb',
  ])('is asked about every time: %s', async (redirect_uri) => {
    const client = await registerSpa({ redirect_uris: [redirect_uri] })
    for (let turn = 0; turn < 2; turn++) {
      const page = await ask(client, { redirect_uri })
      expect(outcome(page)).toEqual(asked)
      expect((await decide(agent, page, 'allow')).away).toContain('code=ac_')
    }
    expect((await ask(client, { redirect_uri, prompt: 'none' })).away).toContain('consent_required')
  })

  it('is asked about every time although it is trusted: anyone can take its name', async () => {
    const uris = ['http://127.0.0.1/cb', 'com.example.app:/cb']
    const client = await registerSpa({ redirect_uris: uris, trusted: true })
    const places = await Promise.all(uris.map((redirect_uri) => ask(client, { redirect_uri })))
    expect(places.map(outcome)).toEqual([asked, asked])
  })

  it('neither takes over what is remembered for an address that proves its host, nor adds to it', async () => {
    const loopback = { redirect_uri: 'http://127.0.0.1/cb' }
    const client = await registerSpa({ redirect_uris: [callback, loopback.redirect_uri] })
    await decide(agent, await ask(client, { ...loopback, scope: 'openid read' }), 'allow')
    const page = await ask(client, { scope: 'openid email' })
    expect(outcome(page)).toEqual(asked)
    await decide(agent, page, 'allow')
    await decide(agent, await ask(client, { ...loopback, scope: 'openid phone' }), 'allow')
    expect({
      narrower: outcome(await ask(client, { scope: 'openid email' })),
      other: outcome(await ask(client, { scope: 'openid read' })),
      loopback: outcome(await ask(client, { ...loopback, scope: 'openid email' })),
      consents: await consentsOf(client),
    }).toEqual({
      narrower: granted(),
      other: asked,
      loopback: asked,
      consents: [{ resource: '', scope: 'openid email' }],
    })
  })

  it('is remembered where TLS proves the host, or the client a secret', async () => {
    const spa = await registerSpa()
    await decide(agent, await ask(spa), 'allow')
    const redirect_uri = 'http://127.0.0.1/cb'
    const confidential = await registerAsking({ redirect_uris: [redirect_uri] })
    await decide(agent, await ask(confidential, { redirect_uri }), 'allow')
    expect({
      spa: outcome(await ask(spa)),
      confidential: outcome(await ask(confidential, { redirect_uri })),
    }).toEqual({ spa: granted(), confidential: granted({ to: redirect_uri }) })
  })

  it('RFC 8252 7.3: is one for all ports of a loopback address, remembered or not', async () => {
    const at = (port: number) => ({ redirect_uri: `http://127.0.0.1:${port}/cb` })
    const metadata = { redirect_uris: ['http://127.0.0.1/cb'] }
    const clients = [await registerAsking(metadata), await registerSpa(metadata)]
    for (const client of clients) {
      const code = codeOf(await decide(agent, await ask(client, at(1001)), 'allow'))
      expect((await redeem(client, code, at(1001))).status).toBe(200)
    }
    const again = await Promise.all(clients.map((client) => ask(client, at(1002))))
    expect(again.map(outcome)).toEqual([granted({ to: at(1002).redirect_uri }), asked])
    for (const page of again.slice(1)) await decide(agent, page, 'allow')
    const rows = await Promise.all(clients.map(consentsOf))
    expect(rows.map(({ length }) => length)).toEqual([1, 1])
  })

  it('is asked again once a confidential client has become public', async () => {
    const redirect_uri = 'http://127.0.0.1/cb'
    const client = await registerAsking({ redirect_uris: [redirect_uri] })
    await decide(agent, await ask(client, { redirect_uri }), 'allow')
    await patchClient(client, { token_endpoint_auth_method: 'none' })
    expect(outcome(await ask(client, { redirect_uri }))).toEqual(asked)
  })
})

describe('N032: Deny', () => {
  it('is access_denied with state and issuer; nothing is remembered', async () => {
    const client = await registerAsking()
    const place = await decide(agent, await ask(client), 'deny')
    expect(outcome(place)).toEqual(refusedWith('access_denied'))
    expect({ consents: await consentsOf(client), outcome: outcome(await ask(client)) }).toEqual({
      consents: [],
      outcome: asked,
    })
  })

  it.each([{}, { decision: '' }, { decision: 'Allow' }, { decision: 'yes' }, { decision: 'true' }])(
    'is whatever is not Allow: %j',
    async (fields) => {
      const place = await agent.submit(await ask(await registerAsking()), fields)
      expect(outcome(place)).toEqual(refusedWith('access_denied'))
    },
  )

  it('and Allow at once is a form that says two things', async () => {
    const page = await ask(await registerAsking())
    const form = formOf(page)
    const place = await agent.post(form.action, {
      ...form.hidden,
      decision: ['allow', 'deny'],
    })
    expect({ status: place.status, away: place.away }).toEqual({ status: 400, away: null })
  })
})

describe('CVE-2022-39222, N038: only the browser and the session that were asked may answer', () => {
  it('another browser that knows the screen cannot see it or answer it', async () => {
    const page = await ask(await registerAsking())
    const visitor = new UserAgent()
    await visitor.open('/')
    expect({
      visitorSees: outcome(await visitor.open(page.path)),
      visitorAnswers: outcome(await visitor.submit(page, { decision: 'allow' })),
      otherSees: outcome(await other.open(page.path)),
      otherAnswers: outcome(await other.submit(page, { decision: 'allow' })),
    }).toEqual({
      visitorSees: { status: 200, page: 'Sign in · Postern' },
      visitorAnswers: forgery,
      otherSees: asked,
      otherAnswers: forgery,
    })
  })

  it('another browser with the very session is not shown it, but asked anew', async () => {
    const page = await ask(await registerAsking())
    const copy = agent.copy()
    copy.cookies.set('postern_browser_8787', other.cookies.get('postern_browser_8787') ?? '')
    const anew = await copy.open(page.path)
    expect({
      outcome: outcome(anew),
      isSameScreen: anew.path === page.path,
      answer: outcome(await copy.submit(page, { decision: 'allow' })),
    }).toEqual({ outcome: asked, isSameScreen: false, answer: forgery })
  })

  it('another browser cannot answer it with a token of its own', async () => {
    const page = await ask(await registerAsking())
    const own = await other.open(authorizePath(await registerAsking()))
    const { screen } = formOf(page).hidden
    const place = await other.submit(own, { screen, decision: 'allow' })
    expect(outcome(place)).toEqual(forgery)
  })

  it('another user in the same browser cannot answer it', async () => {
    const browser = await signedIn(user)
    const client = await registerAsking()
    const page = await browser.open(authorizePath(client))
    const session = other.cookies.get('postern_session_8787') ?? ''
    browser.cookies.set('postern_session_8787', session)
    const place = await decide(browser, page, 'allow')
    expect({ outcome: outcome(place), consents: await consentsOf(client) }).toEqual({
      outcome: expired,
      consents: [],
    })
  })

  it('nobody can answer it who is signed out by then', async () => {
    const browser = await signedIn(user)
    const client = await registerAsking()
    const page = await browser.open(authorizePath(client))
    await browser.submit(await browser.open('/'), {}, { action: '/sign-out' })
    const place = await decide(browser, page, 'allow')
    expect({ outcome: outcome(place), consents: await consentsOf(client) }).toEqual({
      outcome: expired,
      consents: [],
    })
  })

  it('an answer counts once; given again, or seen again, it goes on with what is true now', async () => {
    const client = await registerAsking()
    const page = await ask(client)
    await decide(agent, page, 'allow')
    expect({
      allowedAgain: outcome(await decide(agent, page, 'allow')),
      seenAgain: outcome(await agent.open(page.path)),
      denied: outcome(await decide(agent, page, 'deny')),
    }).toEqual({
      allowedAgain: granted(),
      seenAgain: granted(),
      denied: refusedWith('access_denied'),
    })
    await agent.submit(
      await agent.open('/account'),
      { grant: `client:${client.client_id}` },
      { action: '/account/access' },
    )
    expect({
      outcome: outcome(await decide(agent, page, 'allow')),
      consents: await consentsOf(client),
    }).toEqual({ outcome: asked, consents: [] })
  })

  it('Deny counts once, too: Allow after it is too late, and is asked for anew', async () => {
    const client = await registerAsking()
    const page = await ask(client)
    await decide(agent, page, 'deny')
    expect({
      outcome: outcome(await decide(agent, page, 'allow')),
      consents: await consentsOf(client),
    }).toEqual({ outcome: asked, consents: [] })
  })

  it('two tabs: what one of them was allowed the other need not ask for', async () => {
    const client = await registerAsking()
    const [first, second] = [await ask(client), await ask(client, { state: 'second' })]
    expect(outcome(await decide(agent, first, 'allow'))).toEqual(granted())
    expect({
      opened: outcome(await agent.open(second.path)),
      answered: outcome(await decide(agent, second, 'allow')),
    }).toEqual({ opened: granted({ state: 'second' }), answered: granted({ state: 'second' }) })
  })

  it('two tabs: Deny in the other one is a no all the same', async () => {
    const client = await registerAsking()
    const [first, second] = [await ask(client), await ask(client)]
    await decide(agent, first, 'allow')
    expect(outcome(await decide(agent, second, 'deny'))).toEqual(refusedWith('access_denied'))
  })

  it.each([
    ['a client that is disabled by then', { disabled: true }],
    ['a client that may no longer use codes', { grant_types: ['client_credentials'] }],
  ])('%s gets nothing', async (_what, change) => {
    const client = await registerAsking()
    const page = await ask(client)
    await patchClient(client, change)
    const place = await decide(agent, page, 'allow')
    expect({ status: place.status, away: place.away }).toEqual({ status: 400, away: null })
  })

  it('a client that is gone by then gets nothing', async () => {
    const client = await registerAsking()
    const page = await ask(client)
    await admin('DELETE', `/clients/${client.client_id}`)
    const place = await decide(agent, page, 'allow')
    expect({ status: place.status, away: place.away }).toEqual({ status: 400, away: null })
  })

  it.each(['form_token', 'screen'])('without its %s it is no answer', async (name) => {
    const page = await ask(await registerAsking())
    const place = await agent.submit(page, { [name]: undefined, decision: 'allow' })
    expect(outcome(place)).toEqual(forgery)
  })

  it('with the token of the sign-out button it is no answer', async () => {
    const page = await ask(await registerAsking())
    const { form_token } = formOf(await agent.open('/')).hidden
    const place = await agent.submit(page, { form_token, decision: 'allow' })
    expect(outcome(place)).toEqual(forgery)
  })

  it('posted from another site it is no answer', async () => {
    const page = await ask(await registerAsking())
    const headers = { Origin: 'https://evil.example' }
    expect(outcome(await agent.submit(page, { decision: 'allow' }, { headers }))).toEqual(forgery)
  })
})

describe('Switching the account', () => {
  it('from the consent page leads to a sign-in that goes on with what was asked', async () => {
    const browser = await signedIn(user)
    const client = await registerAsking()
    const page = await browser.open(authorizePath(client))
    const login = await decide(browser, page, 'switch')
    expect(login.title).toBe('Sign in · Postern')
    const consent = await signInAt(browser, login, somebody)
    expect(outcome(consent)).toEqual(asked)
    const place = await decide(browser, consent, 'allow')
    const { payload } = await verifiedIdToken(await tokensOf(redeem(client, codeOf(place))))
    expect(payload.sub).toBe(somebody.sub)
  })

  it('cannot be taken back to answer for the user before', async () => {
    const browser = await signedIn(user)
    const page = await browser.open(authorizePath(await registerAsking()))
    const login = await decide(browser, page, 'switch')
    expect({
      allowed: outcome(await decide(browser, page, 'allow')),
      otherScreen: outcome(await browser.open(login.path.replace('/login', '/consent'))),
      switched: outcome(await decide(browser, page, 'switch')),
    }).toEqual({
      allowed: asked,
      otherScreen: asked,
      switched: { status: 200, page: 'Sign in · Postern' },
    })
  })
})

describe('OpenID Connect Core 3.1.2.1: prompt=select_account', () => {
  const choice = { status: 200, page: 'Choose an account · Postern' }
  const select = { prompt: 'select_account' }

  it('offers the account that is signed in, and goes on with it', async () => {
    const client = await registerWebClient()
    const page = await ask(client, select)
    expect(outcome(page)).toEqual(choice)
    expect(outcome(await decide(agent, page, 'allow'))).toEqual(granted())
  })

  it('leads to a sign-in for another account, which is then not asked for again', async () => {
    const browser = await signedIn(user)
    const client = await registerWebClient()
    const login = await decide(browser, await browser.open(authorizePath(client, select)), 'switch')
    expect(outcome(await signInAt(browser, login, somebody))).toEqual(granted())
  })

  it('is a sign-in where nobody is signed in', async () => {
    const visitor = new UserAgent()
    const client = await registerWebClient()
    const login = await visitor.open(authorizePath(client, select))
    expect(outcome(await signInAt(visitor, login, user))).toEqual(granted())
  })

  it('comes before the consent, and neither replaces the other', async () => {
    const client = await registerAsking()
    const page = await ask(client, { prompt: 'select_account consent' })
    expect(outcome(page)).toEqual(choice)
    const consent = await decide(agent, page, 'allow')
    expect(outcome(consent)).toEqual(asked)
    expect(outcome(await decide(agent, consent, 'allow'))).toEqual(granted())
  })

  it('with prompt=none is refused as a contradiction', async () => {
    const place = await ask(await registerWebClient(), { prompt: 'none select_account' })
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })
})
