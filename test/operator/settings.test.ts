import { expect, it } from 'vitest'
import { readSettings } from '../../src/core/settings.ts'
import { settingNames } from '../../src/operator/development-settings.ts'
import { formatEnvFile, parseEnvFile } from '../../src/operator/env-file.ts'

it('npm start knows every setting that the worker reads', () => {
  const asked = new Set<string>()
  const note = (name: string | symbol) => void (typeof name === 'string' && asked.add(name))
  readSettings(
    new Proxy(
      {},
      {
        get: (_, name) => note(name),
        has: (_, name) => (note(name), false),
      },
    ),
  )
  expect([...settingNames].sort()).toEqual(
    [...asked].filter((name) => /^[A-Z_]+$/.test(name)).sort(),
  )
})

// Nothing else has loaded zod here, whose classic API would bring the words along.
it('faults are told in words, by the name of the setting', () => {
  const { faults } = { faults: [], ...readSettings({ ADMIN_TOKEN: '', SESSION_LIFETIME: '59' }) }
  expect(faults).toEqual([
    'ADMIN_TOKEN: is required',
    'MASTER_KEY: Invalid input: expected string, received undefined',
    'SESSION_LIFETIME: Too small: expected number to be >=60',
  ])
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
