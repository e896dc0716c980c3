import { expect, it, vi } from 'vitest'
import { once } from '../../src/protocol/once.ts'

it.each([{ value: {} }, { value: undefined }, { value: null }, { value: 0 }])(
  'makes $value at the first call, and never again',
  ({ value }) => {
    const make = vi.fn(() => value)
    const made = once(make)
    expect(make).not.toHaveBeenCalled()
    expect([made(), made()]).toEqual([value, value])
    expect(make).toHaveBeenCalledTimes(1)
  },
)
