// The seed of what is drawn at random in `npm test`.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const projectFolder = join(import.meta.dirname, '..')

/**
 * Returns a seed that the product's code decides: a tree that has passed passes again, and each change
 * of the code is judged by other histories.
 */
export function treeSeed(): number {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: projectFolder }).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(projectFolder, file)))
  return hash.digest().readUInt32BE() % 1_000_000_000
}
