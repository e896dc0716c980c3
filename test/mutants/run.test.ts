import { describe, expect, it } from 'vitest'
import { Campaign } from './campaign.ts'
import { changeOf } from './change.ts'
import type { Mutant } from './instrument.ts'
import { nearestTests } from './nearest.ts'
import type { Work } from './plan.ts'
import { changedFiles, hashOf, type Measured, readRecord } from './record.ts'
import { isAtFloor, reportOf } from './report.ts'
import { sampled, withoutEquivalents } from './select.ts'

const mutant = (id: string, file = 'src/store/a.ts'): Mutant => ({
  id,
  file,
  line: Number(id),
  mutator: 'SqlText',
  text: `text ${id}`,
})

const entry = (changes: Partial<Measured> = {}): Measured => ({
  hash: hashOf('old'),
  mutants: 10,
  tried: 10,
  killed: 9,
  timedOut: 0,
  equivalent: 0,
  survivors: ['1: a'],
  uncovered: [],
  ...changes,
})

describe('which mutants are tried', () => {
  const many = Array.from({ length: 50 }, (_, index) => mutant(String(index)))

  it('a sample is the same for one seed, and another for another', () => {
    const ids = (seed: string) => sampled(many, 10, seed).map(({ id }) => id)
    expect(ids('7')).toEqual(ids('7'))
    expect(ids('7')).not.toEqual(ids('8'))
    expect(ids('7')).toHaveLength(10)
  })

  it('equivalent ones are not, and an entry that matches none is told', () => {
    const entries = ['text 1', 'text 9'].map((text) => ({
      file: 'src/store/a.ts',
      text,
      reason: '',
    }))
    const files = ['src/store/a.ts']
    expect(withoutEquivalents([mutant('1'), mutant('2')], files, entries)).toEqual({
      counted: [mutant('2')],
      equivalent: [mutant('1')],
      stale: [entries[1]],
    })
  })

  it('of those that are tried again, one that has become equivalent counts no more', () => {
    const killed = { mutant: mutant('1'), fate: 'killed' as const, by: 'a: b', survived: 0 }
    const known = entry({ killed: 8, survivors: ['1: text 1', '2: text 2'] })
    const facts = { hash: 'new', mutants: 9, equivalent: 1 }
    const entries = [{ ...killed, isTaken: false }]
    expect(reportOf('a', { ...facts, entries, known }).measured).toEqual({
      ...facts,
      ...{ tried: 9, killed: 9, timedOut: 0, survivors: [], uncovered: [] },
    })
  })

  it('changed files are those whose content is not what was measured, and new ones', () => {
    const record = { old: entry(), same: entry({ hash: hashOf('same') }), never: null }
    const read = (file: string) => (file === 'same' ? 'same' : 'new')
    expect(changedFiles(record, ['old', 'same', 'never', 'new'], read)).toEqual(['old', 'new'])
  })

  it('the nearest test file bears the name, then comes what reaches the most', () => {
    const reach = {
      'test/endpoints/far.test.ts': {
        milliseconds: 100,
        sources: { 'src/store/parked-codes.ts': 40 },
      },
      'test/store/parked-codes.test.ts': {
        milliseconds: 100,
        sources: { 'src/store/parked-codes.ts': 80 },
      },
      'test/endpoints/token.test.ts': {
        milliseconds: 100,
        sources: { 'src/store/parked-codes.ts': 90 },
      },
      'test/store/none.test.ts': { milliseconds: 100, sources: {} },
    }
    expect(nearestTests('src/store/parked-codes.ts', Object.keys(reach), reach, 2)).toEqual([
      'test/store/parked-codes.test.ts',
      'test/endpoints/token.test.ts',
    ])
  })
})

describe('what became of a mutant', () => {
  const file = 'test/a.test.ts'
  const baseline = (tests: string[], byTest: Record<string, Record<string, number>>) => ({
    file,
    state: 'pass' as const,
    tests: tests.map((id) => ({ id, name: `name of ${id}`, milliseconds: 1 })),
    reached: { always: {}, byTest },
  })
  const begun = (
    mutants: Mutant[],
    tests: string[],
    byTest: Record<string, Record<string, number>>,
  ) => {
    const campaign = new Campaign(mutants, new Map([['src/store/a.ts', [file]]]))
    campaign.begin(baseline(tests, byTest))
    return campaign
  }
  const fails = (work: Work, id: string) => ({
    file,
    mutant: work.do === 'run' ? work.mutant : null,
    state: 'fail' as const,
    failed: { id, name: `name of ${id}`, message: 'expected' },
    milliseconds: 1,
  })
  const passes = (work: Work) => ({
    file,
    mutant: work.do === 'run' ? work.mutant : null,
    state: 'pass' as const,
    milliseconds: 1,
  })
  const fates = (campaign: Campaign) => campaign.entries.map(({ fate }) => fate)

  it('is a kill once the test that failed passes alone and a control passes', () => {
    const campaign = begun([mutant('1')], ['x', 'y'], { x: { 1: 1 } })
    campaign.settle(fails(campaign.next(file), 'x'))
    const check = campaign.next(file)
    expect(check).toMatchObject({ mutant: null, tests: ['x'] })
    campaign.settle(passes(check))
    const control = campaign.next(file)
    expect(control).toMatchObject({ mutant: null, tests: ['x', 'y'] })
    campaign.settle(passes(control))
    expect(campaign.next(file)).toEqual({ do: 'end' })
    expect(fates(campaign)).toEqual(['killed'])
  })

  it('is tried anew with all tests where the test that failed needs the others', () => {
    const campaign = begun([mutant('1')], ['x', 'y'], { y: { 1: 1 } })
    campaign.settle(fails(campaign.next(file), 'y'))
    campaign.settle(fails(campaign.next(file), 'y'))
    const anew = campaign.next(file)
    expect(anew).toMatchObject({ mutant: '1', tests: ['x', 'y'] })
    campaign.settle(passes(anew))
    expect(fates(campaign)).toEqual(['survived'])
  })

  it('counts for nothing where the tests fail without a mutant afterwards', () => {
    const campaign = begun([mutant('1')], ['x'], { x: { 1: 1 } })
    campaign.settle(fails(campaign.next(file), 'x'))
    campaign.settle(fails(campaign.next(file), 'x'))
    expect({ fates: fates(campaign), isWanted: campaign.isWanted(file) }).toEqual({
      fates: ['uncovered'],
      isWanted: true,
    })
  })

  it('is told apart: survived, not reached, not tried', () => {
    const campaign = begun([mutant('1'), mutant('2'), mutant('3', 'src/store/b.ts')], ['x'], {
      x: { 1: 1 },
    })
    campaign.settle(passes(campaign.next(file)))
    expect(campaign.next(file)).toEqual({ do: 'end' })
    campaign.close()
    expect(fates(campaign)).toEqual(['survived', 'uncovered', 'untried'])
  })

  it('is a hang where the process gave no more sign of life', () => {
    const campaign = begun([mutant('1')], ['x'], { x: { 1: 1 } })
    campaign.next(file)
    campaign.abandon()
    expect(fates(campaign)).toEqual(['timed out'])
  })
})

describe('the record', () => {
  it('sums what was measured, and counts the files that never were', () => {
    expect(
      readRecord({ a: entry(), b: entry({ survivors: [], killed: 8, timedOut: 2 }), c: null }),
    ).toEqual({
      files: 3,
      measuredFiles: 2,
      mutants: 20,
      tried: 20,
      killed: 17,
      timedOut: 2,
      survived: 1,
      uncovered: 0,
      equivalent: 0,
      score: 0.95,
    })
  })

  it('a file stands at its floor with nine in ten', () => {
    expect([entry(), entry({ killed: 8 })].map((one) => isAtFloor(one, false))).toEqual([
      true,
      false,
    ])
  })

  it('says what a mutant changes without its line', () => {
    const text = 'sql`SELECT ${one} FROM ${two} WHERE ${three} = ${four}\n  AND ${five} > ${six}`'
    expect(changeOf(text, text.replace(' > ', ' >= '))).toBe(
      '${five} > ${six}` -> ${five} >= ${six}`',
    )
    expect(changeOf('a === b', 'true')).toBe('a === b -> true')
  })
})
