// What suites have counted in this checkout: .counts, one file a suite. A test file is a suite of the
// bounded share that `npm test` runs; every other suite is a run of its own command.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { projectFolder } from './titles.ts'

const recordSchema = z.object({ at: z.string(), counts: z.record(z.string(), z.number()) })

/** A number by its name, of the latest run that counted it. */
export type Counted = { name: string; value: number; by: string; at: string }

/** Returns what the latest runs have counted: sums over the files of `npm test`, and single runs. */
export function countedIn(folder = join(projectFolder, '.counts')): Counted[] {
  const sums = new Map<string, Counted>()
  for (const file of globSync('*.json', { cwd: folder }).toSorted()) {
    const { at, counts } = recordSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    const suite = file.replace(/\.json$/, '')
    const by = suite.startsWith('test.') ? 'npm test' : suite
    for (const [name, value] of Object.entries(counts)) {
      const known = sums.get(`${by}: ${name}`)
      const isNewer = known === undefined || at > known.at
      sums.set(`${by}: ${name}`, {
        name,
        value: value + (known?.value ?? 0),
        by,
        at: isNewer ? at : known.at,
      })
    }
  }
  return [...sums.values()].toSorted((one, two) => one.name.localeCompare(two.name))
}
