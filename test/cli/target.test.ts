import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTarget } from '../../src/cli/target.ts'

const environment = { STATE_DIR: '/nowhere', POSTERN_TOKEN: 'x' }

describe('the address of the server', () => {
  it.each([
    ['https://id.example.com', 'https://id.example.com'],
    ['https://id.example.com/', 'https://id.example.com'],
    ['HTTPS://ID.example.com:443', 'https://id.example.com'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
  ])('%s is taken', (url, origin) => {
    expect(readTarget({ url }, environment)).toEqual({ origin, token: 'x' })
  })

  it.each([
    ['http://id.example.com', 'must be https'],
    ['http://localhost.example.com', 'must be https'],
    ['http://127.0.0.1.example.com', 'must be https'],
    ['http://10.0.0.1', 'must be https'],
    ['https://user:secret@id.example.com', 'must have no user'],
    ['https://id.example.com/admin/v1', 'must be an origin such as https://id.example.com'],
    ['ftp://id.example.com', 'must be an https URL'],
    ['id.example.com', 'is no URL'],
    ['', 'is no URL'],
  ])('%s is refused', (url, reason) => {
    expect(() => readTarget({ url }, environment)).toThrow(reason)
  })

  it('an option counts before the environment', () => {
    const target = readTarget(
      { url: 'https://option.example' },
      { ...environment, POSTERN_URL: 'https://environment.example' },
    )
    expect(target.origin).toBe('https://option.example')
  })
})

it.each(['two words', 'line\nbreak', 'größe'])('%j is no token, and is not shown', (token) => {
  const given = { ...environment, POSTERN_TOKEN: token }
  expect(() => readTarget({ url: 'https://id.example.com' }, given)).toThrow(
    'POSTERN_TOKEN has no token: a token is one line of printable ASCII without spaces',
  )
})

it('the token of a local server is the one that it runs with, which may be another than the saved one', () => {
  const STATE_DIR = mkdtempSync(join(tmpdir(), 'postern-target-'))
  try {
    const tokenOf = () => readTarget({ url: 'http://localhost:8787' }, { STATE_DIR }).token
    writeFileSync(join(STATE_DIR, 'secrets.env'), 'ADMIN_TOKEN=saved\n')
    const saved = tokenOf()
    writeFileSync(join(STATE_DIR, 'settings.env'), 'ADMIN_TOKEN=given\n')
    expect({ saved, given: tokenOf() }).toEqual({ saved: 'saved', given: 'given' })
  } finally {
    rmSync(STATE_DIR, { recursive: true })
  }
})
