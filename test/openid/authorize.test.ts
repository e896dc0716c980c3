// The authorization endpoint: who is sent where, and what is never sent anywhere.
import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { encodeForm, get, issuer, ownHeaders, postern, read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { postAs, tokensOf } from '../support/tokens.ts'
import { type Place, shownText, UserAgent } from '../support/user-agent.ts'
import {
  authorizationRequest,
  authorizePath,
  callback,
  codeOf,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
  verifier,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

const notWorking = { status: 400, page: 'This link does not work · Postern' }
const unknownApp = { status: 400, page: 'This app is not known here · Postern' }
const notThere = { status: 400, page: 'We will not send you there · Postern' }

const longParameters = (count: number, bytes: number): string =>
  Array.from({ length: count }, (_, index) => `p${index}=${'x'.repeat(bytes)}`).join('&')

describe('RFC 6749 4.1.2.1: until client and redirect URI are proved, errors stay on our page', () => {
  it.each([
    ['an unknown client', { client_id: 'nobody' }, unknownApp],
    ['no client', { client_id: undefined }, unknownApp],
    ['an empty client', { client_id: '' }, unknownApp],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }, notThere],
    ['no redirect URI in an OpenID request', { redirect_uri: undefined }, notThere],
  ])('%s is shown and leads nowhere', async (_what, extra, page) => {
    const place = await agent.open(authorizePath(client, extra))
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({ outcome: page, trail: [] })
  })

  it('a disabled client is as unknown as one that never was', async () => {
    const disabled = await registerWebClient({ disabled: true })
    expect(outcome(await agent.open(authorizePath(disabled)))).toEqual(unknownApp)
  })

  it('without redirect URI the only registered one stands in, but not one of two', async () => {
    const two = await registerWebClient({ redirect_uris: [callback, `${callback}2`] })
    const plain = { redirect_uri: undefined, scope: 'read' }
    expect({
      one: outcome(await agent.open(authorizePath(client, plain))),
      two: outcome(await agent.open(authorizePath(two, plain))),
    }).toEqual({ one: granted(), two: notThere })
  })

  it.each([
    ['client_id', (request: string) => `${request}&client_id=${client.client_id}`],
    ['client_id with another value', (request: string) => `${request}&client_id=other`],
    ['redirect_uri', (request: string) => `${request}&redirect_uri=https%3A%2F%2Fevil.example`],
    ['redirect_uri in front', (request: string) => `redirect_uri=https://evil.example&${request}`],
    ['redirect_uri, once empty', (request: string) => `${request}&redirect_uri=`],
  ])('%s twice is refused and leads nowhere', async (_what, alter) => {
    const query = alter(encodeForm(authorizationRequest(client)))
    const place = await agent.open(`/oauth2/authorize?${query}`)
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({
      outcome: notWorking,
      trail: [],
    })
  })

  it.each([
    ['a byte that is no UTF-8', 'state=%FF'],
    ['an open percent', 'state=%'],
    ['a NUL', 'state=%00'],
    ['300 parameters', Array.from({ length: 300 }, (_, index) => `p${index}=x`).join('&')],
  ])('%s is refused and leads nowhere', async (_what, text) => {
    const place = await agent.open(`${authorizePath(client, { state: undefined })}&${text}`)
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({
      outcome: notWorking,
      trail: [],
    })
  })

  it('what was sent is not repeated on the page', async () => {
    const evil = '"><script>alert(1)</script>'
    const place = await agent.open(authorizePath(client, { client_id: evil, redirect_uri: evil }))
    expect(place.html).not.toContain('alert(1)')
  })
})

describe('RFC 6749 3.1: the request', () => {
  it('is granted with code, state and issuer', async () => {
    expect(outcome(await agent.open(authorizePath(client)))).toEqual(granted())
  })

  it('is granted by POST, too', async () => {
    const place = await agent.post('/oauth2/authorize', authorizationRequest(client))
    expect(outcome(place)).toEqual(granted())
  })

  it('is granted by POST from another site, which comes without our cookies', async () => {
    const headers = { Cookie: '', Origin: 'https://client.example', 'Sec-Fetch-Site': 'cross-site' }
    const browser = agent.cookies.get('postern_browser_8787')
    const place = await agent.post('/oauth2/authorize', authorizationRequest(client), headers)
    expect(outcome(place)).toEqual(granted())
    expect(agent.cookies.get('postern_browser_8787')).toBe(browser)
  })

  it('is granted without state, and then the answer has none', async () => {
    const place = await agent.open(authorizePath(client, { state: undefined }))
    const { state: _, ...stateless } = granted()
    expect(outcome(place)).toEqual(stateless)
  })

  it.each([
    ['an unknown parameter', { extra: 'foobar' }],
    ['a parameter that objects inherit', { constructor: 'x', toString: 'y' }],
    ['an empty nonce', { nonce: '' }],
    ['names outside of the client’s scope', { scope: 'openid admin' }],
    ['a scope with more spaces than it needs', { scope: ' openid  profile ' }],
    ['no scope', { scope: undefined }],
  ])('is granted with %s', async (_what, extra: object) => {
    expect(outcome(await agent.open(authorizePath(client, { ...extra })))).toEqual(granted())
  })

  it('is granted with __proto__ among its parameters, also on the way through a sign-in', async () => {
    const query = `${encodeForm(authorizationRequest(client))}&__proto__=x`
    expect(outcome(await agent.open(`/oauth2/authorize?${query}`))).toEqual(granted())
    const login = await new UserAgent().open(`/oauth2/authorize?${query}`)
    expect(outcome(login)).toEqual({ status: 200, page: 'Sign in · Postern' })
  })

  it.each([
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    [
      'response_type=code id_token',
      { response_type: 'code id_token' },
      'unsupported_response_type',
    ],
    ['response_type=none', { response_type: 'none' }, 'unsupported_response_type'],
    ['response_type=Code', { response_type: 'Code' }, 'unsupported_response_type'],
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['response_mode=fragment.jwt', { response_mode: 'fragment.jwt' }, 'invalid_request'],
    ['scope with nothing but a space', { scope: ' ' }, 'invalid_scope'],
    ['scope with a quotation mark', { scope: 'openid "x"' }, 'invalid_scope'],
    ['scope with a line break', { scope: 'openid\r\nSet-Cookie: a=b' }, 'invalid_scope'],
    ['scope of which nothing may be granted', { scope: 'admin' }, 'invalid_scope'],
    ['a relative resource', { resource: '/api' }, 'invalid_target'],
    ['a resource with a fragment', { resource: 'https://api.example/#x' }, 'invalid_target'],
    [
      'an unsigned request object',
      { request: 'eyJhbGciOiJub25lIn0.e30.' },
      'request_not_supported',
    ],
    ['a request_uri', { request_uri: 'https://client.example/r' }, 'request_uri_not_supported'],
    ['a registration', { registration: '{}' }, 'registration_not_supported'],
    ['prompt=none login', { prompt: 'none login' }, 'invalid_request'],
    ['an unknown prompt', { prompt: 'create' }, 'invalid_request'],
    ['max_age=-1', { max_age: '-1' }, 'invalid_request'],
    ['max_age=1e3', { max_age: '1e3' }, 'invalid_request'],
    ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
    ['claims that are a list', { claims: '[]' }, 'invalid_request'],
    ['claims with text for a member', { claims: '{"userinfo":{"name":"x"}}' }, 'invalid_request'],
  ])('%s is refused at the client, with state and issuer', async (_what, extra, error) => {
    const place = await agent.open(authorizePath(client, extra))
    expect(outcome(place)).toEqual(refusedWith(error))
  })

  it('is refused at a client that is not registered for codes', async () => {
    const other = await registerWebClient({ grant_types: ['client_credentials'] })
    expect(outcome(await agent.open(authorizePath(other)))).toEqual(
      refusedWith('unauthorized_client'),
    )
  })

  it('a state that would begin a header is sent back as it came', async () => {
    const state = 'a\r\nSet-Cookie: evil=1\r\n\r\n<script>&code=x#é'
    const place = await agent.open(authorizePath(client, { state }))
    expect({ outcome: outcome(place), setCookies: place.setCookies }).toEqual({
      outcome: granted({ state }),
      setCookies: [],
    })
  })

  it('a redirect URI with a query keeps it', async () => {
    const uri = `${callback}?tenant=a&code=b`
    const other = await registerWebClient({ redirect_uris: [uri] })
    const { away } = await agent.open(authorizePath(other, { redirect_uri: uri }))
    expect(away).toMatch(
      /^https:\/\/client\.example\/cb\?tenant=a&code=b&code=ac_[\w.-]+&state=a\+state&iss=/,
    )
  })
})

describe('RFC 6749 3.1: a parameter sent twice', () => {
  const sentTwice = (name: string, ...values: string[]) => {
    const all = { ...authorizationRequest(client), [name]: values }
    return agent.open(`/oauth2/authorize?${encodeForm(all)}`)
  }

  it.each([
    ['scope', ['openid', 'openid']],
    ['scope', ['openid', '']],
    ['nonce', ['a', 'b']],
    ['prompt', ['none', 'login']],
    ['code_challenge', ['a', 'b']],
    ['response_type', ['code', 'token']],
    ['response_mode', ['query', 'form_post']],
    ['an_unknown_one', ['a', 'b']],
  ])('%s: %j is refused at the client', async (name, values) => {
    expect(outcome(await sentTwice(name, ...values))).toEqual(refusedWith('invalid_request'))
  })

  it('state: neither of the two is sent back', async () => {
    const { state: _, ...stateless } = refusedWith('invalid_request')
    expect(outcome(await sentTwice('state', 'a', 'b'))).toEqual(stateless)
  })

  it('is refused at the client by POST, too', async () => {
    const form = encodeForm({ ...authorizationRequest(client), nonce: ['a', 'b'] })
    const place = await agent.post('/oauth2/authorize', form)
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })
})

describe('RFC 8707 2: resource, sent several times', () => {
  const [a, b] = ['https://a.example/', 'https://b.example/']
  const open = (to: UserAgent, ...resource: string[]) =>
    to.open(`/oauth2/authorize?${encodeForm({ ...authorizationRequest(client), resource })}`)
  const audience = async (answer: Promise<Response>) =>
    decodeJwt((await tokensOf(answer)).access_token).aud

  it('makes an audience of them all, each once, also on the way through a sign-in', async () => {
    const direct = codeOf(await open(agent, a, b, a))
    const visitor = new UserAgent()
    const signed = codeOf(await signInAt(visitor, await open(visitor, a, b), user))
    expect({
      direct: await audience(redeem(client, direct)),
      signed: await audience(redeem(client, signed)),
    }).toEqual({ direct: [a, b], signed: [a, b] })
  })

  it('can be narrowed to any of them by the token request, and by none else', async () => {
    const narrowTo = async (...resource: string[]) => {
      const form = { grant_type: 'authorization_code', redirect_uri: callback, resource }
      const code = codeOf(await open(agent, a, b))
      return postAs(client, '/oauth2/token', { ...form, code, code_verifier: verifier })
    }
    expect({ narrowed: await audience(narrowTo(b)), all: await audience(narrowTo(a, b)) }).toEqual({
      narrowed: b,
      all: [a, b],
    })
    expect(await read(await narrowTo(a, 'https://c.example/'))).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
  })

  it.each([
    ['one of them is no URI', [a, 'b']],
    ['they are more than twenty', Array.from({ length: 21 }, (_, index) => `${a}${index}`)],
    ['one is longer than a registered one can be', [`${a}${'x'.repeat(2_000)}`]],
  ])('is refused where %s', async (_what, resources) => {
    expect(outcome(await open(agent, ...resources))).toEqual(refusedWith('invalid_target'))
  })
})

describe('OAuth 2.0 Multiple Response Types 2.1: response_mode=fragment', () => {
  const extra = { response_mode: 'fragment' }
  const fragmentOf = ({ away }: Place) => {
    const [to, text] = (away ?? '').split('#')
    return { to, ...Object.fromEntries(new URLSearchParams(text)) }
  }

  it('puts code, state and issuer behind #', async () => {
    const place = await agent.open(authorizePath(client, extra))
    const { status: _, ...expected } = granted()
    expect(fragmentOf(place)).toEqual(expected)
  })

  it('puts refusals there, too, and keeps the query of the redirect URI', async () => {
    const uri = `${callback}?tenant=a`
    const other = await registerWebClient({ redirect_uris: [uri] })
    const refused = { ...extra, redirect_uri: uri, scope: 'admin' }
    const place = await agent.open(authorizePath(other, refused))
    const { status: _, ...expected } = refusedWith('invalid_scope', { to: uri })
    expect(fragmentOf(place)).toEqual(expected)
  })
})

describe('RFC 9110 15.5.6: methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405 with Allow', async (method) => {
    const answer = await postern(new Request(issuer + authorizePath(client), { method }))
    expect({
      status: answer.status,
      allow: answer.headers.get('Allow'),
      location: answer.headers.get('Location'),
    }).toEqual({ status: 405, allow: 'HEAD, GET, POST', location: null })
  })

  it('HEAD is answered as GET, without a body', async () => {
    const answer = await postern(
      new Request(issuer + authorizePath(client), { method: 'HEAD', redirect: 'manual' }),
    )
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 303, body: '' })
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain'])(
    'a POST of %s is refused and leads nowhere',
    async (type) => {
      const place = await agent.post('/oauth2/authorize', '{}', { 'Content-Type': type })
      expect({ outcome: outcome(place), trail: place.trail }).toEqual({
        outcome: { ...notWorking, status: 415 },
        trail: [],
      })
    },
  )
})

/** The source of a policy that allows the one script of a page. */
async function scriptSources({ html }: Place): Promise<string> {
  const sources = [...html.matchAll(/<script>([^<]*)<\/script>/g)].map(async ([, script]) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`
  })
  return (await Promise.all(sources)).join(' ')
}

describe('RFC 6749 10.13, RFC 9700 4.16: what pages are answered with', () => {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'content-type': 'text/html; charset=UTF-8',
    pragma: 'no-cache',
    'x-frame-options': 'DENY',
  }

  it.each([
    ['an error page', authorizePath(client, { client_id: 'nobody' })],
    ['the home page', '/'],
    ['the consent page', authorizePath(client, { prompt: 'consent' })],
    ['the choice of an account', authorizePath(client, { prompt: 'select_account' })],
    ['the sign-out page', '/oauth2/logout'],
  ])('%s cannot be framed, kept, or made to load or tell anything', async (_what, path) => {
    const place = await agent.open(path)
    expect(ownHeaders(place)).toEqual(headers)
  })

  it.each([
    ['the sign-in page', authorizePath(client, { prompt: 'login' })],
    ['the account page', '/account'],
  ])('%s may run its own scripts besides, by their hashes', async (_what, path) => {
    const place = await agent.open(path)
    const policy = headers['content-security-policy'].replace(
      "'none'; base",
      `${await scriptSources(place)}; base`,
    )
    expect(ownHeaders(place)).toEqual({ ...headers, 'content-security-policy': policy })
  })

  it('no policy has form-action, which would break a client whose callback redirects', async () => {
    const place = await agent.open(authorizePath(client, { prompt: 'consent' }))
    expect(place.headers.get('Content-Security-Policy')).not.toContain('form-action')
  })

  it('no page cuts a sign-in in a popup from the page that opened it', async () => {
    const place = await agent.open(authorizePath(client, { display: 'popup', prompt: 'login' }))
    expect(place.headers.get('Cross-Origin-Opener-Policy')).toBeNull()
  })

  it('a redirect may not be kept', async () => {
    const place = await agent.open(authorizePath(client))
    const { location: _location, ...answered } = ownHeaders(place)
    expect(answered).toEqual({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })

  it('no origin may read them', async () => {
    const answer = await get(authorizePath(client), { Origin: 'https://client.example' })
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('an error page says the reference under which the log has it', async () => {
    const place = await agent.open(authorizePath(client, { client_id: 'nobody' }))
    expect(shownText(place)).toContain(place.headers.get('X-Request-Id'))
  })
})

describe('OAuth 2.0 Form Post Response Mode', () => {
  it('answers with a form to the client that holds code, state and issuer', async () => {
    const place = await agent.open(authorizePath(client, { response_mode: 'form_post' }))
    expect({ status: place.status, trail: place.trail, forms: place.forms }).toEqual({
      status: 200,
      trail: [],
      forms: [
        {
          action: callback,
          hidden: { code: expect.stringMatching(/^ac_/), state: 'a state', iss: issuer },
        },
      ],
    })
  })

  it('answers refusals in the same way', async () => {
    const extra = { response_mode: 'form_post', response_type: 'token' }
    const place = await agent.open(authorizePath(client, extra))
    expect(place.forms).toEqual([
      {
        action: callback,
        hidden: {
          error: 'unsupported_response_type',
          error_description: expect.any(String),
          state: 'a state',
          iss: issuer,
        },
      },
    ])
  })

  it('escapes what the request brought', async () => {
    const state = `"'><script>alert(1)</script>&lt;`
    const place = await agent.open(authorizePath(client, { response_mode: 'form_post', state }))
    expect(place.forms[0]?.hidden.state).toBe(state)
    expect(place.html).not.toContain('<script>alert')
  })

  it('allows its own script by hash and no other', async () => {
    const place = await agent.open(authorizePath(client, { response_mode: 'form_post' }))
    expect(place.headers.get('Content-Security-Policy')).toBe(
      `default-src 'none'; style-src 'self'; img-src 'self'; script-src ${await scriptSources(place)}; base-uri 'none'; frame-ancestors 'none'`,
    )
  })
})

describe('OpenID Connect Core 3.1.2.3, 3.1.2.6: prompt=none shows nothing', () => {
  const silent = { prompt: 'none' }

  it('without a sign-in: login_required', async () => {
    const place = await new UserAgent().open(authorizePath(client, silent))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })

  it('with a session that is too old for max_age: login_required', async () => {
    const place = await agent.open(authorizePath(client, { ...silent, max_age: '0' }))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })

  it('without a consent that is needed: consent_required', async () => {
    const place = await agent.open(authorizePath(await registerSpa(), silent))
    expect(outcome(place)).toEqual(refusedWith('consent_required'))
  })

  it('with a planted session cookie: login_required', async () => {
    const planted = new UserAgent()
    planted.cookies.set('postern_session_8787', 'A'.repeat(43))
    const place = await planted.open(authorizePath(client, silent))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })
})

describe('N037: what is far too long', () => {
  const rowsOf = async () =>
    env.DB.prepare('SELECT COUNT(*) AS parked_codes FROM parked_codes').first()
  /** A request whose encoded parameters have this many bytes. */
  const requestOf = (bytes: number) => {
    const text = encodeForm(authorizationRequest(client, { state: 's' }))
    return text.replace('state=s', `state=${'s'.repeat(bytes - text.length + 1)}`)
  }

  it.each([
    ['8,193 bytes', requestOf(8_193)],
    ['60 KB', requestOf(60_000)],
    ['200 parameters that are long together', longParameters(200, 100)],
    ['one letter that is no ASCII, 3,000 times', `${requestOf(500)}&x=${'é'.repeat(3_000)}`],
  ])('%s are refused on our page, and nothing is written', async (_what, text) => {
    const before = await rowsOf()
    const visitor = new UserAgent()
    const places = [
      await agent.open(`/oauth2/authorize?${text}`),
      await agent.post('/oauth2/authorize', text),
      await visitor.open(`/oauth2/authorize?${text}`),
      await visitor.post('/oauth2/authorize', text),
    ]
    const shown = places.map((place) => ({ outcome: outcome(place), trail: place.trail }))
    expect(shown).toEqual(places.map(() => ({ outcome: notWorking, trail: [] })))
    expect(shownText(places[0] ?? (await agent.open('/')))).toContain('longer than 8192 bytes')
    expect(await rowsOf()).toEqual(before)
  })

  it('8,192 bytes are granted, by GET and by POST, and wait for a sign-in in as many', async () => {
    const text = requestOf(8_192)
    const { state: _, ...expected } = granted()
    const visitor = new UserAgent()
    const page = await visitor.post('/oauth2/authorize', text)
    const places = [
      await agent.open(`/oauth2/authorize?${text}`),
      await agent.post('/oauth2/authorize', text),
      await signInAt(visitor, page, user),
    ]
    expect(places.map(outcome)).toEqual(places.map(() => expect.objectContaining(expected)))
    expect(page.path.length).toBeLessThan(12_000)
  })

  it('a form of more than 64 KiB is refused before anything is looked up', async () => {
    const place = await agent.post('/oauth2/authorize', `state=${'s'.repeat(70_000)}`)
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({
      outcome: notWorking,
      trail: [],
    })
  })
})
