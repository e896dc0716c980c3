// Facts that travel sealed, or wait in D1 behind a reference: which text opens, and which is parked.
import { describe, expect, it } from 'vitest'
import { SealedFacts } from '../../../src/core/authorization/sealed-facts.ts'
import { invalidRequest } from '../../../src/protocol/error.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { coreServer } from '../../support/core-server.ts'
import { now } from '../../support/records.ts'

type Facts = { text: string }
const kind = { purpose: 'authorization code', format: 'a format', prefix: 'own prefix_' } as const
const parkable = new SealedFacts<Facts>({ ...kind, parkedPrefix: 'parked_' })
const unparkable = new SealedFacts<Facts>(kind)
const facts = (length: number): Facts => ({ text: 'a'.repeat(length) })

/** A server whose storage keeps what is parked in memory. */
function parking() {
  const rows = new Map<string, string>()
  const calls: unknown[] = []
  const parkedCodes = {
    park: (digest: string, sealed: string, expiresAt: number, spends: readonly object[]) => {
      calls.push({ digest, expiresAt, spends })
      rows.set(digest, sealed)
      return Promise.resolve()
    },
    find: (digest: string, at: number) => {
      calls.push({ find: digest, at })
      return Promise.resolve(rows.get(digest) ?? null)
    },
  }
  const usedIdentifiers = {
    spend: (spends: readonly object[]) => {
      calls.push({ spent: spends })
      return Promise.resolve(null)
    },
  }
  return { ...coreServer({ store: { parkedCodes, usedIdentifiers } }), rows, calls }
}

const spends = [{ digest: 'a proof', expiresAt: now, refusal: () => invalidRequest('replayed') }]

describe('facts that fit into a URL', () => {
  it('travel in their text, which opens without storage', async () => {
    const { as, calls } = parking()
    const sealed = await parkable.sealOrPark(as, facts(9), now + 60)
    expect({ sealed, opened: await parkable.open(as, sealed), calls }).toEqual({
      sealed: expect.stringMatching(/^own prefix_[\w.-]+$/),
      opened: facts(9),
      calls: [],
    })
  })

  it('have 1,500 characters sealed at most, beside their prefix', async () => {
    const { as } = parking()
    const lengthOf = async (length: number) =>
      (await parkable.seal(as, facts(length))).length - kind.prefix.length
    let length = 1_000
    while ((await lengthOf(length + 1)) <= 1_500) length++
    expect({
      longest: await lengthOf(length),
      travels: (await parkable.sealOrPark(as, facts(length), now)).startsWith('own prefix_'),
      parked: (await parkable.sealOrPark(as, facts(length + 1), now)).startsWith('parked_'),
    }).toEqual({ longest: 1_500, travels: true, parked: true })
  })

  it('spend what their request spends', async () => {
    const { as, calls } = parking()
    await parkable.sealOrPark(as, facts(9), now + 60, spends)
    expect(calls).toEqual([{ spent: spends }])
  })
})

describe('facts that are longer', () => {
  it('are parked under the digest of their reference, with what is spent', async () => {
    const { as, calls } = parking()
    const reference = await parkable.sealOrPark(as, facts(2_000), now + 60, spends)
    const opened = await parkable.open(as, reference)
    const digest = await digestOf(reference)
    expect({ reference, opened, calls }).toEqual({
      reference: expect.stringMatching(/^parked_[\w-]{43}$/),
      opened: facts(2_000),
      calls: [
        { digest, expiresAt: now + 60, spends },
        { find: digest, at: now },
      ],
    })
  })

  it('open by their own reference alone, and not as a text that travels', async () => {
    const { as, rows } = parking()
    const reference = await parkable.sealOrPark(as, facts(2_000), now + 60)
    const row = rows.get(await digestOf(reference)) ?? ''
    rows.set(await digestOf('parked_other'), row)
    expect({
      other: await parkable.open(as, 'parked_other'),
      travelling: await parkable.open(as, kind.prefix + row),
      unknown: await parkable.open(as, 'parked_unknown'),
    }).toEqual({ other: null, travelling: null, unknown: null })
  })

  it('travel all the same if their kind is not parked', async () => {
    const { as, calls } = parking()
    const sealed = await unparkable.sealOrPark(as, facts(2_000), now + 60)
    expect({ opened: await unparkable.open(as, sealed), calls }).toEqual({
      opened: facts(2_000),
      calls: [],
    })
  })
})

describe('a text that this server did not issue', () => {
  it('opens nothing, and storage is not asked', async () => {
    const { as, calls } = parking()
    const other = new SealedFacts<Facts>({ ...kind, format: 'another format' })
    const texts = ['', 'another_text', 'undefined', kind.prefix, await other.seal(as, facts(9))]
    const opened = [
      ...texts.map((text) => parkable.open(as, text)),
      ...texts.map((text) => unparkable.open(as, text)),
      unparkable.open(as, 'parked_text'),
    ]
    expect({ opened: await Promise.all(opened), calls }).toEqual({
      opened: opened.map(() => null),
      calls: [],
    })
  })
})
