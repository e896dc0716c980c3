// Argon2 of every type and version, in the one memory of an isolate.
import { describe, expect, it } from 'vitest'
import { hashMadeBy, vectors, verified } from './foreign-password/hashes.ts'

const hashes = vectors.filter(({ madeBy }) => /^argon2.* of version/.test(madeBy))

describe('Argon2', () => {
  it('computes the same, whatever the computation before left in the memory', async () => {
    const wrong: string[] = []
    for (const { madeBy, hash, password } of [...hashes, ...hashes.toReversed()]) {
      if ((await verified(hash, password)) !== 'none') wrong.push(madeBy)
    }
    expect({ hashes: hashes.length, wrong }).toEqual({ hashes: 24, wrong: [] })
  })

  it('finds room for the most memory that a hash may demand, and no block more', async () => {
    const { hash, password } = hashMadeBy('argon2-cffi with its defaults')
    expect(hash).toContain('m=65536,')
    expect(await verified(hash, password)).toBe('none')
  })
})
