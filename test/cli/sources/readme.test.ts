import { expect, it } from 'vitest'
import frontPage from '../../../README.md?raw'
import readme from '../../../src/cli/sources/README.md?raw'
import { sourceNames } from '../../../src/cli/sources/source.ts'
import { sources } from '../../../src/cli/sources/sources.ts'

it('the README has every source, in the order of the table', () => {
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
  expect(rows).toEqual(sourceNames)
})

it('the front page counts the systems: all but a second file of Auth0, any CSV and Postern itself', () => {
  const systems = sourceNames.filter((name) => !['auth0-import', 'csv', 'postern'].includes(name))
  expect({
    systems: systems.length,
    text: frontPage.includes('[Auth0, Keycloak, Firebase, Cognito and eleven others]'),
  }).toEqual({ systems: 4 + 11, text: true })
})

it('the README says for which sources --keep-sub is refused', () => {
  const [, text = ''] = /It is refused for ([^.]*?), unless/s.exec(readme) ?? []
  const named = [...text.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name)
  expect(named).toEqual(sources.filter(({ subject }) => subject === 'none').map(({ name }) => name))
})
