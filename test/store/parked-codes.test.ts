import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { now } from '../support/records.ts'

const { parkedCodes } = openStore(env)

describe('A parked code', () => {
  it.each([
    ['before it expires', now + 59.999, 'what is sealed'],
    ['at the very millisecond', now + 60, null],
    ['after it has expired, until the row is removed', now + 61, null],
  ])('%s', async (_when, at, expected) => {
    const digest = randomSecret()
    await parkedCodes.park(digest, 'what is sealed', now + 60)
    expect(await parkedCodes.find(digest, at)).toBe(expected)
  })

  it('is found by its own digest alone', async () => {
    await parkedCodes.park(randomSecret(), 'what is sealed', now + 60)
    expect(await parkedCodes.find(randomSecret(), now)).toBeNull()
  })
})
