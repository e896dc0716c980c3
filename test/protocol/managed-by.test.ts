import { describe, expect, it } from 'vitest'
import { managedBy } from '../../src/protocol/managed-by.ts'
import { safeParse } from '../../src/protocol/schema.ts'

describe('The name of a configuration', () => {
  it.each(['a', 'team/app', 'A-z_0.9:x', 'a'.repeat(100)])('can be %j', (name) =>
    expect(safeParse(managedBy(), name).success).toBe(true),
  )

  it.each(['', 'a b', '\u00e4', 'a\n', 'a'.repeat(101)])('is never %j', (name) =>
    expect(safeParse(managedBy(), name).issues?.map(({ message }) => message)).toEqual([
      'must be 1 to 100 of the characters A-Z a-z 0-9 _ . : / -',
    ]),
  )
})
