import { describe, expect, it, vi } from 'vitest'
import { utf8, utf8Text } from '../../src/crypto/encoding.ts'
import { KeyRing, type MasterKey } from '../../src/crypto/key-ring.ts'

const key = (id: string, byte: number): MasterKey => ({ id, bytes: new Uint8Array(32).fill(byte) })
const ring = new KeyRing([key('new', 1), key('old', 2)])
const before = new KeyRing([key('old', 2)])

async function opened(keys: KeyRing, sealed: string, context = 'context'): Promise<string | null> {
  const bytes = await keys.open('password hash', sealed, context)
  return bytes === null ? null : utf8Text(bytes)
}

describe('sub-keys of MASTER_KEY', () => {
  it('one sub-key a purpose: the same text has another code under each', async () => {
    const one = await ring.mac('refresh token checksum', 'text')
    const other = await ring.mac('refresh token successor', 'text')
    expect(one).not.toEqual(other)
  })

  it('what was sealed comes back', async () => {
    const sealed = await ring.seal('password hash', utf8('a hash'), 'context')
    expect(sealed).toMatch(/^new\.[\w-]+$/)
    expect(await opened(ring, sealed)).toBe('a hash')
  })

  it('the same text is sealed differently each time', async () => {
    const seal = () => ring.seal('password hash', utf8('a hash'), 'context')
    expect(await seal()).not.toBe(await seal())
  })

  it('what an older key sealed is still opened after a rotation', async () => {
    const sealed = await before.seal('password hash', utf8('a hash'), 'context')
    expect(await opened(ring, sealed)).toBe('a hash')
  })

  it('nothing opens without the key that sealed it', async () => {
    const sealed = await ring.seal('password hash', utf8('a hash'), 'context')
    expect(await opened(before, sealed)).toBeNull()
    expect(await opened(before, sealed.replace('new.', 'old.'))).toBeNull()
  })

  it('nothing opens under another purpose or context', async () => {
    const sealed = await ring.seal('signing key', utf8('a key'), 'context')
    expect(await opened(ring, sealed)).toBeNull()
    expect(await ring.open('signing key', sealed, 'another context')).toBeNull()
  })

  it.each(['', '.', 'new', 'new.', 'new.AAAA', '.AAAA', 'none.AAAA', 'new.é', '__proto__.AAAA'])(
    'opens nothing of %j',
    async (sealed) => expect(await opened(ring, sealed)).toBeNull(),
  )

  it('opens nothing of which a byte was changed', async () => {
    const sealed = await ring.seal('password hash', utf8('a hash'), 'context')
    const at = 10
    const altered = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(await opened(ring, altered)).toBeNull()
  })

  it('F27: a derivation that fails is no foreign seal, and the next one is tried', async () => {
    const sealed = await ring.seal('password hash', utf8('a hash'), 'context')
    const fresh = new KeyRing([key('new', 1)])
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    derive.mockRejectedValueOnce(new Error('Worker exceeded CPU time limit.'))
    await expect(opened(fresh, sealed)).rejects.toThrow('exceeded CPU')
    derive.mockRestore()
    expect(await opened(fresh, sealed)).toBe('a hash')
  })
})
