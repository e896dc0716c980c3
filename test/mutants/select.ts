// Which mutants a run tries.
import { createHash } from 'node:crypto'
import type { Mutant } from './instrument.ts'
import type { Equivalent } from './equivalent.ts'

/** Returns `size` mutants that a seed chooses: the same for the same seed and the same files. */
export function sampled(mutants: readonly Mutant[], size: number, seed: string): Mutant[] {
  if (mutants.length <= size) return [...mutants]
  const place = ({ file, text }: Mutant): string =>
    createHash('sha256').update(`${seed}\n${file}\n${text}`).digest('hex')
  const chosen = new Set(
    mutants
      .map((mutant) => ({ mutant, place: place(mutant) }))
      .toSorted((one, other) => (one.place < other.place ? -1 : 1))
      .slice(0, size)
      .map(({ mutant }) => mutant),
  )
  return mutants.filter((mutant) => chosen.has(mutant))
}

/** Takes out the equivalent mutants; `stale` are the entries about these files that match no mutant. */
export function withoutEquivalents(
  mutants: readonly Mutant[],
  files: readonly string[],
  equivalents: readonly Equivalent[],
): { counted: Mutant[]; equivalent: Mutant[]; stale: Equivalent[] } {
  const key = ({ file, text }: { file: string; text: string }) => `${file}\n${text}`
  const known = new Set(equivalents.map(key))
  const present = new Set(mutants.map(key))
  return {
    counted: mutants.filter((mutant) => !known.has(key(mutant))),
    equivalent: mutants.filter((mutant) => known.has(key(mutant))),
    stale: equivalents.filter((entry) => files.includes(entry.file) && !present.has(key(entry))),
  }
}
