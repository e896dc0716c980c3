// What an operator finds in the log, by the request id that every answer carries.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { askForCodes, registerDevice } from '../openid/device-flow.ts'
import { authorizePath, codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { bearer, get, post, postern } from '../support/http.ts'
import { push } from '../support/pushed.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import {
  clientCredentials,
  introspect,
  passwordGrant,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const webClient = await registerWebClient()
const user = await registerUser()

const line = z.looseObject({ event: z.string(), request_id: z.string() })
type Line = z.infer<typeof line>

const written: Line[] = []
beforeEach(() => {
  written.length = 0
  vi.spyOn(console, 'log').mockImplementation((text: string) => {
    written.push(line.parse(JSON.parse(text)))
  })
})
afterEach(() => vi.restoreAllMocks())

/** The lines with the id that an answer shows. */
const linesOf = ({ headers }: Pick<Response, 'headers'>): Line[] =>
  written.filter(({ request_id }) => request_id === headers.get('X-Request-Id'))

describe('one line a request', () => {
  it('says who asked for what, and what came of it', async () => {
    const answer = await clientCredentials(client, { scope: 'none' })
    expect(linesOf(answer).at(-1)).toEqual({
      event: 'request',
      status: 400,
      duration_ms: expect.any(Number),
      client_id: client.client_id,
      request_id: answer.headers.get('X-Request-Id'),
      method: 'POST',
      path: '/oauth2/token',
      address: 'unknown',
    })
  })

  it.each([
    ['a document', () => get('/.well-known/jwks.json')],
    ['nothing there', () => get('/nothing')],
    ['a page', () => get('/')],
    [
      'a preflight',
      () => postern(new Request('http://localhost:8787/oauth2/token', { method: 'OPTIONS' })),
    ],
    ['the operator’s interface', () => get('/admin/v1/users')],
    ['a foreign host', () => postern(new Request('https://evil.example/x'))],
  ])('is written for %s as well', async (_what, ask) => {
    const answer = await ask()
    const requests = linesOf(answer).filter(({ event }) => event === 'request')
    expect(requests).toMatchObject([{ status: answer.status }])
  })

  it('has a path of bounded length and never a query', async () => {
    const answer = await get(`/${'a'.repeat(1_000)}?access_token=secret`)
    expect(linesOf(answer).at(-1)?.path).toBe(`/${'a'.repeat(199)}`)
    expect(JSON.stringify(written)).not.toContain('secret')
  })

  it.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['no address', 'unknown'],
  ])('knows of %s no more than %s', async (address, network) => {
    const answer = await get('/nothing', { 'CF-Connecting-IP': address })
    expect(linesOf(answer).map((one) => one.address)).toEqual([network])
  })

  it('names the client whose token is shown, but the one that asks where it asks about another', async () => {
    const { access_token } = await signIn(client, user)
    expect(linesOf(await userinfo(access_token)).at(-1)?.client_id).toBe(client.client_id)
    const other = await registerClient()
    const answer = await introspect(other, access_token)
    expect(linesOf(answer).at(-1)?.client_id).toBe(other.client_id)
  })
})

describe('what succeeds is in the log', () => {
  const happened = (event: string) => written.filter((one) => one.event === event)

  it('a token, with its grant, client and user', async () => {
    const answer = await passwordGrant(client, user)
    const { status } = answer
    expect({ status, line: linesOf(answer)[0] }).toEqual({
      status: 200,
      line: {
        event: 'token issued',
        grant_type: 'password',
        user_id: user.id,
        client_id: client.client_id,
        request_id: answer.headers.get('X-Request-Id'),
        method: 'POST',
        path: '/oauth2/token',
        address: 'unknown',
      },
    })
  })

  it('a sign-in, a code and its redemption', async () => {
    const code = await codeFor(await signedIn(user), webClient)
    await tokensOf(redeem(webClient, code))
    const whose = { user_id: user.id }
    const forWhom = { ...whose, client_id: webClient.client_id }
    expect({
      signIn: happened('signed in'),
      code: happened('code issued'),
      token: happened('token issued'),
    }).toMatchObject({
      signIn: [{ ...whose, amr: ['pwd'], path: '/login' }],
      code: [{ ...forWhom, path: '/oauth2/authorize' }],
      token: [{ ...forWhom, grant_type: 'authorization_code', path: '/oauth2/token' }],
    })
  })

  it('REQUEST_LOG=false leaves the lines of what was refused alone', async () => {
    const quiet = new Server({ REQUEST_LOG: 'false' })
    await passwordGrant(client, user, {}, quiet.fetch)
    await passwordGrant(client, { ...user, password: 'wrong' }, {}, quiet.fetch)
    expect(written.map(({ event }) => event)).toEqual(['password refused', 'request refused'])
  })

  it('REQUEST_LOG=false leaves out requests that are pushed and codes of devices, too', async () => {
    const quiet = new Server({ REQUEST_LOG: 'false' })
    const device = await registerDevice()
    written.length = 0
    const pushed = await push(webClient, {}, quiet.fetch)
    const asked = await askForCodes(device, {}, {}, quiet.fetch)
    expect({ pushed: pushed.status, asked: asked.status, written }).toEqual({
      pushed: 201,
      asked: 200,
      written: [],
    })
  })

  it('nothing that was refused counts as done', async () => {
    await passwordGrant(client, { ...user, password: 'wrong' })
    await userinfo('wrong')
    expect(written.map(({ event }) => event)).toEqual([
      'password refused',
      'request refused',
      'request',
      'request refused',
      'request',
    ])
  })
})

describe('a refusal of the operator’s interface', () => {
  it.each([
    ['nothing at the address', 'not_found', () => admin('GET', '/nothing')],
    ['no such user', 'not_found', () => admin('GET', '/users/999999999')],
    [
      'a name that is in use',
      'conflict',
      () => admin('POST', '/users', { username: user.username }),
    ],
    ['no token', 'invalid_token', () => get('/admin/v1/users')],
    ['a malformed body', 'invalid_request', () => admin('POST', '/users', [])],
  ])('has the code of its status: %s', async (_what, code, ask) => {
    const answer = await ask()
    expect(linesOf(answer)).toMatchObject([
      { event: 'request refused', code },
      { event: 'request' },
    ])
  })
})

describe('what is refused by an answer at the client', () => {
  it('has its line, too', async () => {
    const answer = await get(authorizePath(webClient, { prompt: 'none', state: 'a secret' }))
    expect(answer.headers.get('Location')).toContain('error=login_required')
    expect(linesOf(answer)[0]).toEqual({
      event: 'request refused',
      code: 'login_required',
      description: 'a sign-in is needed',
      client_id: webClient.client_id,
      request_id: answer.headers.get('X-Request-Id'),
      method: 'GET',
      path: '/oauth2/authorize',
      address: 'unknown',
    })
  })
})

describe('every page that shows a reference has a line with it', () => {
  const quiet = new Server({ REQUEST_LOG: 'false' })
  const html = { Accept: 'text/html' }
  const form = { screen: 'gone', form_token: 'gone' }

  it.each([
    ['nothing there', () => get('/nothing', html, quiet.fetch)],
    ['an asset that is gone', () => get('/assets/gone.css', html, quiet.fetch)],
    ['a bad logout hint', () => get('/oauth2/logout?id_token_hint=gone', html, quiet.fetch)],
    ['an unknown client', () => get('/oauth2/authorize?client_id=gone', html, quiet.fetch)],
    [
      'a repeated parameter',
      () => get('/oauth2/authorize?client_id=a&client_id=b', html, quiet.fetch),
    ],
    ['a form of another site', () => post('/login', form, html, quiet.fetch)],
  ])('%s', async (_what, ask) => {
    const answer = await ask()
    const reference = answer.headers.get('X-Request-Id') ?? 'none'
    expect(await answer.text()).toContain(reference)
    expect(linesOf(answer)).toMatchObject([{ event: 'request refused' }])
  })

  it.each(['/login', '/consent', '/select-account', '/login/callback/gone?state=gone&'])(
    'and the calm one that says a screen has expired, which shows none: %s',
    async (path) => {
      const query = path.includes('?') ? 'x=y' : '?screen=gone'
      const answer = await get(path + query, html, quiet.fetch)
      const reference = answer.headers.get('X-Request-Id') ?? 'none'
      const showsReference = (await answer.text()).includes(reference)
      expect({ status: answer.status, showsReference }).toEqual({
        status: 400,
        showsReference: false,
      })
      expect(linesOf(answer)).toMatchObject([{ event: 'request refused' }])
    },
  )
})

describe('who asks with a token', () => {
  it('is no part of a line: neither token nor header', async () => {
    const { access_token } = await signIn(client, user)
    await get('/oauth2/userinfo', bearer(access_token))
    expect(JSON.stringify(written)).not.toContain(access_token.slice(-20))
  })
})
