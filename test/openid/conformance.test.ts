// The list of conformance modules says what the tests show: no module without a test of its name, no
// test that is named for a module and not in the list.
import { describe, expect, it } from 'vitest'
import readme from '../README.md?raw'
import { conformanceTable, plans } from './conformance.ts'

const sources = import.meta.glob<string>('./*.test.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** The modules that a test file names, those of `describe.each` included. */
function modulesIn(file: string): string[] {
  const source = sources[`./${file}`] ?? ''
  const each = /describe\.each\(\['page', 'popup'\]\)\('oidcc-display-%s'/.test(source)
    ? ['oidcc-display-page', 'oidcc-display-popup']
    : []
  const named = [...source.matchAll(/^(?:describe\(|  \[)'(oidcc-[\w-]+)/gm)].map(
    ([, name = '']) => name,
  )
  return [...named, ...each]
}

describe('The conformance modules', () => {
  it.each(plans.map(({ title, file, modules }) => [title, file, modules] as const))(
    '%s: each has its tests in %s, and no other is there',
    (_title, file, modules) => {
      expect(modulesIn(file).sort()).toEqual(modules.map(({ name }) => name).sort())
    },
  )

  it('are as many as the plans have', () => {
    expect(plans.map(({ modules }) => modules.length)).toEqual([38, 1, 11, 2])
  })

  it('are the table of test/README.md', () => {
    expect(readme.slice(readme.indexOf('| plan |')).trim()).toBe(conformanceTable())
  })
})
