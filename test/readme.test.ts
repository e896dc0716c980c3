// What the pages for people who begin tell of the server is so.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configurationFrom } from '../src/dialects/configuration.ts'
import { dialects } from '../src/dialects/dialects.ts'
import { readHost } from '../src/operator/listen-address.ts'
import { testSettings } from './support/settings.ts'

const textOf = (page: string): string =>
  readFileSync(join(import.meta.dirname, '..', page), 'utf8').replaceAll(/\s+/g, ' ')

const readme = textOf('README.md')
const operator = textOf('src/operator/README.md')

it('U07: the README registers an app, makes a user and protects an API before any older system', () => {
  const marks = ['/admin/v1/clients', '/admin/v1/users', 'jwtVerify(', 'grant_type=password']
  const places = marks.map((mark) => readme.indexOf(mark))
  expect(places.filter((place) => place < 0)).toEqual([])
  expect(places).toEqual(places.toSorted((one, other) => one - other))
})

it('U18: the pages say for how long an API believes a token that was revoked', () => {
  const outcome = configurationFrom(testSettings)
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  const minutes = outcome.settings.lifetimes.accessToken / 60
  expect(readme).toContain(`accepts one until it expires, up to ${minutes} minutes by default`)
  expect(operator).toContain(
    `accepts a revoked token until it expires: up to \`ACCESS_TOKEN_LIFETIME\` (${minutes} minutes)`,
  )
})

it('U18: the operator’s page names the addresses and the pair that is drawn anew', () => {
  const addresses = ['127.0.0.1', '::1', '0.0.0.0']
  expect(addresses.map(readHost)).toEqual(addresses)
  expect(operator).toContain('| `HOST` | address to listen on: `127.0.0.1`, `::1`, `0.0.0.0`')
  const drawn = dialects.filter(({ demo }) => demo.drawnClient !== null).map(({ name }) => name)
  expect(drawn).toEqual(['comic-clan'])
  expect(operator).toContain('same at every boot, except the Comic Clan pair, which is drawn anew')
})
