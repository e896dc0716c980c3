// Everything that is signed or sealed: our tokens and those of others, keys, proofs, texts of refresh
// tokens. A token is built from its header and claims and signed after they were changed, so that what
// stands behind the signature is reached, too.
import { base64url, fromBase64, fromBase64url, utf8 } from '../../../src/crypto/encoding.ts'
import { readDpopProof } from '../../../src/crypto/dpop.ts'
import {
  decryptForeign,
  foreignHeader,
  isToken,
  unprovedClaims,
  verifiedClaims,
} from '../../../src/crypto/foreign-token.ts'
import { foreignAlgorithms, foreignKeyFault } from '../../../src/crypto/foreign-key.ts'
import { kidOf, signJwt, verifyJwt } from '../../../src/crypto/jwt.ts'
import { importVerifier } from '../../../src/crypto/jws.ts'
import { thumbprintOf } from '../../../src/crypto/jwk.ts'
import { KeyRing } from '../../../src/crypto/key-ring.ts'
import {
  firstRefreshToken,
  parseRefreshToken,
  readRefreshToken,
  successorOf,
} from '../../../src/crypto/refresh-token.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import { isStorable } from '../../../src/protocol/strict-json.ts'
import type { Json } from '../hostile.ts'
import { type Target, jsonTarget, promise, textTarget } from '../target.ts'

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const part = (value: Json): string => base64url(utf8(JSON.stringify(value)))

/** Runs a reader whose refusals are OAuth errors. */
async function refusal(read: () => Promise<string>): Promise<string> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof OAuthError && thrown.status < 500) return `refused: ${thrown.description}`
    throw thrown
  }
}

/** The targets of tokens, with keys that are made anew. */
export async function tokenTargets(): Promise<Target[]> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  if (!('privateKey' in pair)) throw new Error('no pair of keys')
  const { privateKey, publicKey } = pair
  const exported: Json = JSON.parse(JSON.stringify(await crypto.subtle.exportKey('jwk', publicKey)))
  if (!isObject(exported)) throw new Error('no key')
  const { kty, crv, x, y } = exported
  const jwk: Json = { kty: kty ?? '', crv: crv ?? '', x: x ?? '', y: y ?? '' }
  const stored = { ...keyTexts(jwk), kid: 'k1' }

  const signed = async (header: Json, claims: Json): Promise<string> => {
    const content = `${part(header)}.${part(claims)}`
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, privateKey, utf8(content))
    return `${content}.${base64url(new Uint8Array(signature))}`
  }

  const claims = {
    ...{ iss: 'https://client.example', sub: 'client', aud: ['https://as.example'], jti: 'j1' },
    ...{
      exp: 1_800_000_000,
      iat: 1_700_000_000,
      nonce: 'n',
      htm: 'POST',
      htu: 'https://as.example/t',
    },
  }
  const rules = { algorithms: foreignAlgorithms, types: ['jwt', 'logout+jwt'] }
  const source = { find: async () => [stored], findAgain: async () => null }
  const judgeForeign = async (text: string): Promise<string> => {
    unprovedClaims(text)
    kidOf(text)
    const header = foreignHeader(text, rules)
    if (header === null) return `no header ${isToken(text)}`
    promise(header.alg !== undefined && !/^(?:none|HS)/i.test(header.alg), 'N001', header)
    const proved = await verifiedClaims(text, header, source)
    const inner = await decryptForeign(text, async () => null)
    promise(inner === null, 'nothing is encrypted to no key')
    if (proved === null) return `unproved ${header.alg}`
    promise(isStorable(proved), 'claims that can be stored', proved)
    promise(Object.getPrototypeOf(proved) === Object.prototype, 'claims are their own', proved)
    return `proved ${Object.keys(proved).length}`
  }
  const header = { alg: 'ES256', typ: 'JWT', kid: 'k1' }
  const valid = await signed(header, claims)

  const jwtText = textTarget('jwt', [valid, `${part(header)}.e30.`, `a.b.c.d.e`], judgeForeign)

  const jwt = jsonTarget('signed-claims', [{ header, claims }], async (value) => {
    const whole = isObject(value) ? value : {}
    const text = await signed(whole['header'] ?? null, whole['claims'] ?? null)
    return judgeForeign(text)
  })

  const verifier = { kid: 'k1', alg: 'ES256', publicKey } as const
  const ownText = await signJwt({ kid: 'k1', alg: 'ES256', privateKey }, 'at+jwt', claims)
  const own = textTarget('access-token', [ownText], async (text) => {
    const read = await verifyJwt(text, verifier, 'at+jwt')
    promise(read === null || text === ownText, 'one spelling of a token', text)
    return read === null ? 'refused' : 'accepted'
  })

  const proofHeader = { alg: 'ES256', typ: 'dpop+jwt', jwk }
  const proof = jsonTarget('dpop-proof', [{ header: proofHeader, claims }], (value) =>
    refusal(async () => {
      const whole = isObject(value) ? value : {}
      const text = await signed(whole['header'] ?? null, whole['claims'] ?? null)
      const read = await readDpopProof(text)
      promise(read.thumbprint === (await thumbprintOf(keyTexts(jwk))), 'the key of the proof', read)
      promise(typeof read.jti === 'string' && Number.isFinite(read.iat), 'RFC 9449 4.2', read)
      return `proved ${read.ath === undefined} ${read.nonce === undefined}`
    }),
  )
  const proofText = textTarget('dpop-text', [await signed(proofHeader, claims)], (text) =>
    refusal(async () => `proved ${(await readDpopProof(text)).htm}`),
  )

  const keys: Json[] = [
    jwk,
    { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
    { kty: 'RSA', e: 'AQAB', n: `4${'A'.repeat(341)}` },
  ]
  const key = jsonTarget('jwk', keys, async (value) => {
    if (!isObject(value)) return 'no object'
    const fault = foreignKeyFault(value)
    if (fault !== null) return fault
    promise(!['d', 'k', 'p'].some((name) => name in value), 'RFC 9449 4.3: no private key', value)
    for (const alg of ['ES256', 'EdDSA', 'RS256'] as const) {
      try {
        await importVerifier(value, alg)
        promise((await thumbprintOf(value)).length === 43, 'a thumbprint', value)
        return `imported for ${alg}`
      } catch (thrown) {
        const isDocumented = thrown instanceof TypeError || thrown instanceof DOMException
        if (!isDocumented) throw thrown
      }
    }
    return 'no point of its curve'
  })

  const ring = new KeyRing([{ id: 'k1', bytes: new Uint8Array(32).fill(7) }])
  const first = await firstRefreshToken(ring, 'A'.repeat(22))
  const parsedFirst = parseRefreshToken(first)
  const second = parsedFirst === null ? first : await successorOf(ring, parsedFirst)
  const refresh = textTarget('refresh-token', [first, second], async (text) => {
    const read = await readRefreshToken(ring, text)
    if (read === null) return `refused ${parseRefreshToken(text) !== null}`
    promise(text === first || text === second, 'one spelling of a refresh token', text)
    return `accepted ${read.generation}`
  })

  const plaintext = utf8(JSON.stringify({ id: 'screen' }))
  const sealedText = await ring.seal('screen', plaintext, 'screen 3')
  const sealed = textTarget('sealed', [sealedText], async (text) => {
    const opened = await ring.open('screen', text, 'screen 3')
    promise(opened === null || text === sealedText, 'one spelling of what is sealed', text)
    promise((await ring.open('screen', text, 'screen 4')) === null, 'one format', text)
    return opened === null ? 'refused' : 'opened'
  })

  const encoding = textTarget('base64', ['AAECAw', 'AAECAw==', '_-8', ''], (text) => {
    const bytes = fromBase64url(text)
    promise(bytes === null || base64url(bytes) === text, 'RFC 4648 3.5: one spelling', text)
    const padded = fromBase64(text)
    return `${bytes === null} ${padded === null}`
  })

  return [jwtText, jwt, own, proof, proofText, key, refresh, sealed, encoding]
}

/** The members of a key, which are texts. */
const keyTexts = (value: { [name: string]: Json }) => ({
  kty: textIn(value, 'kty'),
  crv: textIn(value, 'crv'),
  x: textIn(value, 'x'),
  y: textIn(value, 'y'),
})

function textIn(value: { [name: string]: Json }, name: string): string {
  const member = value[name]
  return typeof member === 'string' ? member : ''
}
