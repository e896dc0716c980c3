// What a browser does with a pushed request: RFC 9126 4, FAPI 2.0 5.3.2.2.
import { afterEach, describe, expect, it } from 'vitest'
import { claimsOf } from '../support/forge.ts'
import { noFault, Server } from '../support/faults.ts'
import { post } from '../support/http.ts'
import { push, pushedPath, referenceOf, referredPath } from '../support/pushed.ts'
import { patchClient, registerUser } from '../support/registry.ts'
import { clientCredentials, tokensOf, refresh } from '../support/tokens.ts'
import { UserAgent, shownText, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  authorizationRequest,
  backToNow,
  codeOf,
  decide,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
} from './flow.ts'

afterEach(backToNow)

const client = await registerWebClient()
const asking = await registerWebClient({ trusted: false })
const user = await registerUser()

const goBack = { status: 400, page: 'Please go back to the app · Postern' }
const signInPage = expect.objectContaining({ status: 200, page: 'Sign in · Postern' })
const linksOf = (place: Place) => [...place.html.matchAll(/href="([^"]*)"/g)].map(([, to]) => to)

describe('RFC 9126 4: a browser brings the reference', () => {
  it('leads through sign-in and consent to a code that counts', async () => {
    const agent = new UserAgent()
    const page = await signInAt(agent, await agent.open(await pushedPath(asking)), user)
    const place = await decide(agent, page, 'allow')
    expect(outcome(place)).toEqual(granted())
    expect((await redeem(asking, codeOf(place))).status).toBe(200)
  })

  it('PA5: what stands beside client_id and request_uri does not count', async () => {
    const agent = await signedIn(user)
    const request_uri = await referenceOf(push(client))
    const more = {
      redirect_uri: 'https://evil.example/',
      state: 'another',
      scope: 'x',
      prompt: 'none login',
    }
    expect(outcome(await agent.open(referredPath(client, request_uri, more)))).toEqual(granted())
  })

  it('PA5: a form brings it, too', async () => {
    const agent = await signedIn(user)
    const request_uri = await referenceOf(push(client))
    const { client_id } = client
    expect(outcome(await agent.post('/oauth2/authorize', { client_id, request_uri }))).toEqual(
      granted(),
    )
  })

  it.each([
    [
      'a forged one',
      async () => referredPath(client, 'urn:ietf:params:oauth:request_uri:r_k1.AAAA'),
    ],
    [
      'an unknown parked one',
      async () => referredPath(client, 'urn:ietf:params:oauth:request_uri:p_AAAA'),
    ],
    ['an empty one', async () => referredPath(client, 'urn:ietf:params:oauth:request_uri:')],
    ["another client's", async () => referredPath(asking, await referenceOf(push(client)))],
    [
      'one without client_id',
      async () => (await pushedPath(client)).replace(/client_id=[^&]*&/, ''),
    ],
  ])('PA5: %s is an error page, and the client hears nothing', async (_what, path) => {
    const agent = await signedIn(user)
    const place = await agent.open(await path())
    expect(outcome(place)).toEqual(goBack)
    expect(shownText(place)).toContain('invalid_request_uri')
  })

  it('PA5: a code or a screen of ours is no reference', async () => {
    const agent = await signedIn(user)
    const code = codeOf(await agent.open(authorizePath(client)))
    const sealed = code.slice('ac_'.length)
    const uri = `urn:ietf:params:oauth:request_uri:r_${sealed}`
    expect(outcome(await agent.open(referredPath(client, uri)))).toEqual(goBack)
  })

  it('a repeated request_uri is refused on our page', async () => {
    const agent = await signedIn(user)
    const path = await pushedPath(client)
    const uri = new URLSearchParams(path.split('?')[1]).get('request_uri') ?? ''
    const place = await agent.open(`${path}&${new URLSearchParams({ request_uri: uri })}`)
    expect(outcome(place)).toEqual({ status: 400, page: 'This link does not work · Postern' })
  })

  it('JR3: an https request_uri is not fetched, and the client hears that', async () => {
    const agent = await signedIn(user)
    const request_uri = 'https://client.example/request'
    expect(outcome(await agent.open(authorizePath(client, { request_uri })))).toEqual(
      refusedWith('request_uri_not_supported'),
    )
  })

  it('a request over 1.5 KB waits in storage, where only its reference opens it', async () => {
    const agent = await signedIn(user)
    const path = await pushedPath(client, { state: 's'.repeat(3_000) })
    expect(path).toMatch(/request_uri%3Ap_[\w-]{43}$/)
    expect(outcome(await agent.open(path))).toEqual(granted({ state: 's'.repeat(3_000) }))
    expect(outcome(await agent.open(path))).toEqual(goBack)
  })

  it('every resource that was pushed counts', async () => {
    const agent = await signedIn(user)
    const form = new URLSearchParams(authorizationRequest(await publicClient()))
    const resources = ['https://one.example', 'https://two.example']
    for (const resource of resources) form.append('resource', resource)
    const own = { client_id: form.get('client_id') ?? '' }
    const request_uri = await referenceOf(post('/oauth2/par', form.toString()))
    const page = await agent.open(referredPath(own, request_uri))
    const code = codeOf(await decide(agent, page, 'allow'))
    const { access_token } = await tokensOf(redeem(own, code))
    expect(claimsOf(access_token).aud).toEqual(resources)
  })
})

const publicClient = () => registerSpa()

describe('PA6: a pushed request is used when it is answered', () => {
  it('reload, back and a second tab before the answer work', async () => {
    const agent = new UserAgent()
    const path = await pushedPath(await registerWebClient({ trusted: false }))
    const [first, again] = [await agent.open(path), await agent.open(path)]
    const consent = await signInAt(agent, first, user)
    const asked = { status: 200, page: 'Allow access? · Postern' }
    expect({
      secondTab: outcome(again),
      reload: outcome(await agent.open(consent.path)),
      // Signed in by now: what was a sign-in in the second tab is the same question.
      secondTabReload: outcome(await agent.open(again.path)),
      back: outcome(await agent.open(path)),
    }).toEqual({ secondTab: signInPage, reload: asked, secondTabReload: asked, back: asked })
    expect(outcome(await decide(agent, consent, 'allow'))).toEqual(granted())
  })

  it.each([
    ['a code', { decision: 'allow' }, granted()],
    ['a denial', { decision: 'deny' }, refusedWith('access_denied')],
  ])(
    '%s uses it up: then it is an error page in every tab',
    async (_what, { decision }, answered) => {
      const agent = await signedIn(user)
      const path = await pushedPath(await registerWebClient({ trusted: false }))
      const [first, second] = [await agent.open(path), await agent.open(path)]
      expect(outcome(await agent.submit(first, { decision }))).toEqual(answered)
      expect({
        reload: outcome(await agent.open(path)),
        otherBrowser: outcome(await new UserAgent().open(path)),
        secondTab: outcome(await agent.submit(second, { decision })),
      }).toEqual({ reload: goBack, otherBrowser: goBack, secondTab: goBack })
    },
  )

  it.each([
    ['Allow', { decision: 'allow' }, granted()],
    ['Deny', { decision: 'deny' }, refusedWith('access_denied')],
  ])('whoever clicks %s twice gets the answer twice', async (_what, form, answered) => {
    const agent = await signedIn(user)
    const page = await agent.open(await pushedPath(await registerWebClient({ trusted: false })))
    const clicks = await Promise.all([1, 2].map(() => agent.copy().submit(page, form)))
    expect(clicks.map(outcome)).toEqual([answered, answered])
  })

  it('whoever clicks twice on the sign-in gets the code, and the codes redeem once', async () => {
    const agent = new UserAgent()
    const page = await agent.open(await pushedPath(client))
    const clicks = await Promise.all([1, 2].map(() => signInAt(agent.copy(), page, user)))
    const statuses = []
    for (const place of clicks) statuses.push((await redeem(client, codeOf(place))).status)
    expect(statuses).toEqual([200, 400])
  })

  it('an error for the client uses it up', async () => {
    const path = await pushedPath(client, { prompt: 'none' })
    expect(outcome(await new UserAgent().open(path))).toEqual(refusedWith('login_required'))
    expect(outcome(await (await signedIn(user)).open(path))).toEqual(goBack)
  })

  it('a wrong password uses nothing up', async () => {
    const agent = new UserAgent()
    const page = await agent.open(await pushedPath(client))
    const wrong = await signInAt(agent, page, { ...user, password: 'wrong' })
    expect(outcome(await signInAt(agent, wrong, user))).toEqual(granted())
  })

  const used = /INSERT INTO used_identifiers/

  it('a failure of storage uses nothing up, and the same answer works after it', async () => {
    const server = new Server()
    const agent = await signedIn(user, server.fetch)
    const path = await pushedPath(client, {}, server.fetch)
    server.plan(({ text }) => (used.test(text) ? 'fails' : null))
    expect((await agent.open(path)).status).toBe(503)
    server.plan(noFault)
    expect(outcome(await agent.open(path))).toEqual(granted())
  })

  it('an answer whose mark was stored although the connection was lost is given', async () => {
    const server = new Server()
    const agent = await signedIn(user, server.fetch)
    const path = await pushedPath(client, {}, server.fetch)
    server.plan(({ text }) => (used.test(text) ? 'fails after the commit' : null))
    expect(outcome(await agent.open(path))).toEqual(granted())
  })

  it('M062: what was opened in time goes on after it has expired, and is opened no more', async () => {
    const path = await pushedPath(client)
    const agent = new UserAgent()
    const page = await agent.open(path)
    pass(400)
    expect(outcome(await signInAt(agent, page, user))).toEqual(granted())
    expect(outcome(await agent.open(path))).toEqual(goBack)
  })

  it('a reference that nobody opened for 300 seconds is an error page', async () => {
    const path = await pushedPath(client)
    const agent = await signedIn(user)
    pass(301)
    expect(outcome(await agent.open(path))).toEqual(goBack)
  })

  it('no chain of screens outlives the mark of the answer: a late yes is not even remembered', async () => {
    const late = await registerWebClient({ trusted: false })
    const agent = new UserAgent()
    const page = await agent.open(await pushedPath(late))
    pass(1_700)
    const consent = await signInAt(agent, page, user)
    pass(500)
    expect(outcome(await decide(agent, consent, 'allow'))).toEqual(goBack)
    expect(outcome(await agent.open(await pushedPath(late)))).toEqual({
      status: 200,
      page: 'Allow access? · Postern',
    })
  })

  it('M066: back after the code, and a screen of another browser, offer nothing to start again', async () => {
    const agent = await signedIn(user)
    const page = await agent.open(await pushedPath(await registerWebClient({ trusted: false })))
    await decide(agent, page, 'allow')
    pass(6)
    const stranger = await signedIn(user)
    const places = [
      await agent.open(page.path),
      await agent.submit(page, { decision: 'allow' }),
      await stranger.open(page.path),
      await stranger.submit(page, { decision: 'allow' }),
      await new UserAgent().open(page.path),
    ]
    expect(places.map(outcome)).toEqual([
      goBack,
      goBack,
      goBack,
      { ...goBack, status: 403 },
      goBack,
    ])
    const links = places.flatMap(linksOf).filter((to) => !to?.startsWith('/assets/'))
    expect(links.filter((to) => to?.includes('oauth2/authorize'))).toEqual([])
  })

  it('M066: the page leads to the app, whose address is known, in the language of the request', async () => {
    const known = await registerWebClient({ trusted: false, client_uri: 'https://client.example/' })
    const agent = await signedIn(user)
    const page = await agent.open(await pushedPath(known, { ui_locales: 'de' }))
    pass(3_000)
    const place = await agent.submit(page, { decision: 'allow' })
    expect({
      ...outcome(place),
      toApp: linksOf(place).includes('https://client.example/'),
    }).toEqual({
      status: 400,
      page: 'Bitte kehren Sie zur App zurück · Postern',
      toApp: true,
    })
  })
})

describe('PA7: a client that must push', () => {
  const required = { require_pushed_authorization_requests: true }

  it('gets invalid_request for a plain request, at its redirect URI', async () => {
    const agent = await signedIn(user)
    const strict = await registerWebClient(required)
    expect({
      plain: outcome(await agent.open(authorizePath(strict))),
      pushed: outcome(await agent.open(await pushedPath(strict))),
    }).toEqual({ plain: refusedWith('invalid_request'), pushed: granted() })
  })

  it('gets no answer to a screen that was open when that was switched on', async () => {
    const strict = await registerWebClient({ trusted: false })
    const server = new Server({ CLIENT_CACHE_LIFETIME: '0' })
    const agent = await signedIn(user, server.fetch)
    const page = await agent.open(authorizePath(strict))
    await patchClient(strict, required)
    expect(outcome(await decide(agent, page, 'allow'))).toEqual({
      status: 400,
      page: 'This link does not work · Postern',
    })
  })

  it('M064: client_credentials and refresh are not touched', async () => {
    const agent = await signedIn(user)
    const strict = await registerWebClient({
      ...required,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    })
    const code = codeOf(await agent.open(await pushedPath(strict)))
    const { refresh_token = '' } = await tokensOf(redeem(strict, code))
    expect({
      refresh: (await refresh(strict, refresh_token)).status,
      machine: (await clientCredentials(strict, { scope: 'read' })).status,
    }).toEqual({ refresh: 200, machine: 200 })
  })
})
