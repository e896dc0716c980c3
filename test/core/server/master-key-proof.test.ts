// What the stored keys say of MASTER_KEY.
import { beforeEach, describe, expect, it } from 'vitest'
import { MasterKeyProof } from '../../../src/core/server/master-key-proof.ts'
import type { StoredKey } from '../../../src/core/server/storage.ts'
import type { KeyRing } from '../../../src/crypto/key-ring.ts'

let opened: string[]

/** MASTER_KEY lists `mine` and `spare`, and opens what is sealed under them as `good`. */
const keys: KeyRing = Object.assign(Object.create(null), {
  has: (id: string) => id === 'mine' || id === 'spare',
  open(purpose: string, sealed: string, kid: string) {
    opened.push(`${purpose} ${kid}`)
    return Promise.resolve(sealed.endsWith('.good') ? new Uint8Array(1) : null)
  },
})

const sealedAs = (...texts: string[]): StoredKey[] =>
  texts.map((wrappedPrivateKey, at) => ({
    kid: `key ${at}`,
    use: 'sig',
    alg: 'ES256',
    generation: 1,
    publicJwk: '{}',
    wrappedPrivateKey,
    createdAt: 1,
    activeAt: 1,
    expiresAt: null,
    withdrawnAt: null,
  }))

beforeEach(() => {
  opened = []
})

const refusalOf = (require: () => void): unknown => {
  try {
    require()
    return null
  } catch (thrown) {
    return thrown
  }
}

/** Everything that a proof tells, after it has judged these keys one after the other. */
async function toldAfter(...judged: StoredKey[][]) {
  const proof = new MasterKeyProof(keys)
  for (const stored of judged) await proof.judge(stored)
  const { isProven, isForeign } = proof
  return {
    isProven,
    isForeign,
    refusal: refusalOf(() => proof.require()),
    refusalOfNewKeys: refusalOf(() => proof.requireOwnId()),
  }
}

const unknown = { isProven: false, isForeign: false, refusal: null, refusalOfNewKeys: null }
const proven = { ...unknown, isProven: true }
const unavailable = (cause: string) =>
  expect.objectContaining({
    code: 'temporarily_unavailable',
    cause: new Error(`MASTER_KEY opens none of the stored keys: ${cause}`),
  })

describe('MASTER_KEY', () => {
  it('is not proven before a key was judged', async () => {
    expect(await toldAfter()).toEqual(unknown)
  })

  it('is not judged by a database without keys', async () => {
    expect(await toldAfter([])).toEqual(unknown)
  })

  it('stays proven when another judgement is under way', async () => {
    const proof = new MasterKeyProof(keys)
    const judged = [sealedAs('mine.good'), sealedAs('mine.bad', 'spare.bad')]
    await Promise.all(judged.map((stored) => proof.judge(stored)))
    const { isProven, isForeign } = proof
    expect({ isProven, isForeign }).toEqual({ isProven: true, isForeign: false })
  })

  it('is proven by one key that it opens, and then no other is tried', async () => {
    const stored = sealedAs('mine.bad', 'spare.good', 'mine.good')
    expect(await toldAfter(stored, sealedAs('mine.bad'))).toEqual(proven)
    expect(opened).toEqual(['signing key key 0', 'signing key key 1'])
  })

  it('is not tried on a key under an id that it does not list', async () => {
    expect(await toldAfter(sealedAs('lost.good', 'mine.good'))).toEqual(proven)
    expect(opened).toEqual(['signing key key 1'])
  })

  it('is foreign if it lists none of the ids, each told once; it may seal new keys under its own', async () => {
    const refusal = unavailable('it does not list lost, older')
    expect(await toldAfter(sealedAs('lost.good', 'older.good', 'lost.bad'))).toEqual({
      ...unknown,
      isForeign: true,
      refusal,
    })
    expect(opened).toEqual([])
  })

  it('is foreign if what it lists is another key, under whose id it may seal nothing', async () => {
    const refusal = unavailable('what it lists as mine, spare is another key')
    const stored = sealedAs('mine.bad', 'lost.good', 'spare.bad', 'mine.bad')
    expect(await toldAfter(stored)).toEqual({
      ...unknown,
      isForeign: true,
      refusal,
      refusalOfNewKeys: refusal,
    })
  })

  it('is no longer foreign once it opens a key, or no key is left', async () => {
    const foreign = sealedAs('mine.bad')
    expect({
      opens: await toldAfter(foreign, sealedAs('mine.good')),
      none: await toldAfter(foreign, []),
    }).toEqual({ opens: proven, none: unknown })
  })
})
