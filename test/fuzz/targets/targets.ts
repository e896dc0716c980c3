// Every parser that runs in plain Node.
import type { Target } from '../target.ts'
import { documentTargets } from './documents.ts'
import { hashTargets } from './hashes.ts'
import { importTargets } from './imports.ts'
import { passkeyTargets } from './passkeys.ts'
import { peopleTargets } from './people.ts'
import { textTargets } from './texts.ts'
import { tokenTargets } from './tokens.ts'

/** Returns all targets, in the order in which they take turns. */
export const allTargets = async (): Promise<Target[]> => [
  ...textTargets,
  ...peopleTargets,
  ...documentTargets,
  ...importTargets,
  ...(await tokenTargets()),
  ...(await passkeyTargets()),
  ...(await hashTargets()),
]
