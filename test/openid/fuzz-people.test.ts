// Whatever the forms of people are made to send: signing up, mails and their links, second factors,
// passkeys, and the pages of an account. Seeded, as in fuzz.test.ts; `VITE_FUZZ_RUNS=2000` asks for more.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { catchMails, mailSettings } from '../support/mails.ts'
import { registerUser } from '../support/registry.ts'
import { userWithApp } from '../support/totp.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { signInAt, signedIn } from './flow.ts'

catchMails()

const runs = Number(import.meta.env.VITE_FUZZ_RUNS ?? 60)

const server = new Server({
  ...mailSettings,
  SIGN_UP: 'open',
  SIGN_UP_USERNAME: 'true',
  SIGN_IN_BY_MAIL: 'true',
})

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
const credential = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  authenticatorAttachment: null,
  clientExtensionResults: {},
  response: {
    clientDataJSON: 'e30',
    authenticatorData: 'AAAA',
    signature: 'MAYCAQECAQE',
    userHandle: 'AAAA',
    attestationObject: 'v__7AAAA',
    transports: ['\ud800', 1, null],
  },
}
const values = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1e309',
    'NaN',
    'null',
    '[]',
    '{}',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...['x'.repeat(3_000), '\u0000', '\ud800', '\u202e\ud83d\ude00é', '\r\nBcc: evil@evil.example'],
  ...[
    `"'>${markup}`,
    "' OR 1=1 --",
    '%',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
  ],
  ...['a@b.example', 'A@B.EXAMPLE', 'ａ@ｂ.example', 'a@b.example,c@d.example', '"a b"@b.example'],
  ...[
    `${'x'.repeat(310)}@b.example`,
    `x@${'b.'.repeat(200)}example`,
    'a@xn--',
    'a@münchen.example',
  ],
  ...['a\u0000b@b.example', 'a\u202eb@b.example', '𝐚@b.example', 'ﬀ'.repeat(300)],
  ...['000000', '12345678', '0000 0000', '００００００', 'ABCDEFGHJK', '1'.repeat(400)],
  ...['allow', 'deny', 'switch', 'de', 'en', 'xx', 'added', 'confirmed', 'on'],
  ...[
    'A'.repeat(22),
    'A'.repeat(43),
    'correct horse battery staple',
    '\ud83d\ude00'.repeat(59) + 'aé😀',
  ],
  JSON.stringify(credential),
  JSON.stringify({ ...credential, response: { ...credential.response, clientDataJSON: 1 } }),
  JSON.stringify({ ...credential, id: 'A'.repeat(5_000), rawId: 'A'.repeat(5_000) }),
  `${'['.repeat(5_000)}`,
]

const names = [
  ...['email', 'username', 'password', 'new_password', 'current_password', 'code', 'token', 'name'],
  ...[
    'screen',
    'form_token',
    'decision',
    'language',
    'remember',
    'enrolment',
    'replaced',
    'remove',
  ],
  ...[
    'rename',
    'passkey',
    'challenge',
    'webauthn',
    'mediation',
    'terms',
    'website',
    'done',
    'with',
  ],
  ...['confirm', 'locale', '__proto__'],
]

const purposes = [
  ...['verify', 'reset', 'sign-up', 'invite', 'sign-in', 'change-address', 'undo-address'],
  ...['delete', 'restore'],
]

const paths = [
  ...['/forgot', '/sign-up', '/login', '/login/code', '/second-factor', '/second-factor/set-up'],
  ...['/step-up', '/restore', '/terms', '/new-password', '/passkey-offer', '/.well-known/webauthn'],
  ...['/account', '/account/profile', '/account/email', '/account/language', '/account/password'],
  ...['/account/passkeys', '/account/totp', '/account/recovery-codes', '/account/data'],
  ...['/account/delete', '/account/username', '/account/verify', '/.well-known/change-password'],
  ...purposes.flatMap((purpose) => [`/mail/${purpose}`, `/mail/${purpose}/code`]),
]

const own = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }

/** Whether another site could frame a page, or a cache keep it. */
const isOpen = ({ headers, html }: Place): boolean =>
  html.startsWith('<!doctype') &&
  !(
    headers.get('Content-Security-Policy')?.includes("frame-ancestors 'none'") === true &&
    headers.get('X-Frame-Options') === 'DENY' &&
    headers.get('Cache-Control') === 'no-store'
  )

const isBad = (place: Place): boolean =>
  place.status >= 500 || place.away !== null || place.html.includes(markup) || isOpen(place)

describe('RFC 9700 4.11, N037: whatever the forms of people send', () => {
  it.each([11, 12, 13, 14])(
    `${runs} forms of seed %i: no 5xx, nobody sent elsewhere, nothing of it as markup, every page closed`,
    async (seed) => {
      const next = numbers(seed)
      const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item => {
        const item = items[Math.floor(next() * items.length)]
        if (item === undefined) throw new Error('nothing to pick from')
        return item
      }
      const half = new UserAgent(server.fetch)
      const halfPage = await signInAt(half, await half.open('/'), await userWithApp())
      const signUp = await new UserAgent(server.fetch).open('/sign-up')
      const found: unknown[] = []
      let signedInAgent = await signedIn(await registerUser(), server.fetch)
      for (let run = 0; run < runs; run++) {
        // An account that was deleted, or signed out everywhere, has no pages any more.
        if (run % 40 === 39) signedInAgent = await signedIn(await registerUser(), server.fetch)
        const agent = pick([signedInAgent, signedInAgent, half, new UserAgent(server.fetch)])
        const path = pick([...paths, halfPage.path, signUp.path])
        const query =
          next() < 0.4
            ? `${path.includes('?') ? '&' : '?'}${new URLSearchParams({ [pick(names)]: pick(values) })}`
            : ''
        const page = await agent.open(path + query)
        const form = page.forms.length > 0 && next() < 0.9 ? pick(page.forms) : undefined
        const fields: Record<string, string> = { ...form?.hidden }
        for (let count = 1 + Math.floor(next() * 5); count > 0; count--) {
          const name = pick(names)
          if (next() < 0.9 && (name === 'form_token' || name === 'screen')) continue
          fields[name] = pick(values)
        }
        const action = next() < 0.9 ? (form?.action ?? path) : pick(paths)
        const place = await agent.post(action, fields, own)
        const status = [page.status, place.status]
        if (isBad(page) || isBad(place))
          found.push({ seed, run, path: path + query, action, fields, status })
      }
      await server.settled()
      expect(found).toEqual([])
    },
    120_000 + runs * 200,
  )
})
