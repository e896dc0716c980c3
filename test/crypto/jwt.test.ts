import { CompactSign, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { kidOf, signJwt, verifyJwt, type TokenType } from '../../src/crypto/jwt.ts'
import {
  importPublicKey,
  makeKeyPair,
  unwrapPrivateKey,
  type SigningAlgorithm,
} from '../../src/crypto/signing-key.ts'

const keys = new KeyRing([{ id: 'one', bytes: new Uint8Array(32).fill(1) }])

async function pair(alg: SigningAlgorithm) {
  const { kid, publicJwk, wrappedPrivateKey } = await makeKeyPair(keys, alg)
  const privateKey = await unwrapPrivateKey(keys, wrappedPrivateKey, kid, alg)
  const publicKey = await importPublicKey(publicJwk, alg)
  return { kid, alg, privateKey, publicKey, publicJwk }
}

const ours = await pair('ES256')
const foreign = await pair('ES256')
const token = await signJwt(ours, 'at+jwt', { sub: 'dory' })
const [header = '', payload = '', signature = ''] = token.split('.')

const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '')
const signed = (protectedHeader: object, key = ours.privateKey) =>
  new SignJWT({ sub: 'dory' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: ours.kid, ...protectedHeader })
    .sign(key)

describe('RFC 8725: a JWT that comes back', () => {
  it.each(['ES256', 'RS256'] as const)('signed with %s is ours', async (alg) => {
    const key = await pair(alg)
    const text = await signJwt(key, 'at+jwt', { sub: 'dory' })
    expect(kidOf(text)).toBe(key.kid)
    expect(await verifyJwt(text, key, 'at+jwt')).toEqual({ sub: 'dory' })
  })

  it.each<TokenType>(['JWT', 'logout+jwt', 'token-introspection+jwt'])(
    'of type %s is no access token (3.11)',
    async (typ) => {
      const other = await signJwt(ours, typ, { sub: 'dory' })
      expect(await verifyJwt(other, ours, 'at+jwt')).toBeNull()
    },
  )

  it.each(['no JSON', '[]', 'null', '"text"', '\u0000'])(
    'that says %j is refused, although its signature is good (RFC 7519 7.2)',
    async (said) => {
      const text = await new CompactSign(new TextEncoder().encode(said))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: ours.kid })
        .sign(ours.privateKey)
      expect(await verifyJwt(text, ours, 'at+jwt')).toBeNull()
    },
  )

  it('of more than 65,536 characters, or of another form, names no key', () => {
    const rest = `.${payload}.${signature}`
    expect({
      ours: kidOf(token),
      long: kidOf(`${header}.${'a'.repeat(65_536)}.${signature}`),
      two: kidOf(`${header}.${payload}`),
      four: kidOf(`${header}${rest}.`),
    }).toEqual({ ours: ours.kid, long: null, two: null, four: null })
  })

  it('that is not signed at all is refused (3.2)', async () => {
    const unsecured = new UnsecuredJWT({ sub: 'dory' }).encode()
    const tries = [
      unsecured,
      `${part({ alg: 'none', typ: 'at+jwt', kid: ours.kid })}.${payload}.`,
      `${part({ alg: 'none', typ: 'at+jwt', kid: ours.kid })}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
    ]
    const read = await Promise.all(tries.map((text) => verifyJwt(text, ours, 'at+jwt')))
    expect(read).toEqual(tries.map(() => null))
  })

  it('signed with our public key as an HMAC secret is refused (3.1)', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(ours.publicJwk))
    const confused = await new SignJWT({ sub: 'dory' })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: ours.kid })
      .sign(secret)
    expect(await verifyJwt(confused, ours, 'at+jwt')).toBeNull()
  })

  it('signed with a key that it brings along is refused', async () => {
    const tries = await Promise.all([
      signed({ jwk: foreign.publicJwk }, foreign.privateKey),
      signed({ jku: 'https://evil.example/jwks.json' }, foreign.privateKey),
      signed({}, foreign.privateKey),
    ])
    const read = await Promise.all(tries.map((text) => verifyJwt(text, ours, 'at+jwt')))
    expect(read).toEqual([null, null, null])
  })

  it('under the name of another key, or under none, is refused', async () => {
    const tries = await Promise.all([signed({ kid: foreign.kid }), signed({ kid: undefined })])
    const read = await Promise.all(tries.map((text) => verifyJwt(text, ours, 'at+jwt')))
    expect(read).toEqual([null, null])
  })

  it('with a critical header that we do not know is refused', async () => {
    const text = await new SignJWT({ sub: 'dory' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: ours.kid, crit: ['x'], x: 1 })
      .sign(ours.privateKey, { crit: { x: true } })
    expect(await verifyJwt(text, ours, 'at+jwt')).toBeNull()
  })

  it('is refused with any other last character, even where the spare bits alone differ', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const altered = [...alphabet]
      .map((character) => token.slice(0, -1) + character)
      .filter((text) => text !== token)
    const read = await Promise.all(altered.map((text) => verifyJwt(text, ours, 'at+jwt')))
    expect(read.filter((claims) => claims !== null)).toEqual([])
  })

  it('is refused truncated, extended or put together from two', async () => {
    const other = (await signJwt(ours, 'at+jwt', { sub: 'marlin' })).split('.')
    const tries = [
      token.slice(0, -1),
      token.slice(0, -8),
      `${token}A`,
      `${token}.`,
      `${token}.${signature}`,
      `${header}.${other[1]}.${signature}`,
      `${header}.${payload}.${other[2]}`,
    ]
    const read = await Promise.all(tries.map((text) => verifyJwt(text, ours, 'at+jwt')))
    expect(read).toEqual(tries.map(() => null))
  })

  it.each([null, [], 'text', 1])('whose payload is %j is refused', async (content) => {
    const bytes = new TextEncoder().encode(`${header}.${part(content)}`)
    const made = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      ours.privateKey,
      bytes,
    )
    const last = btoa(String.fromCharCode(...new Uint8Array(made)))
    const text = `${header}.${part(content)}.${last.replaceAll('+', '-').replaceAll('/', '_')}`
    expect(await verifyJwt(text.replaceAll('=', ''), ours, 'at+jwt')).toBeNull()
  })
})

describe('the key id of a token', () => {
  it.each([
    ['nothing', ''],
    ['no JWT', 'x'],
    ['two parts', 'a.b'],
    ['an unreadable header', 'a.b.c'],
    ['a header that is null', `${part(null)}.b.c`],
    ['a header that is an array', `${part([])}.b.c`],
    ['a header without kid', `${part({ alg: 'ES256' })}.b.c`],
    ['a header with a kid that is no text', `${part({ kid: { length: 1 } })}.b.c`],
    ['100 levels of nesting', `${btoa('['.repeat(100)).replaceAll('=', '')}.b.c`],
    ['padding', `${btoa('{"kid":"x"} ')}=.b.c`],
    ['a space before it', ` ${token}`],
    ['a megabyte', `${'a'.repeat(1_000_000)}.b.c`],
  ])('is none in %s', (_what, text) => expect(kidOf(text)).toBeNull())
})
