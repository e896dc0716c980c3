import {
  base64url,
  compactVerify,
  CompactSign,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/crypto/encoding.ts'
import { foreignAlgorithms, type ForeignAlgorithm } from '../../src/crypto/foreign-key.ts'
import { importVerifier, signingScheme, verifiedJws } from '../../src/crypto/jws.ts'

const content = '{"sub":"dory"}'

type Pair = { alg: ForeignAlgorithm; privateKey: CryptoKey; jwk: JWK; key: CryptoKey }

async function pairOf(alg: ForeignAlgorithm): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, privateKey, jwk, key: await importVerifier(jwk, alg) }
}

const pairs = await Promise.all(foreignAlgorithms.map(pairOf))
const pairFor = (alg: ForeignAlgorithm): Pair => {
  const pair = pairs.find((one) => one.alg === alg)
  if (pair === undefined) throw new Error(`no pair for ${alg}`)
  return pair
}
const [ec, rsa, edwards] = [pairFor('ES256'), pairFor('RS256'), pairFor('EdDSA')]

const signedByJose = ({ alg, privateKey }: Pair, header: object = {}): Promise<string> =>
  new CompactSign(utf8(content)).setProtectedHeader({ alg, ...header }).sign(privateKey)

/** A token of this header, as it is written, that the key signed. */
async function signedHere({ alg, privateKey }: Pair, header: string = JSON.stringify({ alg })) {
  const text = `${base64url.encode(header)}.${base64url.encode(content)}`
  const signature = await crypto.subtle.sign(signingScheme(alg), privateKey, utf8(text))
  return `${text}.${base64url.encode(new Uint8Array(signature))}`
}

/** What this key makes of a token: its content, or null. */
async function read(token: string, { alg, key }: Pair): Promise<string | null> {
  const verified = await verifiedJws(token, alg, key)
  return verified === null ? null : new TextDecoder().decode(verified.payload)
}

const readAll = (tokens: readonly string[], pair: Pair): Promise<(string | null)[]> =>
  Promise.all(tokens.map((token) => read(token, pair)))

const nothing = (tokens: readonly string[]): null[] => tokens.map(() => null)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe.each(pairs.map((pair) => [pair.alg, pair] as const))('RFC 7515 5.2: %s', (alg, pair) => {
  it('of jose verifies', async () => {
    const verified = await verifiedJws(await signedByJose(pair, { kid: 'k' }), alg, pair.key)
    expect(verified).toEqual({ header: { alg, kid: 'k' }, payload: utf8(content) })
  })

  it('as it is made here verifies at jose', async () => {
    const key = await importJWK(pair.jwk, alg)
    const { protectedHeader, payload } = await compactVerify(await signedHere(pair), key)
    expect({ protectedHeader, payload }).toEqual({
      protectedHeader: { alg },
      payload: utf8(content),
    })
  })

  it('verifies with no character changed', async () => {
    const token = await signedByJose(pair)
    const changed = Array.from(token, (character, index) => {
      const other = character === '.' ? 'A' : alphabet[(alphabet.indexOf(character) + 1) % 64]
      return `${token.slice(0, index)}${other}${token.slice(index + 1)}`
    })
    expect(await readAll(changed, pair)).toEqual(nothing(changed))
  })

  it('verifies under no key of another algorithm, type or size of hash', async () => {
    const token = await signedHere(pair)
    const edwardsNames = ['EdDSA', 'Ed25519']
    const others = pairs.filter((other) => other !== pair)
    const results = await Promise.all(others.map((other) => read(token, other)))
    const imported = await Promise.all(
      others.map(({ alg: name }) =>
        importVerifier(pair.jwk, name).then(
          () => name,
          () => null,
        ),
      ),
    )
    const sameKey = (name: ForeignAlgorithm): boolean =>
      pair.jwk.kty === 'RSA'
        ? /^[RP]S/.test(name)
        : edwardsNames.includes(alg) && edwardsNames.includes(name)
    expect({ results, imported }).toEqual({
      results: others.map(() => null),
      imported: others.map(({ alg: name }) => (sameKey(name) ? name : null)),
    })
  })

  it('has a signature of one length', async () => {
    const [header = '', payload = '', third = ''] = (await signedHere(pair)).split('.')
    const signature = base64url.decode(third)
    const tries = [
      new Uint8Array(),
      signature.slice(0, -1),
      signature.slice(1),
      Uint8Array.from([...signature, 0]),
      Uint8Array.from([0, ...signature]),
    ].map((bytes) => `${header}.${payload}.${base64url.encode(bytes)}`)
    expect(await readAll(tries, pair)).toEqual(nothing(tries))
  })
})

describe('RFC 7518 3.4: a signature of an elliptic curve', () => {
  /** The same R or S as DER writes it. */
  const derInteger = (bytes: Uint8Array): number[] => {
    const digits = [...bytes.slice(bytes.findIndex((byte) => byte !== 0))]
    const value = (digits[0] ?? 0) > 127 ? [0, ...digits] : digits
    return [2, value.length, ...value]
  }

  it.each([ec, pairFor('ES384')])('in DER is refused: $alg', async (pair) => {
    const [header = '', payload = '', third = ''] = (await signedHere(pair)).split('.')
    const raw = base64url.decode(third)
    const half = raw.length / 2
    const both = [...derInteger(raw.slice(0, half)), ...derInteger(raw.slice(half))]
    const der = Uint8Array.from([0x30, both.length, ...both])
    expect(await read(`${header}.${payload}.${base64url.encode(der)}`, pair)).toBeNull()
  })

  it('of zeros is refused: the signature that once verified anything', async () => {
    const [header, payload] = (await signedHere(ec)).split('.')
    const zeros = base64url.encode(new Uint8Array(64))
    expect(await read(`${header}.${payload}.${zeros}`, ec)).toBeNull()
  })
})

describe('RFC 8725 3.1: the algorithm is the choice of who verifies', () => {
  it.each(['none', 'HS256', 'RS256', 'ES384', 'es256', '', null, ['ES256']])(
    'a good signature whose header says %j is refused',
    async (alg) => {
      expect(await read(await signedHere(ec, JSON.stringify({ alg })), ec)).toBeNull()
    },
  )

  it('a header without alg is refused', async () => {
    expect(await read(await signedHere(ec, '{}'), ec)).toBeNull()
  })

  it.each([ec, rsa, edwards])('an HMAC with the public key is refused: $alg', async (pair) => {
    const secrets = [JSON.stringify(pair.jwk), pair.jwk.x ?? '', pair.jwk.n ?? '']
    const tokens = await Promise.all(
      secrets
        .filter((secret) => secret !== '')
        .map((secret) =>
          new CompactSign(utf8(content))
            .setProtectedHeader({ alg: 'HS256' })
            .sign(utf8(secret.padEnd(32))),
        ),
    )
    const renamed = tokens.map((token) => {
      const [, ...rest] = token.split('.')
      return [base64url.encode(JSON.stringify({ alg: pair.alg })), ...rest].join('.')
    })
    const tries = [...tokens, ...renamed]
    expect(await readAll(tries, pair)).toEqual(nothing(tries))
  })

  it('EdDSA and Ed25519 are two names of which the caller says one', async () => {
    const token = await signedHere(edwards)
    expect(await verifiedJws(token, 'Ed25519', edwards.key)).toBeNull()
  })
})

describe('RFC 7515 7.1: the compact form', () => {
  it('is three parts, each in base64url without padding, in one spelling', async () => {
    const token = await signedHere(ec)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const spare = alphabet[alphabet.indexOf(signature.slice(-1)) + 1]
    const tries = [
      '',
      '..',
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
      `${header}..${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}=.${signature}`,
      `${token}==`,
      `${signature}.${payload}.${header}`,
      `${token.slice(0, -1)}${spare}`,
      ` ${token}`,
      `${token}\n`,
      `${header}.${payload} .${signature}`,
    ]
    expect(await readAll(tries, ec)).toEqual(nothing(tries))
  })

  it('is refused with a payload that has spare bits, though it is what was signed', async () => {
    const text = `${base64url.encode('{"alg":"ES256"}')}.QR`
    const signature = await crypto.subtle.sign(signingScheme('ES256'), ec.privateKey, utf8(text))
    const token = `${text}.${base64url.encode(new Uint8Array(signature))}`
    expect(await read(token, ec)).toBeNull()
  })

  it.each([
    ['a member twice', '{"alg":"ES256","alg":"ES256"}'],
    ['a member twice, once escaped', '{"alg":"none","\\u0061lg":"ES256"}'],
    ['no object', '["ES256"]'],
    ['null', 'null'],
    ['no JSON', 'alg: ES256'],
    ['a byte order mark', '\uFEFF{"alg":"ES256"}'],
    // RFC 7515 4.1.11
    ['a critical extension', '{"alg":"ES256","crit":["x"],"x":1}'],
    ['nothing critical', '{"alg":"ES256","crit":[]}'],
    ['b64 that is critical', '{"alg":"ES256","crit":["b64"],"b64":false}'],
    // RFC 7797 6: whoever does not know b64 would read another payload.
    ['b64 alone', '{"alg":"ES256","b64":false}'],
    ['b64 that changes nothing', '{"alg":"ES256","b64":true}'],
  ])('is refused with a header of %s', async (_what, header) => {
    expect(await read(await signedHere(ec, header), ec)).toBeNull()
  })
})

describe('RFC 7518 3: a key that verifies nothing', () => {
  const refused = (jwk: object, alg: ForeignAlgorithm) =>
    expect(importVerifier({ ...jwk }, alg)).rejects.toThrow()

  it('is a private one', async () => {
    await refused(await exportJWK(ec.privateKey), 'ES256')
  })

  it('is one whose point is not on its curve', async () => {
    await refused({ ...ec.jwk, y: ec.jwk.x }, 'ES256')
  })

  it('is RSA of less than 2048 bits', async () => {
    const n = base64url.encode(base64url.decode(rsa.jwk.n ?? '').slice(0, 255))
    await refused({ ...rsa.jwk, n }, 'RS256')
    await refused({ ...rsa.jwk, n }, 'PS256')
  })

  it('is one on another curve, or of another type', async () => {
    await refused(ec.jwk, 'ES384')
    await refused(pairFor('ES512').jwk, 'ES256')
    await refused({ ...ec.jwk, kty: 'OKP' }, 'ES256')
    await refused({ kty: 'oct', k: 'AAAA' }, 'ES256')
  })

  it('cannot do anything else, whatever its JWK says', async () => {
    const key = await importVerifier(
      { ...ec.jwk, key_ops: ['sign'], use: 'enc', ext: true },
      'ES256',
    )
    expect({ usages: key.usages, extractable: key.extractable }).toEqual({
      usages: ['verify'],
      extractable: false,
    })
  })
})
