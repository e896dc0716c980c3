// Out of one Postern and into another: the same people, with the same passwords.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answererAt, newBench } from '../operator/boot.ts'
import { read } from '../support/http.ts'
import { beginImport, importRows } from '../support/imports.ts'
import { admin, registerClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { passwordGrant } from '../support/tokens.ts'
import { postern } from './process.ts'

const { ADMIN_TOKEN } = testSettings
const own = { username: 'ada', password: 'correct horse battery staple' }
const imported = { username: 'grace', password: 'Grüße, Tür 7!' }

/** Users of another system: with a hash, without one, with a temporary one, with a second factor. */
const rows = [
  {
    line: 1,
    external_id: 'old|1',
    ...imported,
    password: { hash: '$2y$06$nIgkdYP8vppvTQF8yk7Hyuq69KnHmrqCPuwbvSf/0/KW1dpv55UDO' },
    email: 'grace@example.com',
    email_verified: true,
    name: 'Grace "Amazing" Hopper 🦄',
    created_at: 1_500_000_000,
    claims: { locale: 'en', teams: ['navy', 'cobol'] },
    roles: ['clerk'],
    scope: 'openid read',
    totp: 'JBSWY3DPEHPK3PXP',
    links: [
      { issuer: 'https://accounts.google.com', subject: '108' },
      { issuer: 'https://github.example', subject: '42' },
    ],
  },
  { line: 2, external_id: 'old|2', username: 'reset', password: { reset: true }, disabled: true },
  { line: 3, external_id: 'old|3', username: 'none', roles: ['a', 'b'] },
  {
    line: 4,
    external_id: 'old|4',
    username: 'temporary',
    password: { hash: '$P$6dKL/E.57Z0DOghY2E3Yy1Vqd6Tw.T0', temporary: true },
  },
]

describe('An export of users', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-round-trip-'))
  const [first, second] = [newBench(), newBench()]
  let origin = ''

  const command = (...parameters: string[]) =>
    postern(parameters, {
      environment: {
        POSTERN_URL: origin,
        POSTERN_TOKEN: ADMIN_TOKEN,
        STATE_DIR: join(folder, 'state'),
      },
    })

  const usersIn = (out: string): string => readFileSync(join(folder, out, 'users.jsonl'), 'utf8')

  const exportTo = async (out: string): Promise<string> => {
    const ended = await command('export', 'run', '--out', join(folder, out), '--with-hashes')
    expect(ended.code).toBe(0)
    return usersIn(out)
  }

  beforeAll(async () => {
    origin = (await first.serve({ ADMIN_TOKEN, PASSWORD_HASH: 'argon2id' })).origin
    const to = answererAt(origin)
    await admin('POST', '/users', own, to)
    const report = await importRows(await beginImport({}, to), rows, 1, to)
    expect(report).toMatchObject({ created: rows.length, failed: 0 })
    await exportTo('first')
    await first.endAll()
    // Without the users of the demo, who have the same names at both. One of the imported has an
    // authenticator app: their password alone counts only where no second factor does (P23).
    origin = (await second.serve({ ADMIN_TOKEN, MFA: 'off' })).origin
    const { body } = await read(
      await admin('GET', '/users?limit=500', undefined, answererAt(origin)),
    )
    const users: { id: number }[] = Object(body).items
    for (const { id } of users) {
      await admin('DELETE', `/users/${id}`, undefined, answererAt(origin))
    }
  }, 300_000)
  afterAll(async () => {
    for (const bench of [first, second]) {
      await bench.endAll()
      bench.remove()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  it('gives the same users at an empty server, as its own export shows', async () => {
    const file = join(folder, 'first', 'users.jsonl')
    const all = ['--source', 'postern', '--admin-roles', '--json']
    const { code, stdout, stderr } = await command('import', 'run', file, ...all)
    const count = usersIn('first').trimEnd().split('\n').length
    expect({ code, stderr, report: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      report: { source: 'postern', rows: count, created: count, failed: 0, errors: [] },
    })
    expect((await exportTo('second')).split('\n')).toEqual(usersIn('first').split('\n'))
  })

  it('and each of them signs in with the password that they had', async () => {
    const to = answererAt(origin)
    const client = await registerClient({}, to)
    const tries = [own, imported, { ...own, password: 'another' }]
    const answers = await Promise.all(tries.map((tried) => passwordGrant(client, tried, {}, to)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400])
  })

  it('refuses those who are there already', async () => {
    const file = join(folder, 'first', 'users.jsonl')
    const { stdout } = await command('import', 'run', file, '--source-id', 'again', '--json')
    const { created, failed, rows: count } = JSON.parse(stdout)
    expect({ created, failed }).toEqual({ created: 0, failed: count })
  })
})
