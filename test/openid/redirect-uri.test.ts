// Redirect URIs: compared as text, but for the port of a loopback address.
// RFC 9700 2.1 and 4.1, RFC 8252 7 and 8.
import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { authorizePath, decide, outcome, registerSpa, registerWebClient, signedIn } from './flow.ts'

const visitor = new UserAgent()
const agent = await signedIn(await registerUser())

const refused = { status: 400, page: 'We will not send you there · Postern' }
const asked = { status: 200, page: 'Sign in · Postern' }

const ask = async (client: TestClient, redirect_uri: string): Promise<unknown> =>
  outcome(await visitor.open(authorizePath(client, { redirect_uri })))

describe('RFC 9700 4.1.3: the very text that was registered', () => {
  it.each([
    ['https://a.example/cb', 'https://a.example/cb?x=1'],
    ['https://a.example/cb', 'https://a.example/cb?'],
    ['https://a.example/cb?foo=bar', 'https://a.example/cb?foo=baz'],
    ['https://a.example/cb?foo=bar', 'https://a.example/cb'],
    ['https://a.example/cb?foo=bar', 'https://a.example/cb?foo=bar&x=1'],
    ['https://a.example/cb', 'https://a.example/cb/'],
    ['https://a.example/cb', 'https://a.example/cb/more'],
    ['https://a.example/cb', 'https://a.example/'],
    ['https://a.example/cb', 'HTTPS://a.example/cb'],
    ['https://a.example/cb', 'https://A.example/cb'],
    ['https://a.example/cb', 'https://a.example/CB'],
    ['https://a.example/cb', 'https://a.example:443/cb'],
    ['https://a.example/cb', 'https://a.example/%63b'],
    ['https://a.example/cb', 'https://a.example/x/../cb'],
    ['https://a.example/cb', 'https://a.example//cb'],
    ['https://a.example/cb', 'https://a.example./cb'],
    ['https://a.example/cb', 'http://a.example/cb'],
    ['https://a.example/cb', 'https://b.a.example/cb'],
    ['https://a.example/cb', 'https://a.example.evil.example/cb'],
    ['https://a.example/cb', 'https://a.example@evil.example/cb'],
    ['https://a.example/cb', 'https://evil.example\\@a.example/cb'],
    ['https://a.example/cb', 'https://evil.example/https://a.example/cb'],
    ['https://a.example/cb', 'https://a.example/cb#'],
    ['https://a.example/cb', 'https://a.example/cb#frag'],
    ['https://a.example/cb', 'https://a.example/cb\r\nLocation: https://evil.example'],
    ['https://a.example/cb', ' https://a.example/cb'],
    ['https://a.example/cb', '//a.example/cb'],
    ['https://a.example/cb', '/cb'],
    ['https://a.example/cb', 'javascript:alert(1)//https://a.example/cb'],
    ['https://a.example/cb', 'https://ａ.example/cb'],
    ['https://a.example:8443/cb', 'https://a.example:8444/cb'],
    ['app.example:/cb', 'app.example:/cb2'],
    ['app.example:/cb', 'app.example://evil/cb'],
    ['app.example:/cb', 'APP.example:/cb'],
  ])('registered %s, sent %s: refused on our page', async (registered, sent) => {
    const client = await registerWebClient({ redirect_uris: [registered] })
    expect(await ask(client, sent)).toEqual(refused)
  })

  it('registered and sent alike, odd as it may be, it is taken', async () => {
    const odd = 'https://A.example:443/x/../%63b?foo=bar&foo=baz'
    const client = await registerWebClient({ redirect_uris: [odd, 'https://b.example/'] })
    expect({ odd: await ask(client, odd), plain: await ask(client, 'https://b.example/') }).toEqual(
      { odd: asked, plain: asked },
    )
  })

  it('of one client is not that of another', async () => {
    const one = await registerWebClient({ redirect_uris: ['https://one.example/cb'] })
    expect(await ask(one, 'https://client.example/cb')).toEqual(refused)
  })

  it('is looked at again when the screen is answered', async () => {
    const client = await registerSpa()
    const page = await agent.open(authorizePath(client))
    const change = { redirect_uris: ['https://client.example/new'] }
    await admin('PATCH', `/clients/${client.client_id}`, change)
    const place = await decide(agent, page, 'allow')
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({ outcome: refused, trail: [] })
  })
})

describe('RFC 8252 7.3: loopback addresses on any port', () => {
  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb', asked],
    ['http://127.0.0.1:8080/cb', 'http://127.0.0.1:51004/cb', asked],
    ['http://localhost/cb', 'http://localhost:51004/cb', asked],
    ['http://[::1]/cb', 'http://[::1]:51004/cb', asked],
    ['http://127.0.0.1:8080/cb', 'http://127.0.0.1/cb', asked],
    ['http://127.0.0.1/cb', 'http://localhost:1/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.2:1/cb', refused],
    ['http://127.0.0.1/cb', 'http://[::1]:1/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.1:1/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1/other', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1/cb?x=1', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1/cb#x', refused],
    ['http://127.0.0.1/cb', 'https://127.0.0.1:1/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:99999/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1@evil.example/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1.evil.example/cb', refused],
    ['http://127.0.0.1/cb', 'http://127.0.0.1.evil.example:1/cb', refused],
    ['http://localhost/cb', 'http://localhost.:1/cb', refused],
  ])('registered %s, sent %s', async (registered, sent, result) => {
    const client = await registerSpa({ redirect_uris: [registered], application_type: 'native' })
    expect(await ask(client, sent)).toEqual(result)
  })

  it('https has no port to choose', async () => {
    const client = await registerWebClient({ redirect_uris: ['https://localhost:8443/cb'] })
    expect(await ask(client, 'https://localhost:8444/cb')).toEqual(refused)
  })

  it('the answer goes to the port that was named, and the code is for that one only', async () => {
    const client = await registerSpa({ redirect_uris: ['http://127.0.0.1/cb'] })
    const redirect_uri = 'http://127.0.0.1:51004/cb'
    const place = await agent.open(authorizePath(client, { redirect_uri }))
    const away = (await decide(agent, place, 'allow')).away ?? ''
    expect(away).toMatch(/^http:\/\/127\.0\.0\.1:51004\/cb\?code=ac_/)
  })
})

describe('RFC 8252 7.1: private-use schemes', () => {
  it('are answered as they were registered', async () => {
    const redirect_uri = 'com.example.app:/oauth2redirect'
    const client = await registerSpa({ redirect_uris: [redirect_uri], application_type: 'native' })
    const page = await agent.open(authorizePath(client, { redirect_uri }))
    const place = await decide(agent, page, 'allow')
    expect(place.away).toMatch(
      /^com\.example\.app:\/oauth2redirect\?code=ac_[\w.-]+&state=a\+state/,
    )
  })
})

describe('RFC 9700 2.6, RFC 7591 2: what may not be registered', () => {
  it.each([
    'http://client.example/cb',
    'http://127.0.0.2/cb',
    'http://localhost.evil.example/cb',
    'https://client.example/cb#frag',
    'https://client.example/cb#',
    'https://user@client.example/cb',
    'https://user:password@client.example/cb',
    'https://evil.example\\@client.example/cb',
    'https://client.example/ cb',
    'https://client.example/\ncb',
    '/cb',
    '//client.example/cb',
    'client.example/cb',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://client.example/x',
    'about:blank',
    'view-source:https://client.example/',
    'ws://client.example/',
    'intent://x',
    '',
  ])('%j', async (uri) => {
    const answer = await admin('POST', '/clients', { redirect_uris: [uri] })
    expect(await read(answer)).toMatchObject({ status: 400 })
  })
})

describe('RFC 9700 4.11: never an open redirector', () => {
  const paths = (client: TestClient): string[] => [
    `/login?return_to=https://evil.example`,
    `/login?return_to=//evil.example`,
    `/login?return_to=/\\evil.example`,
    `/login?screen=https://evil.example`,
    `/consent?screen=//evil.example`,
    `/select-account?screen=/\\evil.example`,
    `/?return_to=https:evil.example`,
    `/account?return_to=%2f%2fevil.example`,
    `/oauth2/logout?post_logout_redirect_uri=https://evil.example`,
    `/oauth2/logout?post_logout_redirect_uri=javascript:alert(1)&client_id=${client.client_id}`,
    `/oauth2/logout?redirect_uri=https://evil.example&returnTo=//evil.example`,
    authorizePath(client, { redirect_uri: 'https://evil.example' }),
    authorizePath(client, {
      client_id: 'https://evil.example',
      redirect_uri: 'https://evil.example',
    }),
    authorizePath(client, { scope: '"', redirect_uri: 'https://evil.example' }),
    `//evil.example/oauth2/authorize`,
    `/\\evil.example`,
    `/%2f%2fevil.example`,
  ]

  it('whatever is asked for, nobody is sent to an address from the request', async () => {
    const client = await registerWebClient()
    const places: Place[] = []
    for (const path of paths(client)) {
      places.push(await visitor.open(path), await agent.copy().open(path))
    }
    expect(places.map(({ away }) => away)).toEqual(places.map(() => null))
    expect(places.filter(({ status }) => status >= 500)).toEqual([])
    const links = places.flatMap(({ html }) =>
      [...html.matchAll(/\b(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => link),
    )
    expect(links.filter((link) => !/^\/(?![/\\])/.test(link))).toEqual([])
  })
})
