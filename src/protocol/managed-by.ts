// Which applied configuration an object belongs to.
import * as z from 'zod/mini'
import { once } from './once.ts'

/** The name of the configuration that created or adopted an object, and may delete it. */
export const managedBy = once(() =>
  z
    .string()
    .check(
      z.regex(/^[\w.:/-]{1,100}$/, 'must be 1 to 100 of the characters A-Z a-z 0-9 _ . : / -'),
    ),
)
