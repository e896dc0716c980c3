import { describe, expect, it } from 'vitest'
import { jsonLines, read } from './rows.ts'

describe('postern', () => {
  it('reads its own export: the members are those of the import protocol', async () => {
    const ada = {
      external_id: 'a1',
      sub: 'auth0|a1',
      username: 'ada',
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
      disabled: true,
      created_at: 1700000000,
      claims: { plan: 'gold', list: [1] },
      roles: ['admin'],
      scope: 'openid read',
      password: { hash: '$2b$10$abc', temporary: true },
      totp: 'JBSWY3DPEHPK3PXP',
      links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
    }
    const bob = { sub: 'usr_2', username: 'bob', disabled: false, password: { reset: true } }
    const text = jsonLines(ada, bob)
    expect(await read({ 'users.jsonl': text }, { keepSub: true })).toEqual({
      source: 'postern',
      rows: [
        { file: 'users.jsonl', line: 1, person: { line: 1, ...ada } },
        {
          file: 'users.jsonl',
          line: 2,
          person: {
            line: 2,
            external_id: 'usr_2',
            sub: 'usr_2',
            username: 'bob',
            password: { reset: true },
          },
        },
      ],
    })
  })

  it('reads the users of the folder that export run writes', async () => {
    const ada = { sub: 'usr_1', username: 'ada' }
    const files = {
      'out/manifest.json': '{}',
      'out/clients.jsonl': jsonLines({ client_id: 'web' }),
      'out/users.jsonl': jsonLines(ada),
    }
    expect(await read(files)).toMatchObject({
      source: 'postern',
      rows: [{ line: 1, person: { username: 'ada' } }],
    })
  })

  it('keeps the sub unasked: it is in the tokens of apps', async () => {
    const ada = { sub: 'usr_1', username: 'ada' }
    expect((await read({ 'users.jsonl': jsonLines(ada) })).rows).toEqual([
      { file: 'users.jsonl', line: 1, person: { line: 1, external_id: 'usr_1', ...ada } },
    ])
  })
})
