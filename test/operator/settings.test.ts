import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readAs } from '../../src/admin/json.ts'
import { configurationFrom, settingNames } from '../../src/dialects/configuration.ts'
import { dialects } from '../../src/dialects/dialects.ts'
import { givenSettings } from '../../src/operator/development-settings.ts'
import { formatEnvFile, parseEnvFile } from '../../src/operator/env-file.ts'
import * as v from '../../src/protocol/schema.ts'

it('npm start lets through the settings of the worker and of its dialects, and nothing else', () => {
  const ofDialects = dialects.flatMap(({ demo }) => Object.entries(demo.settings))
  const given = { ISSUER: 'https://a.example', BRAND_NAME: '', ...Object.fromEntries(ofDialects) }
  expect(givenSettings({ ...given, PATH: '/bin', HSTS: undefined })).toEqual(given)
})

it('every setting is documented', () => {
  const path = join(import.meta.dirname, '..', '..', 'src', 'operator', 'README.md')
  const documentation = readFileSync(path, 'utf8')
  const documented = new Set(
    [...documentation.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([A-Z\d_]+)`/g)].map(([, name = '']) => name),
    ),
  )
  const undocumented = [...settingNames(), 'PORT', 'HOST', 'STATE_DIR'].filter(
    (name) => !documented.has(name),
  )
  expect(undocumented).toEqual([])
})

it('every fault is told at once, in words, by the name of its setting', () => {
  const { faults } = {
    faults: [],
    ...configurationFrom({
      ISSUER: 'https://auth.example/',
      ADMIN_TOKEN: 'short',
      DIALECTS: 'klingon',
      DEVELOPMENT: 'yes',
      SESSION_LIFETIME: '59',
      JWKS_MAX_AGE: ' ',
      BRAND_NAME: {},
      BRAND_ACCENT: 'red',
      BRAND_LOGO_DARK_URL: 'https://a.example/dark.svg',
      BRAND_NAME_SHOWN: 'false',
      BRAND_ICON_URL: 'http://a.example/icon.png',
      BRAND_SHAPE: 'round',
      BRAND_PRIVACY_URL: 'javascript:alert(1)',
      BRAND_HELP_URL: 'mailto:',
      CLIENT_LOGO_ORIGINS: 'https://cdn.example/logos',
      SCOPE_TEXTS: '{"orders:read":{"en":""}}',
    }),
  }
  expect(faults).toEqual([
    'DEVELOPMENT: must be true or false',
    'ISSUER: must be an origin in lower case, without a path or trailing slash',
    'ADMIN_TOKEN: must have at least 32 characters',
    'MASTER_KEY: is required',
    'SESSION_LIFETIME: must be a whole number from 60 to 31536000',
    'JWKS_MAX_AGE: must be a whole number from 0 to 86400',
    'BRAND_NAME: must be text',
    'BRAND_LOGO_DARK_URL: needs BRAND_LOGO_URL',
    'BRAND_NAME_SHOWN: can be false only where BRAND_LOGO_URL says the name',
    'BRAND_ICON_URL: must be an https URL',
    'BRAND_ACCENT: must be a colour like #1f5f8b',
    'BRAND_SHAPE: must be one of arch, plain',
    'BRAND_PRIVACY_URL: must be an https URL or a mailto: address',
    'BRAND_HELP_URL: must be an https URL or a mailto: address',
    'CLIENT_LOGO_ORIGINS: must be https origins, separated by commas',
    'SCOPE_TEXTS: must be JSON such as {"orders:read":{"en":"see your orders"}}, with at most 300 characters a text',
    `DIALECTS: must be of ${dialects.map(({ name }) => name).join(', ')}`,
  ])
})

it.each(['schlüssel', '€uro', ' token', 'token ', 'to\nken'])(
  'an admin token that no header can carry is a fault: %j',
  (ADMIN_TOKEN) => {
    const MASTER_KEY = `k:${'A'.repeat(43)}`
    expect(configurationFrom({ DEVELOPMENT: 'true', ADMIN_TOKEN, MASTER_KEY })).toEqual({
      faults: ['ADMIN_TOKEN: must be printable ASCII, without a space at either end'],
    })
  },
)

it('what stands in wrangler.toml without quotes counts as if it had them', () => {
  const given = {
    DEVELOPMENT: true,
    ADMIN_TOKEN: 'admin',
    MASTER_KEY: `k:${'A'.repeat(43)}`,
    SESSION_LIFETIME: 600,
  }
  const { settings } = { settings: null, ...configurationFrom(given) }
  expect(settings?.development).toBe(true)
  expect(settings?.lifetimes.session).toBe(600)
})

it('the faults of a body are told in words, too', () => {
  const schema = () => v.strictObject({ name: v.string() })
  expect(() => readAs(schema, { name: 7 })).toThrow(
    expect.objectContaining({
      errors: [{ field: 'name', detail: 'must be a string' }],
    }),
  )
})

it.each([
  'plain',
  'with space # and hash',
  `it's "both"`,
  'back`tick',
  '[{"a":"b"}]',
  'C:\\new',
  '',
])('a value survives the env file: %s', (value) => {
  expect(parseEnvFile(formatEnvFile({ NAME: value }))).toEqual({ NAME: value })
})

it.each(['garbage', '=value', 'NAME', '{"json": true}', 'A=1\n<html>'])(
  'an env file is refused for a line that is no setting: %s',
  (text) => {
    expect(parseEnvFile(text)).toBe(null)
  },
)

it('the platform keeps no URL: neither of a request in its logs nor of a call in a trace', () => {
  const path = join(import.meta.dirname, '..', '..', 'wrangler.toml')
  const text = readFileSync(path, 'utf8')
  const section = (name: string) =>
    new RegExp(`^\\[${name.replace('.', '\\.')}\\]\n((?:[a-z].*\n)*)`, 'm').exec(text)?.[1]
  expect({
    logs: section('observability.logs'),
    traces: section('observability.traces'),
  }).toEqual({ logs: 'enabled = true\ninvocation_logs = false\n', traces: 'enabled = false\n' })
})
