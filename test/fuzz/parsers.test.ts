// The share of `npm test` in fuzzing: the whole corpus, and one slice of inputs of one seed for every
// parser. `npm run fuzz` asks for more.
import { describe, expect, it } from 'vitest'
import { countIn } from '../support/counted.ts'
import { corpusOf } from './corpus.ts'
import { newReport, replay, runSlice } from './engine.ts'
import { completePlatform } from './platform.ts'
import { textTarget } from './target.ts'
import { allTargets } from './targets/targets.ts'

completePlatform()
const seed = Number(import.meta.env.VITE_FUZZ_SEED ?? 1)
const slices = Number(import.meta.env.VITE_FUZZ_SLICES ?? 1)
const targets = await allTargets()

describe(`a parser keeps its promises, whatever it is given (seed ${seed})`, () => {
  it.for(targets.map((target) => ({ name: target.name, target })))(
    '$name',
    { timeout: 60_000 },
    async ({ target }, context) => {
      const corpus = corpusOf(target.name)
      expect(await replay(target, corpus)).toEqual([])
      const report = newReport(target)
      for (let slice = 0; slice < slices; slice++) {
        await runSlice(target, report, corpus, { seed, slice })
      }
      expect(report.findings).toEqual([])
      expect(report.inputs).toBe(target.slice * slices)
      countIn(context, { 'fuzz inputs': report.inputs + corpus.length })
    },
  )
})

describe('a parser that breaks a promise', () => {
  const broken = textTarget('broken', ['a=b&c=d'], (text) => {
    if (text.includes('\0')) throw new RangeError('a NUL has passed')
    return 'read'
  })

  it('is found, by the smallest of the inputs that show it', async () => {
    const report = newReport(broken)
    for (let slice = 0; slice < 20; slice++) await runSlice(broken, report, [], { seed, slice })
    const found = report.findings.map(({ rule, input }) => ({
      rule,
      isSmall: typeof input === 'string' && input.includes('\0') && input.length < 12,
    }))
    expect(found).toEqual([{ rule: 'RangeError: a NUL has passed', isSmall: true }])
  })

  it('is found again by its corpus', async () =>
    expect(await replay(broken, ['a', 'a\0'])).toMatchObject([
      { target: 'broken', input: 'a\0', rule: 'RangeError: a NUL has passed' },
    ]))
})

it('a run goes on from hundreds of long seeds', async () => {
  const all = textTarget('all', ['a'], (text) => text)
  const long = Array.from({ length: 400 }, (_, nth) => `${nth} `.repeat(600))
  const report = newReport(all)
  await runSlice(all, report, long, { seed, slice: 0 })
  expect(report.inputs).toBe(all.slice)
})
