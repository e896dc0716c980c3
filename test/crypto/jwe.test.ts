import { base64url, CompactEncrypt, exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/crypto/encoding.ts'
import { decryptForeign } from '../../src/crypto/foreign-token.ts'
import { decryptedJwe, type KeyHeader } from '../../src/crypto/jwe.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import {
  encryptionAlgorithms,
  type EncryptionAlgorithm,
  importPublicKey,
  makeKeyPair,
  unwrapPrivateKey,
} from '../../src/crypto/signing-key.ts'

const keys = new KeyRing([{ id: 'one', bytes: new Uint8Array(32).fill(1) }])

async function pairOf(alg: EncryptionAlgorithm) {
  const { kid, publicJwk, wrappedPrivateKey } = await makeKeyPair(keys, alg)
  const privateKey = await unwrapPrivateKey(keys, wrappedPrivateKey, kid, alg)
  return { alg, kid, publicJwk, publicKey: await importPublicKey(publicJwk, alg), privateKey }
}
type Pair = Awaited<ReturnType<typeof pairOf>>

const pairs = await Promise.all(encryptionAlgorithms.map(pairOf))
const [ec, rsa] = [await pairOf('ECDH-ES+A256KW'), await pairOf('RSA-OAEP-256')]

const inner = 'a.b.c'

const encrypted = (pair: Pair, header: object = {}, content = inner): Promise<string> =>
  new CompactEncrypt(utf8(content))
    .setProtectedHeader({ alg: pair.alg, enc: 'A256GCM', kid: pair.kid, ...header })
    .encrypt(pair.publicKey)

/** What the holder of a key reads in a token. */
const read = (token: string, { alg, kid, privateKey }: Pair): Promise<string | null> =>
  decryptForeign(token, (named) => Promise.resolve(named === kid ? { alg, privateKey } : null))

const readAll = (tokens: readonly string[], pair: Pair): Promise<(string | null)[]> =>
  Promise.all(tokens.map((token) => read(token, pair)))

const nothing = (tokens: readonly string[]): null[] => tokens.map(() => null)

/** The token with other parts; `change` gets and returns bytes. */
function withPart(token: string, index: number, change: (bytes: Uint8Array) => Uint8Array): string {
  const parts = token.split('.')
  return parts
    .map((part, at) => (at === index ? base64url.encode(change(base64url.decode(part))) : part))
    .join('.')
}

/** A token that is made by hand: this header, content encryption key, IV and length of tag. */
async function handmade(
  header: Record<string, unknown>,
  { cek, iv = 12, tag = 16 }: { cek: Uint8Array<ArrayBuffer>; iv?: number; tag?: number },
): Promise<string> {
  const encryptedKey = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, rsa.publicKey, cek)
  const first = base64url.encode(
    JSON.stringify({ alg: rsa.alg, enc: 'A256GCM', kid: rsa.kid, ...header }),
  )
  const key = await crypto.subtle.importKey('raw', cek, 'AES-GCM', false, ['encrypt'])
  const nonce = crypto.getRandomValues(new Uint8Array(iv))
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: utf8(first), tagLength: 8 * tag }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, utf8(inner)))
  const rest = [new Uint8Array(encryptedKey), nonce, sealed.slice(0, -tag), sealed.slice(-tag)]
  return [first, ...rest.map((part) => base64url.encode(part))].join('.')
}

const cek = crypto.getRandomValues(new Uint8Array(32))

describe.each(pairs.map((pair) => [pair.alg, pair] as const))('RFC 7516 5.2: %s', (_alg, pair) => {
  it('of jose decrypts', async () => {
    expect(await read(await encrypted(pair), pair)).toBe(inner)
  })

  it('decrypts with no byte of any part changed', async () => {
    const token = await encrypted(pair)
    const changed = token
      .split('.')
      .flatMap((part, index) =>
        Array.from(base64url.decode(part), (_byte, at) =>
          withPart(token, index, (bytes) =>
            bytes.map((byte, here) => byte ^ (here === at ? 1 : 0)),
          ),
        ),
      )
    expect(await readAll(changed, pair)).toEqual(nothing(changed))
  })

  it('decrypts with no part shorter, longer, missing or from another token', async () => {
    const [token, other] = [await encrypted(pair), await encrypted(pair)]
    const changed = [0, 1, 2, 3, 4].flatMap((index) => [
      withPart(token, index, (bytes) => bytes.slice(0, -1)),
      withPart(token, index, (bytes) => Uint8Array.from([...bytes, 0])),
      withPart(token, index, () => new Uint8Array()),
    ])
    const swapped = [1, 2, 3, 4].map((index) =>
      withPart(token, index, () => base64url.decode(other.split('.')[index] ?? '')),
    )
    const tries = [...changed, ...swapped, `${token}.`, `${token}.${inner}`, `${token}=`, inner]
    expect(await readAll(tries, pair)).toEqual(nothing(tries))
  })

  it('for another of our keys is not read, though it says our kid', async () => {
    const other = await pairOf(pair.alg)
    expect(await read(await encrypted({ ...other, kid: pair.kid }), pair)).toBeNull()
  })

  it('with another enc, zip or an extension is refused', async () => {
    const token = await encrypted(pair)
    const [header = '', ...rest] = token.split('.')
    const said: object = JSON.parse(new TextDecoder().decode(base64url.decode(header)))
    const relabelled = [{ enc: 'A128GCM' }, { zip: 'DEF' }, { crit: ['x'] }, { alg: 'dir' }].map(
      (change) => [base64url.encode(JSON.stringify({ ...said, ...change })), ...rest].join('.'),
    )
    const made = await Promise.all(
      ['A128GCM', 'A192GCM', 'A128CBC-HS256', 'A256CBC-HS512'].map((enc) =>
        encrypted(pair, { enc }),
      ),
    )
    const tries = [...relabelled, ...made]
    expect(await readAll(tries, pair)).toEqual(nothing(tries))
  })

  it('holds a signed token and nothing else', async () => {
    const tries = await Promise.all(
      ['{}', 'a.b', 'a.b.c.d.e', 'a.b.', ''].map((content) => encrypted(pair, {}, content)),
    )
    expect(await readAll(tries, pair)).toEqual(nothing(tries))
  })
})

describe('RFC 7518 4: the key that a token is encrypted with', () => {
  it('is used with its own algorithm alone', async () => {
    const token = await encrypted(ec)
    const asRsa = decryptForeign(token, () =>
      Promise.resolve({ alg: rsa.alg, privateKey: rsa.privateKey }),
    )
    expect(await asRsa).toBeNull()
  })

  it.each(['RSA-OAEP', 'RSA-OAEP-512'])('is not used with %s', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const token = await new CompactEncrypt(utf8(inner))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid: rsa.kid })
      .encrypt(publicKey)
    expect(await read(token, { ...rsa, privateKey })).toBeNull()
  })

  it('is not used for direct agreement (ECDH-ES)', async () => {
    const token = await new CompactEncrypt(utf8(inner))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: ec.kid })
      .encrypt(ec.publicKey)
    expect(await read(token, ec)).toBeNull()
  })

  it('reads a token that is made by hand, so that what follows fails for one reason', async () => {
    expect(await read(await handmade({}, { cek }), rsa)).toBe(inner)
  })

  // RFC 7518 5.3
  it.each([
    ['a content encryption key of 128 bits', { cek: cek.slice(0, 16) }],
    ['an IV of 16 bytes', { cek, iv: 16 }],
    ['a tag of 12 bytes', { cek, tag: 12 }],
  ])('is not used with %s, though all else is right', async (_what, facts) => {
    expect(await read(await handmade({}, facts), rsa)).toBeNull()
  })

  it.each([
    ['a member twice', (text: string) => text.replace('{', '{"enc":"A256GCM",')],
    ['a space more', (text: string) => text.replace('{', '{ ')],
  ])('a header with %s is refused', async (_what, change) => {
    const token = await handmade({}, { cek })
    const header = withPart(token, 0, (bytes) => utf8(change(new TextDecoder().decode(bytes))))
    expect(await read(header, rsa)).toBeNull()
  })
})

describe('RFC 7518 4.6: the key that two sides agree on', () => {
  // Appendix C prints a direct agreement; jose judges the one that wraps a key.
  it('depends on what the sender says about the parties', async () => {
    const token = await new CompactEncrypt(utf8(inner))
      .setProtectedHeader({ alg: ec.alg, enc: 'A256GCM', kid: ec.kid })
      .setKeyManagementParameters({ apu: utf8('Alice'), apv: utf8('Bob') })
      .encrypt(ec.publicKey)
    expect(await read(token, ec)).toBe(inner)
  })

  it('is agreed with a public key on our curve', async () => {
    const token = await encrypted(ec)
    const [header = ''] = token.split('.')
    const said: KeyHeader = JSON.parse(new TextDecoder().decode(base64url.decode(header)))
    const foreign = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384', extractable: true })
    const epk: JWK = JSON.parse(JSON.stringify(said.epk))
    const withEpk = (change: unknown) =>
      decryptedJwe(token, { ...said, epk: change }, ec.privateKey)
    expect(await withEpk({ ...epk, use: 'enc' })).toEqual(utf8(inner))
    const tries = [
      undefined,
      null,
      'epk',
      [],
      {},
      { ...epk, y: epk.x },
      { ...epk, x: undefined },
      { ...epk, x: `${epk.x}A` },
      { ...epk, kty: 'OKP' },
      { ...epk, crv: 'P-384' },
      { ...epk, d: epk.x },
      await exportJWK(foreign.publicKey),
      ec.publicJwk,
    ]
    expect(await Promise.all(tries.map(withEpk))).toEqual(tries.map(() => null))
  })

  it.each([{ apu: 'QR' }, { apu: 'QQ==' }, { apv: 'QQ' }, { apu: 'QQ' }, { apv: ' ' }])(
    'is another with %j',
    async (parties) => {
      const token = await encrypted(ec)
      const said: KeyHeader = JSON.parse(
        new TextDecoder().decode(base64url.decode(token.split('.')[0] ?? '')),
      )
      expect(await decryptedJwe(token, said, ec.privateKey)).toEqual(utf8(inner))
      expect(await decryptedJwe(token, { ...said, ...parties }, ec.privateKey)).toBeNull()
    },
  )
})
