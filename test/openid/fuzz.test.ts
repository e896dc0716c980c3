// Whatever a browser is made to send: never an answer of 5xx, never a redirect to an address that is
// not registered, never a page with markup of the request. Seeded, so that a failure can be repeated;
// `VITE_FUZZ_RUNS=20000` in the environment asks for more than the few of every day.
import { describe, expect, it } from 'vitest'
import { issuer } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import { authorizationRequest, authorizePath, callback, registerSpa, signedIn } from './flow.ts'

const runs = Number(import.meta.env.VITE_FUZZ_RUNS ?? 100)

const client = await registerSpa({ post_logout_redirect_uris: ['https://client.example/bye'] })
const signedInAgent = await signedIn(await registerUser())

/** Numbers from 0 to 1, the same ones each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const markup = '<script>alert(1)</script>'
const values = [
  '',
  ' ',
  '0',
  '-1',
  '1e309',
  'null',
  '[]',
  '{}',
  '{"userinfo":{"__proto__":{"essential":true}}}',
  '{"id_token":{"acr":{"essential":true,"values":[{}]}}}',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(3_000),
  '\u0000',
  '\u202e\ud83d\ude00é',
  '\r\nSet-Cookie: evil=1',
  `"'>${markup}`,
  "' OR 1=1 --",
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  'http://127.0.0.1:99999/',
  'none login consent select_account',
  'eyJhbGciOiJub25lIn0.e30.',
  'eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA',
  'form_post',
  'code token',
  'S256',
  'A'.repeat(22),
  'A'.repeat(43),
  callback,
]

const names = [
  ...Object.keys(authorizationRequest(client)),
  ...['prompt', 'max_age', 'id_token_hint', 'login_hint', 'ui_locales', 'claims', 'resource'],
  ...['response_mode', 'request', 'acr_values', 'screen', 'form_token', 'decision', 'username'],
  ...['password', 'session', 'grant', 'current_password', 'new_password', 'done', 'access'],
  ...['post_logout_redirect_uri', 'language', '__proto__', 'provider', 'sessions', 'error'],
]

const paths = [
  '/oauth2/authorize',
  '/oauth2/authorize',
  '/oauth2/logout',
  '/login',
  '/consent',
  '/select-account',
  '/logout',
  '/sign-out',
  '/',
  '/account',
  '/account/sessions',
  '/account/access',
  '/account/everywhere',
  '/account/password',
]

type Sent = { method: 'GET' | 'POST'; path: string; text: string; headers: Record<string, string> }

function request(next: () => number): Sent {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(next() * items.length)] ?? (items[0] as Item)
  const right = next() < 0.6 ? authorizationRequest(client) : {}
  const parameters = new URLSearchParams(right)
  for (let count = Math.floor(next() * 4); count > 0; count--) {
    if (next() < 0.8) parameters.set(pick(names), pick(values))
    else parameters.append(pick(names), pick(values))
  }
  const raw = next() < 0.1 ? pick(['&%FF=1', '&a=%zz', '&&&=', '&=x', '&a=%00', '&%C0%AF']) : ''
  const headers: Record<string, string> = {}
  if (next() < 0.2) headers['Accept-Language'] = pick(['de;q=x', '*', ',,,;;', 'x'.repeat(2_000)])
  if (next() < 0.2)
    headers.Cookie = `postern_session_8787=${pick(['', 'x', 'A'.repeat(43), '%FF', '"'])}`
  if (next() < 0.2) headers.Origin = pick(['null', 'https://evil.example', 'x', issuer])
  const method = next() < 0.6 ? 'GET' : 'POST'
  return { method, path: pick(paths), text: `${parameters}${raw}`, headers }
}

describe('RFC 9700 4.11, N037: whatever is sent', () => {
  it.each([1, 2, 3, 4])(
    `${runs} requests of seed %i: no 5xx, nobody sent elsewhere, nothing of it as markup`,
    async (seed) => {
      const next = numbers(seed)
      const agents = [signedInAgent, new UserAgent()]
      const found: unknown[] = []
      for (let run = 0; run < runs; run++) {
        const { method, path, text, headers } = request(next)
        const agent = (agents[run % 2] ?? new UserAgent()).copy()
        const place = await (method === 'GET'
          ? agent.open(`${path}?${text}`, headers)
          : agent.post(path, text, headers))
        const isAway = place.away !== null && !place.away.startsWith('https://client.example/')
        const posts = place.forms.filter(({ action }) => !action.startsWith('/'))
        const isPostedAway = posts.some(({ action }) => action !== callback)
        if (place.status >= 500 || isAway || isPostedAway || place.html.includes(markup)) {
          found.push({ seed, run, method, path, text, headers, status: place.status })
        }
      }
      expect(found).toEqual([])
    },
    120_000 + runs * 100,
  )

  it('and a screen that waits is answered by nothing of it', async () => {
    const next = numbers(5)
    const page = await signedInAgent.open(authorizePath(client, { prompt: 'consent' }))
    for (let run = 0; run < 50; run++) {
      const fields = Object.fromEntries(new URLSearchParams(request(next).text))
      const place = await signedInAgent.submit(page, { ...fields, form_token: 'A'.repeat(43) })
      expect({ away: place.away, isFailure: place.status >= 500 }).toEqual({
        away: null,
        isFailure: false,
      })
    }
  })
})
