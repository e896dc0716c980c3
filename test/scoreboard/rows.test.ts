// The tables of the scoreboard name tests: each of them exists, and none is skipped.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { asvs } from './asvs.ts'
import { caseLists, faults } from './board.ts'
import { allTitles, faultsOf, projectFolder, titlesIn } from './titles.ts'

const titles = allTitles()

describe('the tables of the scoreboard', () => {
  it('ASVS 5.0 V10 has its 36 rows, each once', () => {
    expect({ rows: asvs.length, ids: new Set(asvs.map(({ id }) => id)).size }).toEqual({
      rows: 36,
      ids: 36,
    })
  })

  it('the lists of attacks and faults have their rows, each once', () => {
    const counted = caseLists.map(([what, rows]) => ({
      what,
      rows: rows.length,
      ids: new Set(rows.map(({ id }) => id)).size,
    }))
    expect(counted).toEqual([
      { what: 'negative cases of protocols (N)', rows: 120, ids: 120 },
      { what: 'negative cases of newer protocols (M)', rows: 100, ids: 100 },
      { what: 'faults (F)', rows: 40, ids: 40 },
      { what: 'findings by attack (A)', rows: 34, ids: 34 },
      { what: 'findings by use (U)', rows: 22, ids: 22 },
      { what: 'rules that no test near them had noticed (K)', rows: 34, ids: 34 },
      { what: 'cases from reports about other servers', rows: 19, ids: 19 },
    ])
  })

  it('N173: a request to our own zone goes through its front door', () => {
    const settings = readFileSync(join(projectFolder, 'wrangler.toml'), 'utf8')
    expect(settings).toMatch(/^compatibility_flags = \[.*"global_fetch_strictly_public".*\]$/m)
  })

  it('each row that is met has a test that is there and runs', () => {
    expect(faults()).toEqual([])
  })

  it('the tests that SECURITY.md names are there', () => {
    const page = readFileSync(join(projectFolder, 'SECURITY.md'), 'utf8')
    const cells = [...page.matchAll(/^\| .* \| ([^|]+) \|$/gm)].map(([, cell = '']) => cell)
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path))
    const isThere = (path = '') =>
      ['', '.test.ts'].some((ending) => existsSync(join(projectFolder, 'test', path + ending)))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !isThere(path))).toEqual([])
  })
})

describe('the titles of a test file', () => {
  it('are read with their kind, and whether they are skipped', () => {
    const text = [
      `describe('a group', () => {`,
      `  it('does \\'this\\'', () => {})`,
      `  it.skip("does that", () => {})`,
      '  test(`does ${more}`, () => {})',
      `  it.each([`,
      `    ['x', (1)],`,
      `  ])('does %s', () => {})`,
      `})`,
    ].join('\n')
    const read = titlesIn('a.test.ts', text).map(({ title, isGroup, isSkipped }) => {
      return [title, isGroup ? 'group' : 'test', isSkipped ? 'skipped' : 'runs'].join(', ')
    })
    expect(read).toEqual([
      'a group, group, runs',
      `does 'this', test, runs`,
      'does that, test, skipped',
      'does ${more}, test, runs',
      'does %s, test, runs',
    ])
  })

  it('that a row names have to be there and to run', () => {
    const known = titlesIn('test/a.test.ts', `it('runs', f); it.skip('rests', f)`)
    expect([
      faultsOf('1', [['a', 'runs']], known),
      faultsOf('2', [['a', 'rests']], known),
      faultsOf('3', [['a', 'is not']], known),
    ]).toEqual([[], ['2: a skips “rests”'], ['3: a has no test “is not”']])
  })

  it('are those of every test file', () => {
    const text = readFileSync(join(projectFolder, 'test/links.test.ts'), 'utf8')
    expect(titles).toEqual(expect.arrayContaining(titlesIn('test/links.test.ts', text)))
  })
})
