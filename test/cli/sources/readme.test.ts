import { expect, it } from 'vitest'
import readme from '../../../src/cli/sources/README.md?raw'
import { sourceNames } from '../../../src/cli/sources/source.ts'
import { sources } from '../../../src/cli/sources/sources.ts'

it('the README has every source, in the order of the table', () => {
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
  expect(rows).toEqual(sourceNames)
})

it('the README says for which sources --keep-sub is refused', () => {
  const [, text = ''] = /It is refused for ([^.]*?), unless/s.exec(readme) ?? []
  const named = [...text.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name)
  expect(named).toEqual(sources.filter(({ subject }) => subject === 'none').map(({ name }) => name))
})
