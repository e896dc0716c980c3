// The authorization endpoint: who is sent where, and what is never sent anywhere.
import { describe, expect, it } from 'vitest'
import { encodeForm, get, issuer, ownHeaders, postern } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, UserAgent } from '../support/user-agent.ts'
import {
  authorizationRequest,
  authorizePath,
  callback,
  granted,
  outcome,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

const notWorking = { status: 400, page: 'This link does not work · Postern' }
const unknownApp = { status: 400, page: 'This app is not known here · Postern' }
const notThere = { status: 400, page: 'We will not send you there · Postern' }

describe('RFC 6749 4.1.2.1: until client and redirect URI are proved, errors stay on our page', () => {
  it.each([
    ['an unknown client', { client_id: 'nobody' }, unknownApp],
    ['no client', { client_id: undefined }, unknownApp],
    ['an empty client', { client_id: '' }, unknownApp],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }, notThere],
    ['no redirect URI in an OpenID request', { redirect_uri: undefined }, notThere],
  ])('%s is shown and leads nowhere', async (_what, extra, page) => {
    const place = await agent.open(authorizePath(client, extra))
    expect([outcome(place), place.trail]).toEqual([page, []])
  })

  it('a disabled client is as unknown as one that never was', async () => {
    const disabled = await registerWebClient({ disabled: true })
    expect(outcome(await agent.open(authorizePath(disabled)))).toEqual(unknownApp)
  })

  it('without redirect URI the only registered one stands in, but not one of two', async () => {
    const two = await registerWebClient({ redirect_uris: [callback, `${callback}2`] })
    const plain = { redirect_uri: undefined, scope: 'read' }
    expect([
      outcome(await agent.open(authorizePath(client, plain))),
      outcome(await agent.open(authorizePath(two, plain))),
    ]).toEqual([granted(), notThere])
  })

  it.each([
    ['client_id', (request: string) => `${request}&client_id=${client.client_id}`],
    ['client_id with another value', (request: string) => `${request}&client_id=other`],
    ['redirect_uri', (request: string) => `${request}&redirect_uri=https%3A%2F%2Fevil.example`],
    ['redirect_uri in front', (request: string) => `redirect_uri=https://evil.example&${request}`],
    ['state', (request: string) => `${request}&state=b`],
    ['scope, once empty', (request: string) => `${request}&scope=`],
  ])('%s twice is refused and leads nowhere', async (_what, alter) => {
    const query = alter(encodeForm(authorizationRequest(client)))
    const place = await agent.open(`/oauth2/authorize?${query}`)
    expect([outcome(place), place.trail]).toEqual([notWorking, []])
  })

  it.each([
    ['a byte that is no UTF-8', 'state=%FF'],
    ['an open percent', 'state=%'],
    ['a NUL', 'state=%00'],
    ['300 parameters', Array.from({ length: 300 }, (_, index) => `p${index}=x`).join('&')],
  ])('%s is refused and leads nowhere', async (_what, text) => {
    const place = await agent.open(`${authorizePath(client, { state: undefined })}&${text}`)
    expect([outcome(place), place.trail]).toEqual([notWorking, []])
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
    const browser = agent.cookies.get('postern_browser')
    const place = await agent.post('/oauth2/authorize', authorizationRequest(client), headers)
    expect(outcome(place)).toEqual(granted())
    expect(agent.cookies.get('postern_browser')).toBe(browser)
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
    ['response_mode=fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['response_mode=jwt', { response_mode: 'jwt' }, 'invalid_request'],
    ['scope with a double space', { scope: 'openid  profile' }, 'invalid_scope'],
    ['scope with a leading space', { scope: ' openid' }, 'invalid_scope'],
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
    expect([outcome(place), place.setCookies]).toEqual([granted({ state }), []])
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

describe('RFC 9110 15.5.6: methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405 with Allow', async (method) => {
    const answer = await postern(new Request(issuer + authorizePath(client), { method }))
    expect([answer.status, answer.headers.get('Allow'), answer.headers.get('Location')]).toEqual([
      405,
      'HEAD, GET, POST',
      null,
    ])
  })

  it('HEAD is answered as GET, without a body', async () => {
    const answer = await postern(
      new Request(issuer + authorizePath(client), { method: 'HEAD', redirect: 'manual' }),
    )
    expect([answer.status, await answer.text()]).toEqual([303, ''])
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain'])(
    'a POST of %s is refused and leads nowhere',
    async (type) => {
      const place = await agent.post('/oauth2/authorize', '{}', { 'Content-Type': type })
      expect([outcome(place), place.trail]).toEqual([{ ...notWorking, status: 415 }, []])
    },
  )
})

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
    ['the account page', '/account'],
    ['the sign-in page', authorizePath(client, { prompt: 'login' })],
    ['the consent page', authorizePath(client, { prompt: 'consent' })],
    ['the choice of an account', authorizePath(client, { prompt: 'select_account' })],
    ['the sign-out page', '/oauth2/logout'],
  ])('%s cannot be framed, kept, or made to load or tell anything', async (_what, path) => {
    const place = await agent.open(path)
    expect(ownHeaders(place)).toEqual(headers)
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
    expect([place.status, place.trail, place.forms]).toEqual([
      200,
      [],
      [
        {
          action: callback,
          hidden: { code: expect.stringMatching(/^ac_/), state: 'a state', iss: issuer },
        },
      ],
    ])
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
    const [, script = ''] = /<script>([^<]*)<\/script>/.exec(place.html) ?? []
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))
    const digest = btoa(String.fromCharCode(...new Uint8Array(hash)))
    expect(place.headers.get('Content-Security-Policy')).toBe(
      `default-src 'none'; style-src 'self'; img-src 'self'; script-src 'sha256-${digest}'; base-uri 'none'; frame-ancestors 'none'`,
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
    planted.cookies.set('postern_session', 'A'.repeat(43))
    const place = await planted.open(authorizePath(client, silent))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })
})

describe('N037: what is far too long', () => {
  it('16 KB of state are granted or refused, never a failure', async () => {
    const place = await agent.open(authorizePath(client, { state: 's'.repeat(16_384) }))
    expect(place.status).toBeLessThan(500)
  })

  it('a form of more than 64 KiB is refused before anything is looked up', async () => {
    const place = await agent.post('/oauth2/authorize', `state=${'s'.repeat(70_000)}`)
    expect([outcome(place), place.trail]).toEqual([notWorking, []])
  })
})
