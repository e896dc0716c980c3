// Which applied configuration an object belongs to.
import { once } from './once.ts'
import * as v from './schema.ts'

/** The name of the configuration that created or adopted an object, and may delete it. */
export const managedBy = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^[\w.:/-]{1,100}$/, 'must be 1 to 100 of the characters A-Z a-z 0-9 _ . : / -'),
  ),
)
