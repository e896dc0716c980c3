// A provider that lies in every way: refused each time with the contract's status, without a cookie,
// without a session, and without a request to anywhere else.
import { env } from 'cloudflare:workers'
import { CompactEncrypt, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { makeKey, ScriptedProvider, seconds, signToken } from '../federation/providers.ts'
import { loginWithCode, scriptedIssuer } from './traffic-ops.ts'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { admin, patchUser, registerUser } from '../support/registry.ts'

const user = await registerUser()
const sub = user.username
const known = await scriptedIssuer()
const { provider, key, jku, wire, tokenWith, claimsWith } = known
const registered = await known.register()
const elsewhere = await scriptedIssuer('localhost')
const stranger = await makeKey()

const listing = new Server({ OAUTH_ALLOWED_HOSTS: '127.0.0.1, *.listed.example' })

const alert = (text: string) => `{"alerts":[{"text":"${text}","level":"error"}]}`
const badAnswer = { status: 502, text: alert('Bad response from OAuth2.0 provider') }
const forbidden = { status: 403, text: alert('Forbidden') }
const unreachable = { status: 500, text: alert('Internal Server Error') }
const unknownUser = { status: 403, text: alert('Invalid username or password.') }

/** What an attempt comes to: nothing of it may sign anybody in. */
async function attempt(sent: object = {}, to?: Server['fetch']) {
  const answer = await loginWithCode({ ...wire, ...sent }, to)
  expect(answer.headers.getSetCookie()).toEqual([])
  return { status: answer.status, text: (await answer.text()).trimEnd() }
}

const sessions = async () =>
  (await env.DB.prepare('SELECT count(*) AS n FROM sessions').first<{ n: number }>())?.n

let before: unknown
beforeEach(async () => {
  before = await sessions()
  return async () => expect(await sessions()).toBe(before)
})

const jwk = (kid: string, more: object) => ({ ...key.jwk, kid, ...more })
const unsigned = (header: object, claims: object) =>
  [header, claims].map((part) => btoa(JSON.stringify(part)).replaceAll('=', '')).join('.')
const hmac = async (secret: string, header: object) =>
  new SignJWT(claimsWith({ sub }))
    .setProtectedHeader({ alg: 'HS256', kid: key.kid, jku, ...header })
    .sign(new TextEncoder().encode(secret))

const lies: Record<string, () => Promise<string> | string> = {
  'an expired token': () => tokenWith({ sub, exp: seconds() - 10 }),
  'a token without an end': () => tokenWith({ sub, exp: undefined }),
  'a token whose end is text': () => tokenWith({ sub, exp: Object(String(seconds() + 99)) }),
  'a token that is not valid yet': () => tokenWith({ sub, nbf: seconds() + 90 }),
  'a token issued in the future': () => tokenWith({ sub, iat: seconds() + 90 }),
  'a token for another audience': () => tokenWith({ sub, aud: 'another' }),
  'a token for audiences like ours': () => tokenWith({ sub, aud: ['portal2', 'PORTAL', 'porta'] }),
  'a token without audience': () => tokenWith({ sub, aud: undefined }),
  'a token issued to another client': () => tokenWith({ sub, aud: ['portal', 'x'], azp: 'x' }),
  'a token of another issuer': () => tokenWith({ sub, iss: 'https://another.example' }),
  'an issuer but for a slash': () => tokenWith({ sub, iss: provider.url('/') }),
  'a token without issuer': () => tokenWith({ sub, iss: undefined }),
  'a token without kid': () => tokenWith({ sub }, { kid: undefined }),
  'an unknown kid': () => tokenWith({ sub }, { kid: 'unknown' }),
  'a token without jku': () => tokenWith({ sub }, { jku: undefined }),
  'a jku elsewhere': () => tokenWith({ sub }, { jku: elsewhere.jku }),
  'a jku elsewhere, signed there': () =>
    signToken(elsewhere.key, claimsWith({ sub }), { jku: elsewhere.jku }),
  'a jku with our host as its user': () =>
    tokenWith({ sub }, { jku: jku.replace('127.0.0.1', '127.0.0.1@localhost') }),
  'a jku whose host begins like ours': () =>
    tokenWith({ sub }, { jku: jku.replace('127.0.0.1', '127.0.0.1.evil.example') }),
  'a jku on another port': () => tokenWith({ sub }, { jku: 'http://127.0.0.1:1/keys' }),
  'a jku that is no URL': () => tokenWith({ sub }, { jku: 'keys' }),
  'a jku that is a file': () => tokenWith({ sub }, { jku: 'file:///etc/passwd' }),
  'a jku that is a list': () => tokenWith({ sub }, { jku: [jku] }),
  'a key in the header': () => signToken(stranger, claimsWith({ sub }), { jku, jwk: stranger.jwk }),
  'a certificate elsewhere': () => tokenWith({ sub }, { x5u: elsewhere.jku }),
  'a certificate in the header': () => tokenWith({ sub }, { x5c: ['MIIB'] }),
  'a wrong signature': () => signToken({ ...stranger, kid: key.kid }, claimsWith({ sub }), { jku }),
  'a signature that was cut off': async () => (await tokenWith({ sub })).slice(0, -20),
  'no signature': () => `${unsigned({ alg: 'none', kid: key.kid, jku }, claimsWith({ sub }))}.`,
  'alg none with a signature': () =>
    `${unsigned({ alg: 'none', kid: key.kid, jku }, claimsWith({ sub }))}.AAAA`,
  'HS256 with the public key as text': () => hmac(JSON.stringify(key.jwk), {}),
  'HS256 with the public key as PEM': async () => {
    const rsa = await generateKeyPair('RS256', { extractable: true })
    return hmac(await exportSPKI(rsa.publicKey), {})
  },
  'an extension that must be understood': () => tokenWith({ sub }, { crit: ['b64'], b64: true }),
  'a logout token': () => tokenWith({ sub }, { typ: 'logout+jwt' }),
  'altered claims': async () => {
    const [header, , signature] = (await tokenWith({ sub: 'a' })).split('.')
    return [header, unsigned({}, claimsWith({ sub })).split('.')[1], signature].join('.')
  },
  'an opaque token': () => 'xyz',
  'an empty token': () => '',
  'a token of 40 KiB': () => tokenWith({ sub, x: 'x'.repeat(40_000) }),
}

describe('what a configured provider says', () => {
  it('is believed where it is true, so that every lie below is told by its one difference', async () => {
    await known.givesToken(tokenWith({ sub }))
    const answer = await loginWithCode(wire)
    expect(answer.status).toBe(200)
    before = await sessions()
  })

  it.each(Object.keys(lies))('is not believed: %s', async (lie) => {
    await known.givesToken(lies[lie]?.() ?? '')
    expect(await attempt()).toEqual(badAnswer)
    expect(await elsewhere.provider.requests()).toEqual([])
  })

  it.each([
    ['in plain text', { body: 'sorry' }],
    ['with nothing', {}],
    ['with an empty object', { body: {} }],
    ['with an array', { body: [{ access_token: 'x' }] }],
    ['with a token that is a number', { body: { access_token: 12 } }],
    [
      'with half an object',
      { body: '{"access_token":"', headers: { 'Content-Type': 'application/json' } },
    ],
    ['with an error', { status: 400, body: { error: 'invalid_grant' } }],
    ['with a failure', { status: 500, body: 'oops' }],
    ['beyond 64 KiB', { body: 'x', times: 70_000 }],
    ['with a bomb', { body: 'x'.repeat(1_000), times: 50_000, gzip: true }],
  ])('is no token: it answers %s', async (_how, script) => {
    await provider.answer('/token', script)
    expect(await attempt()).toEqual(badAnswer)
  })

  it('is no token where it comes as a web page or with an error', async () => {
    const body = JSON.stringify({ access_token: await tokenWith({ sub }) })
    await provider.answer('/token', { body, headers: { 'Content-Type': 'text/html' } })
    expect(await attempt()).toEqual(badAnswer)
    await provider.answer('/token', { status: 401, body: JSON.parse(body) })
    expect(await attempt()).toEqual(badAnswer)
  })

  it('is not fetched from where a redirect leads', async () => {
    for (const to of [
      elsewhere.provider.url('/x'),
      provider.url('/x'),
      'http://169.254.169.254/',
    ]) {
      await provider.answer('/token', { status: 302, headers: { Location: to } })
      expect(await attempt()).toEqual(badAnswer)
    }
    expect(await elsewhere.provider.requests()).toEqual([])
    expect(await provider.requests('/x')).toEqual([])
  })

  it('is not waited for longer than three seconds', async () => {
    await provider.answer('/token', { body: 'x', delay: 8_000 })
    const start = Date.now()
    expect(await attempt()).toEqual(unreachable)
    expect(Date.now() - start).toBeLessThan(4_500)
  })

  it('is nothing where it hangs up', async () => {
    await provider.answer('/token', { drops: true })
    expect(await attempt()).toEqual(unreachable)
  })
})

describe('whom a true token lets in', () => {
  it.each([
    ['nobody by that name', () => ({ sub: 'nobody-at-all' })],
    ['nobody without a name', () => ({ sub: undefined })],
    ['nobody whose name is a number', () => ({ sub: Object(user.id) })],
    ['nobody by a name in other letters', () => ({ sub: sub.toUpperCase() })],
    ['nobody by the e-mail address', () => ({ sub: user.email })],
  ])('%s', async (_who, claims) => {
    await known.givesToken(tokenWith(claims()))
    const { status } = await attempt()
    expect([403, 502]).toContain(status)
  })

  it('no disabled user', async () => {
    const gone = await registerUser()
    await patchUser(gone, { disabled: true })
    await known.givesToken(tokenWith({ sub: gone.username }))
    expect(await attempt()).toEqual(unknownUser)
  })

  it('the user by the sub that we gave him', async () => {
    await known.givesToken(tokenWith({ sub: user.sub }))
    expect((await loginWithCode(wire)).status).toBe(200)
    before = await sessions()
  })

  it('nobody by an e-mail address that one side has not verified, or that only folds to it', async () => {
    const mail = await scriptedIssuer()
    await mail.register({ user_claim: 'email' })
    const owner = await registerUser({ email_verified: true })
    const { email } = owner
    for (const email_verified of [undefined, false, 'false', 1]) {
      await mail.givesToken(mail.tokenWith({ sub: 'x', email, email_verified }))
      expect(await attempt(mail.wire)).toEqual(unknownUser)
    }
    for (const other of [user.email, email.replace('u', 'ⓤ')]) {
      await mail.givesToken(mail.tokenWith({ sub: 'x', email: other, email_verified: true }))
      expect(await attempt(mail.wire)).toEqual(unknownUser)
    }
    await mail.givesToken(mail.tokenWith({ sub: 'x', email, email_verified: true }))
    expect((await loginWithCode(mail.wire)).status).toBe(200)
    before = await sessions()
  })
})

describe('who is asked at all', () => {
  const asked = async () => (await provider.requests()).length

  it.each([
    ['another path', () => ({ authCodeTokenUrl: provider.url('/token2') })],
    ['a query', () => ({ authCodeTokenUrl: `${wire.authCodeTokenUrl}?` })],
    ['a slash more', () => ({ authCodeTokenUrl: `${wire.authCodeTokenUrl}/` })],
    ['another host', () => ({ authCodeTokenUrl: elsewhere.wire.authCodeTokenUrl })],
    [
      'another spelling of the host',
      () => ({ authCodeTokenUrl: wire.authCodeTokenUrl.replace('127.0.0.1', '127.1') }),
    ],
    ['the metadata service', () => ({ authCodeTokenUrl: 'http://169.254.169.254/latest' })],
    ['no URL', () => ({ authCodeTokenUrl: 'token' })],
    ['a client that the provider does not know', () => ({ clientId: 'other' })],
    ['a client in other letters', () => ({ clientId: 'Portal' })],
  ])('nobody for %s', async (_what, sent) => {
    const count = await asked()
    expect(await attempt(sent())).toEqual(forbidden)
    expect(await asked()).toBe(count)
    expect(await elsewhere.provider.requests()).toEqual([])
  })

  it('nobody for a disabled provider', async () => {
    await known.givesToken(tokenWith({ sub }))
    await admin('PATCH', `/providers/${registered.id}`, { disabled: true })
    const count = await asked()
    expect(await attempt()).toEqual(forbidden)
    expect(await asked()).toBe(count)
    await admin('PATCH', `/providers/${registered.id}`, { disabled: null })
  })

  it('a further client that the operator lists', async () => {
    const shared = await scriptedIssuer()
    await shared.register({ client_ids: ['second'] })
    await shared.givesToken(shared.tokenWith({ sub, aud: ['second'] }))
    expect((await loginWithCode({ ...shared.wire, clientId: 'second' })).status).toBe(200)
    before = await sessions()
  })

  it('gives the secret to its own provider alone', async () => {
    const other = await scriptedIssuer()
    await other.register({ client_secret: 'the other secret' })
    await attempt(other.wire)
    const text = JSON.stringify(await other.provider.requests())
    expect(text).toContain(btoa('portal:the+other+secret'))
    expect(text).not.toContain(btoa('portal:the+secret'))
  })
})

describe('key sets', () => {
  it('are asked once for many tokens, and once more for a kid that is new', async () => {
    const issuing = await scriptedIssuer()
    await issuing.register()
    await issuing.givesToken(issuing.tokenWith({ sub }))
    for (let i = 0; i < 3; i++) expect((await loginWithCode(issuing.wire)).status).toBe(200)
    expect(await issuing.provider.requests('/keys')).toHaveLength(1)
    const next = await makeKey()
    await issuing.provider.answer('/keys', { body: { keys: [issuing.key.jwk, next.jwk] } })
    await issuing.givesToken(signToken(next, issuing.claimsWith({ sub }), { jku: issuing.jku }))
    expect((await loginWithCode(issuing.wire)).status).toBe(200)
    expect(await issuing.provider.requests('/keys')).toHaveLength(2)
    before = await sessions()
  })

  it('are asked once more where the key under a kid was replaced', async () => {
    const replacing = await scriptedIssuer()
    await replacing.register()
    await replacing.givesToken(replacing.tokenWith({ sub }))
    expect((await loginWithCode(replacing.wire)).status).toBe(200)
    const next = { ...(await makeKey()), kid: replacing.key.kid }
    const published = { ...next.jwk, kid: next.kid }
    await replacing.provider.answer('/keys', { body: { keys: [published] } })
    const claims = replacing.claimsWith({ sub })
    await replacing.givesToken(signToken(next, claims, { jku: replacing.jku }))
    expect((await loginWithCode(replacing.wire)).status).toBe(200)
    expect(await replacing.provider.requests('/keys')).toHaveLength(2)
    before = await sessions()
    await replacing.givesToken(signToken({ ...key, kid: next.kid }, claims, { jku: replacing.jku }))
    for (let i = 0; i < 3; i++) expect(await attempt(replacing.wire)).toEqual(badAnswer)
    expect(await replacing.provider.requests('/keys')).toHaveLength(2)
  })

  it('are not asked again and again for kids that nobody knows', async () => {
    const flooding = await scriptedIssuer()
    await flooding.register()
    const flood = Array.from({ length: 20 }, async (_, nth) => {
      await flooding.givesToken(flooding.tokenWith({ sub }, { kid: `unknown-${nth}` }))
      return attempt(flooding.wire)
    })
    for (const outcome of await Promise.all(flood)) expect(outcome).toEqual(badAnswer)
    for (let i = 0; i < 5; i++) await attempt(flooding.wire)
    const early = (await flooding.provider.requests('/keys')).length
    await attempt(flooding.wire)
    expect(await flooding.provider.requests('/keys')).toHaveLength(early)
  })

  it.each([
    ['a web page', { body: '<html>', headers: { 'Content-Type': 'text/html' } }, badAnswer],
    ['no keys', { body: {} }, badAnswer],
    ['a list', { body: [] }, badAnswer],
    ['a failure', { status: 503, body: { keys: [] } }, badAnswer],
    ['a redirect', { status: 302, headers: { Location: '/' } }, badAnswer],
    ['a bomb', { body: 'x'.repeat(1_000), times: 50_000, gzip: true }, badAnswer],
    ['no answer', { drops: true }, unreachable],
  ])('may be broken: %s', async (_what, script, expected) => {
    const broken = await scriptedIssuer()
    await broken.register()
    await broken.provider.answer('/keys', script)
    await broken.givesToken(broken.tokenWith({ sub }))
    expect(await attempt(broken.wire)).toEqual(expected)
  })

  it.each([
    ['a key for encryption', () => jwk('a', { use: 'enc' })],
    ['a key for another algorithm', () => jwk('a', { alg: 'ES384' })],
    ['a key of another type', () => ({ kty: 'oct', k: 'AAAA', kid: 'a' })],
    ['a key that may not verify', () => jwk('a', { key_ops: ['sign'] })],
    ['a key that is no point of the curve', () => jwk('a', { x: key.jwk.y })],
    ['a short RSA key', () => ({ kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'a' })],
  ])('may hold what does not count: %s', async (_what, made) => {
    const odd = await scriptedIssuer()
    await odd.register()
    await odd.provider.answer('/keys', { body: { keys: ['x', null, made()] } })
    await odd.givesToken(signToken({ ...key, kid: 'a' }, odd.claimsWith({ sub }), { jku: odd.jku }))
    expect(await attempt(odd.wire)).toEqual(badAnswer)
  })
})

describe('encrypted tokens', async () => {
  const jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string(), alg: z.string() })) })
  const published = jwks.parse(await (await get('/.well-known/jwks.json')).json()).keys

  async function encrypted(inner: string, alg: string, header: object = {}): Promise<string> {
    const ours = published.find((one) => one.alg === alg)
    const { kid = '' } = ours ?? {}
    return new CompactEncrypt(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid, cty: 'JWT', ...header })
      .encrypt(await importJWK(ours ?? {}, alg))
  }

  it.each(['ECDH-ES+A256KW', 'RSA-OAEP-256'])(
    'are believed for what is in them: %s',
    async (alg) => {
      await known.givesToken(encrypted(await tokenWith({ sub }), alg))
      expect((await loginWithCode(wire)).status).toBe(200)
      before = await sessions()
    },
  )

  it.each<[string, () => Promise<string>]>([
    ['with claims alone', () => encrypted(JSON.stringify(claimsWith({ sub })), 'RSA-OAEP-256')],
    [
      'with an unsigned token',
      () =>
        encrypted(
          `${unsigned({ alg: 'none', kid: key.kid, jku }, claimsWith({ sub }))}.`,
          'ECDH-ES+A256KW',
        ),
    ],
    [
      'with a wrongly signed token',
      async () =>
        encrypted(
          await signToken({ ...stranger, kid: key.kid }, claimsWith({ sub }), { jku }),
          'ECDH-ES+A256KW',
        ),
    ],
    [
      'twice over',
      async () =>
        encrypted(await encrypted(await tokenWith({ sub }), 'RSA-OAEP-256'), 'RSA-OAEP-256'),
    ],
    [
      'with another encryption',
      async () => encrypted(await tokenWith({ sub }), 'RSA-OAEP-256', { enc: 'A128CBC-HS256' }),
    ],
    [
      'without kid',
      async () => encrypted(await tokenWith({ sub }), 'RSA-OAEP-256', { kid: undefined }),
    ],
    [
      'with an unknown kid',
      async () => encrypted(await tokenWith({ sub }), 'RSA-OAEP-256', { kid: 'x' }),
    ],
    [
      'cut off',
      async () => (await encrypted(await tokenWith({ sub }), 'RSA-OAEP-256')).slice(0, -9),
    ],
  ])('are refused %s', async (_how, make) => {
    await known.givesToken(make())
    expect(await attempt()).toEqual(badAnswer)
  })

  it('are refused compressed', async () => {
    await known.givesToken(encrypted(await tokenWith({ sub }), 'RSA-OAEP-256', { zip: 'DEF' }))
    expect(await attempt()).toEqual(badAnswer)
  })

  it('are refused where they only say that they are compressed', async () => {
    const token = await encrypted(await tokenWith({ sub }), 'RSA-OAEP-256')
    const [, ...rest] = token.split('.')
    const kid = published.find(({ alg }) => alg === 'RSA-OAEP-256')?.kid
    const header = unsigned({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid, zip: 'DEF' }, {})
    await known.givesToken([header.split('.')[0], ...rest].join('.'))
    expect(await attempt()).toEqual(badAnswer)
  })
})

describe('development: a listed host is enough', async () => {
  const free = await scriptedIssuer()
  const outcome = async (sent: object = {}) => {
    const answer = await loginWithCode({ ...free.wire, ...sent }, listing.fetch)
    before = await sessions()
    return answer.status
  }

  it('whoever it says it is, for whomever it says nothing', async () => {
    await free.givesToken(free.tokenWith({ sub, aud: undefined, iss: undefined }))
    expect(await outcome()).toBe(200)
  })

  it('with a bare token, and with an opaque one beside', async () => {
    const token = await free.tokenWith({ sub })
    await free.provider.answer('/token', { body: token })
    expect(await outcome()).toBe(200)
    await free.provider.answer('/token', { body: { access_token: 'opaque', id_token: token } })
    expect(await outcome()).toBe(200)
  })

  it('and sends no secret', async () => {
    for (const { headers, body } of await free.provider.requests('/token')) {
      expect(headers).not.toHaveProperty('authorization')
      expect(body).not.toContain('client_secret')
    }
  })

  it('but not for another audience', async () => {
    await free.givesToken(free.tokenWith({ sub, aud: 'other' }))
    expect(await attempt(free.wire, listing.fetch)).toEqual(badAnswer)
  })

  it('and not with the keys of a host that is not listed', async () => {
    await free.givesToken(
      signToken(elsewhere.key, free.claimsWith({ sub }), { jku: elsewhere.jku }),
    )
    expect(await attempt(free.wire, listing.fetch)).toEqual(badAnswer)
    expect(await elsewhere.provider.requests()).toEqual([])
  })

  it.each([
    ['is not listed', () => elsewhere.wire.authCodeTokenUrl],
    [
      'has the listed one as its user',
      () => free.wire.authCodeTokenUrl.replace('//', '//127.0.0.1@localhost/'),
    ],
    ['is listed, but plain http', () => 'http://a.listed.example/token'],
    ['is listed, on another port', () => 'https://a.listed.example:8443/token'],
    ['ends like a listed one', () => 'https://listed.example.evil.example/'],
    ['is the one that globs stand for', () => 'https://listed.example/'],
  ])('and not where the host %s', async (_what, url) => {
    expect(await attempt({ ...free.wire, authCodeTokenUrl: url() }, listing.fetch)).toEqual(
      forbidden,
    )
    expect(await elsewhere.provider.requests()).toEqual([])
  })

  it('and a configured provider is held to its configuration all the same', async () => {
    await known.givesToken(tokenWith({ sub, iss: 'https://another.example' }))
    expect(await attempt({}, listing.fetch)).toEqual(badAnswer)
  })

  it('and in production it counts for nothing', async () => {
    const production = new Server({
      DEVELOPMENT: 'false',
      ISSUER: 'https://as.example',
      INSECURE_LOOPBACK_PROVIDERS: 'false',
      OAUTH_ALLOWED_HOSTS: '127.0.0.1,*',
    })
    const quiet = new ScriptedProvider()
    const sent = { ...wire, authCodeTokenUrl: quiet.url('/token') }
    expect(await attempt(sent, production.fetch)).toEqual(forbidden)
    expect(await quiet.requests()).toEqual([])
  })
})
