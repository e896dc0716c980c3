import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import {
  firstRefreshToken,
  parseRefreshToken,
  readRefreshToken,
  successorOf,
} from '../../src/crypto/refresh-token.ts'
import { randomSecret } from '../../src/crypto/secret.ts'

const one = { id: 'one', bytes: new Uint8Array(32).fill(1) }
const two = { id: 'two', bytes: new Uint8Array(32).fill(2) }
const keys = new KeyRing([one])
const grantId = randomSecret(16)
const text = await firstRefreshToken(keys, grantId)

async function known(token: string, ring = keys) {
  const read = await readRefreshToken(ring, token)
  if (read === null) throw new Error('the token was not read')
  return read
}

describe('refresh tokens: refused without storage unless we made them', () => {
  it('names its key, its grant and its generation', async () =>
    expect(await readRefreshToken(keys, text)).toEqual({
      text,
      keyId: 'one',
      grantId,
      generation: 0,
    }))

  it('no character can be changed', async () => {
    const altered = Array.from(text, (character, index) => {
      const other = /[A-Za-z]/.test(character) ? '9' : 'Z'
      return text.slice(0, index) + other + text.slice(index + 1)
    })
    const read = await Promise.all(altered.map((token) => readRefreshToken(keys, token)))
    expect(read.filter((token) => token !== null)).toEqual([])
  })

  it('no character can be left out at the end, and none added', async () => {
    const lengths = Array.from({ length: text.length }, (_, length) => text.slice(0, length))
    const tries = [...lengths, `${text}A`, `${text}=`, ` ${text}`, `${text}\n`, `${text}.`]
    const read = await Promise.all(tries.map((token) => readRefreshToken(keys, token)))
    expect(read.filter((token) => token !== null)).toEqual([])
  })

  it('has its form from the first character to the last', () =>
    expect([`a${text}`, `${text}a`].map(parseRefreshToken)).toEqual([null, null]))

  it('counts generations of more than one digit', () => {
    const generations = [10, 1_234_567_890].map(
      (generation) => parseRefreshToken(text.replace('.0.', `.${generation}.`))?.generation,
    )
    expect(generations).toEqual([10, 1_234_567_890])
  })

  it('a generation cannot be written another way', async () => {
    const [head, grant, , ...rest] = text.split('.')
    const tries = ['00', '+0', '-0', '0x0', '1', ''].map((generation) =>
      [head, grant, generation, ...rest].join('.'),
    )
    const read = await Promise.all(tries.map((token) => readRefreshToken(keys, token)))
    expect(read).toEqual(tries.map(() => null))
  })

  it('a token of another server with a key of the same name is refused', async () => {
    const other = new KeyRing([{ id: 'one', bytes: two.bytes }])
    expect(await readRefreshToken(other, text)).toBeNull()
  })

  it('a token outlives the rotation of the master key, until its key is gone', async () => {
    const rotated = new KeyRing([two, one])
    expect(await readRefreshToken(rotated, text)).toMatchObject({ keyId: 'one' })
    expect(await readRefreshToken(new KeyRing([two]), text)).toBeNull()
  })
})

describe('the successor', () => {
  it('is the same each time, of the next generation and the same grant', async () => {
    const successor = await successorOf(keys, await known(text))
    expect(await successorOf(keys, await known(text))).toBe(successor)
    expect(await known(successor)).toMatchObject({ grantId, generation: 1 })
  })

  it('is another for each token, so that only a holder of it can obtain it', async () => {
    const sibling = await firstRefreshToken(keys, grantId)
    const [mine, other] = await Promise.all(
      [text, sibling].map(async (token) => successorOf(keys, await known(token))),
    )
    expect(mine).not.toBe(other)
  })
})
