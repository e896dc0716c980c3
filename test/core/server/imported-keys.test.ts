// Stored keys as WebCrypto has them: a damaged row is told from one that this server cannot judge, and takes
// no other key with it.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  ImportedKeys,
  needsPrivateHalf,
  publishedJwk,
} from '../../../src/core/server/imported-keys.ts'
import type { StoredKey } from '../../../src/core/server/storage.ts'
import { utf8 } from '../../../src/crypto/encoding.ts'
import type { KeyRing } from '../../../src/crypto/key-ring.ts'

const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
  'sign',
  'verify',
])
if (!('privateKey' in pair)) throw new TypeError('ES256 has pairs of keys')

async function exported(key: CryptoKey): Promise<JsonWebKey> {
  const jwk = await crypto.subtle.exportKey('jwk', key)
  if (jwk instanceof ArrayBuffer) throw new TypeError('the key was not exported as a JWK')
  return jwk
}

const { x, y } = await exported(pair.publicKey)
const privateJwk = await exported(pair.privateKey)
const whole = { kty: 'EC', crv: 'P-256', x, y, kid: 'a', alg: 'ES256' }

let openings: string[]
let isAway: boolean

beforeEach(() => {
  openings = []
  isAway = false
})

/** MASTER_KEY lists `mine`, and opens what is sealed under it as `good`. */
const ring: KeyRing = Object.assign(Object.create(null), {
  has: (id: string) => id === 'mine',
  openStored(purpose: string, sealed: string, kid: string) {
    openings.push(`${purpose} ${kid}`)
    return isAway || sealed !== 'mine.good'
      ? Promise.reject(new Error('it does not open'))
      : Promise.resolve(utf8(JSON.stringify({ ...privateJwk, key_ops: ['sign'] })))
  },
})

const rowOf = (changes: Partial<StoredKey> = {}): StoredKey => ({
  kid: 'a',
  use: 'sig',
  alg: 'ES256',
  generation: 1,
  publicJwk: JSON.stringify(whole),
  wrappedPrivateKey: 'mine.good',
  createdAt: 1,
  activeAt: 1,
  expiresAt: null,
  withdrawnAt: null,
  ...changes,
})

const damagedRows: [string, string][] = [
  ['is no JSON', '{"kty":"EC"'],
  ['is no object', 'null'],
  ['has no type', JSON.stringify({ ...whole, kty: undefined })],
  ['has the id of another key', JSON.stringify({ ...whole, kid: 'b' })],
  ['has another algorithm', JSON.stringify({ ...whole, alg: 'RS256' })],
]

describe('The public half of a row', () => {
  it('is published with all of its members', () => {
    expect(publishedJwk(rowOf())).toEqual(whole)
  })

  it.each(damagedRows)('is damaged if it %s', async (_what, text) => {
    const row = rowOf({ publicJwk: text })
    const imported = new ImportedKeys(ring)
    expect({
      published: publishedJwk(row),
      key: await imported.public(row, 'ES256'),
      isDamaged: await imported.isDamaged(row),
    }).toEqual({ published: null, key: null, isDamaged: true })
  })

  it('is damaged, although the same key was imported before', async () => {
    const imported = new ImportedKeys(ring)
    const key = await imported.public(rowOf(), 'ES256')
    expect({
      algorithm: key?.algorithm,
      damaged: await imported.public(rowOf({ publicJwk: '{}' }), 'ES256'),
    }).toEqual({ algorithm: { name: 'ECDSA', namedCurve: 'P-256' }, damaged: null })
  })

  it('is imported once', async () => {
    const imported = new ImportedKeys(ring)
    const [one, other] = [
      await imported.public(rowOf(), 'ES256'),
      await imported.public(rowOf(), 'ES256'),
    ]
    expect(one === other).toBe(true)
  })
})

describe('The private half of a row', () => {
  it('is needed until the key retires, and for encryption also then', () => {
    const needed = (use: 'sig' | 'enc', expiresAt: number | null) =>
      needsPrivateHalf(rowOf({ use, expiresAt }))
    expect({
      signs: needed('sig', null),
      retired: needed('sig', 100),
      receives: needed('enc', null),
      superseded: needed('enc', 100),
    }).toEqual({ signs: true, retired: false, receives: true, superseded: true })
  })

  it('is opened and imported once', async () => {
    const imported = new ImportedKeys(ring)
    await imported.private(rowOf(), 'ES256')
    const key = await imported.private(rowOf(), 'ES256')
    expect({ type: key.type, usages: key.usages, openings }).toEqual({
      type: 'private',
      usages: ['sign'],
      openings: ['signing key a'],
    })
  })

  it('signs nothing that nobody could verify', async () => {
    await expect(
      new ImportedKeys(ring).private(rowOf({ publicJwk: '{}' }), 'ES256'),
    ).rejects.toMatchObject({
      code: 'temporarily_unavailable',
      cause: new Error('the key a is damaged'),
    })
  })

  it('that does not open is tried again, for the next one may open', async () => {
    const imported = new ImportedKeys(ring)
    isAway = true
    await expect(imported.private(rowOf(), 'ES256')).rejects.toMatchObject({
      code: 'temporarily_unavailable',
      cause: new Error('it does not open'),
    })
    isAway = false
    expect((await imported.private(rowOf(), 'ES256')).type).toBe('private')
  })
})

const pointless = JSON.stringify({ ...whole, x: 'AA' })
const rows: [string, Partial<StoredKey>, boolean][] = [
  ['a whole row', {}, false],
  ['a private half that does not open', { wrappedPrivateKey: 'mine.bad' }, true],
  ['a private half without the id of a master key', { wrappedPrivateKey: '.good' }, true],
  ['a private half under an id that is not listed', { wrappedPrivateKey: 'lost.bad' }, false],
  ['a private half that a retired key has lost', { wrappedPrivateKey: '', expiresAt: 9 }, false],
  [
    'a superseded key for encryption',
    { wrappedPrivateKey: 'mine.bad', expiresAt: 9, use: 'enc' },
    true,
  ],
  ['a public half that is no key', { publicJwk: pointless, expiresAt: 9 }, true],
  [
    'an algorithm of a newer release',
    {
      alg: 'XY512',
      publicJwk: JSON.stringify({ ...whole, alg: 'XY512' }),
      wrappedPrivateKey: 'mine.bad',
    },
    false,
  ],
  ['broken JSON of a newer release', { alg: 'XY512', publicJwk: '{' }, true],
]

describe('Whether a row is damaged', () => {
  it.each(rows)('is told of %s', async (_what, changes, isDamaged) => {
    expect(await new ImportedKeys(ring).isDamaged(rowOf(changes))).toBe(isDamaged)
  })
})
