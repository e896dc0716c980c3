// The list of modules says what the tests show: no module without a test of its name, no test that is
// named for a module and not in the list.
import { expect, it } from 'vitest'
import readme from '../README.md?raw'
import { moduleNames, moduleTable } from './modules.ts'

const sources = import.meta.glob<string>('./*.test.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** The modules that the tests name, by file. */
const named = Object.fromEntries(
  Object.entries(sources).map(([path, source]) => [
    path.replace('./', ''),
    [...source.matchAll(/'(fapi2-security-profile-final-[\w-]+)/g)].map(([, name = '']) => name),
  ]),
)

it('each module has its test, and no other is named', () => {
  expect([...new Set(Object.values(named).flat())].sort()).toEqual(moduleNames.toSorted())
})

it('the modules are the table of test/README.md', () => {
  expect(readme).toContain(moduleTable(named))
})
