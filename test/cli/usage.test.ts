// What the command line refuses before it asks a server.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { nouns } from '../../src/cli/nouns/nouns.ts'
import { type StandIn, page, postern, standIn } from './process.ts'

const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')

let server: StandIn
beforeAll(async () => {
  server = await standIn(() => page([]))
})
afterAll(() => server.end())

const run = (...parameters: string[]) => postern(parameters, { environment: server.environment })
const asked = () => server.seen.splice(0)

describe('O25: a typing mistake does nothing', () => {
  it.each([
    [['users', 'list', '--limt', '3'], '--limit'],
    [['users', 'lst'], 'list'],
    [['user', 'list'], 'users'],
    [['grants', 'list', '--usr', 'ada'], '--user'],
    [['users', 'create', '--usernam', 'ada'], '--username'],
  ])('O25: %j ends with 2 and suggests %s', async (parameters, suggestion) => {
    expect({ ...(await run(...parameters)), asked: asked() }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`(Did you mean ${suggestion}?)`),
      asked: [],
    })
  })

  it('O25: a surplus argument', async () => {
    expect({ ...(await run('users', 'show', 'ada', 'bob')), asked: asked() }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: too many arguments for 'show'. Expected 1 argument but got 2: ada, bob.\n" +
        'See: npx postern users show --help\n',
      asked: [],
    })
  })

  it.each([
    ['import', 'run'],
    ['config', 'apply'],
  ])('O25: %s %s names a file that is not there', async (noun, verb) => {
    expect({ ...(await run(noun, verb, 'none.json')), asked: asked() }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: there is no file \S*none\.json\n$/),
      asked: [],
    })
  })

  it.each([
    ['a noun alone', ['users']],
    ['nothing at all', []],
    ['a missing argument', ['users', 'show']],
    ['a missing option', ['users', 'create']],
    ['an option without its value', ['users', 'list', '--q']],
    ['two forms at once', ['users', 'list', '--json', '--jsonl']],
    ['a value that is none of the choices', ['events', 'list', '--outcome', 'good']],
    ['a limit that is no number', ['users', 'list', '--limit', 'many']],
    ['a time that is none', ['events', 'list', '--since', 'yesterday']],
    ['no filter where one is needed', ['grants', 'list']],
    ['no change', ['users', 'update', 'ada']],
    ['an identifier that would be another path', ['clients', 'delete', '..', '--yes']],
    ['an empty identifier', ['clients', 'disable', '']],
    [
      'a client for people that is answered nowhere',
      ['clients', 'create', '--kind', 'spa', '--name', 'A'],
    ],
  ])('O25: %s ends with 2', async (_what, parameters) => {
    const { code, stdout, stderr } = await run(...parameters)
    expect({ code, stdout, asked: asked() }).toEqual({ code: 2, stdout: '', asked: [] })
    expect(stderr).not.toBe('')
  })
})

describe('what cannot be undone', () => {
  const destructive = nouns.flatMap(({ name, verbs }) =>
    verbs.filter((verb) => verb.destructive).map((verb) => [name, verb.name] as const),
  )

  it('is to delete, end, reset, revoke, withdraw, remove, undo or sign out', () => {
    expect(destructive.map((words) => words.join(' ')).sort()).toEqual([
      'clients delete',
      'clients delete-previous-secret',
      'clients revoke',
      'grants end',
      'import undo',
      'keys withdraw',
      'providers delete',
      'sessions end',
      'tokens delete',
      'users delete',
      'users remove-factors',
      'users reset',
      'users sign-out',
    ])
  })

  it.each(destructive)('%s %s needs --yes without a terminal', async (noun, verb) => {
    expect({ ...(await run(noun, verb, "it's")), asked: asked() }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: this cannot be undone and needs a confirmation. Without a terminal, run\n' +
        `  npx postern ${noun} ${verb} 'it'\\''s' --yes\n`,
      asked: [],
    })
  })
})

describe('the server and the token', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-cli-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const tell = (environment: Record<string, string>, ...parameters: string[]) =>
    postern(['users', 'list', ...parameters], { environment })

  it('no server is known', async () => {
    expect(await tell({ POSTERN_TOKEN: 'x' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no server is known: name one with --url or POSTERN_URL'),
    })
  })

  it('the token never travels in the clear', async () => {
    expect(await tell({ POSTERN_TOKEN: 'x' }, '--url', 'http://id.example.com')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: --url must be https: over http, anyone on the way could read the admin token\n',
    })
  })

  it('no token: 4', async () => {
    expect(await tell({}, '--url', 'https://id.example.com')).toEqual({
      code: 4,
      stdout: '',
      stderr:
        'error: no token for https://id.example.com: set POSTERN_TOKEN, or use --token-file\n',
    })
  })

  it('no option takes a token', async () => {
    expect(await tell(server.environment, '--token', 'x')).toMatchObject({ code: 2 })
  })

  it('a file has the token', async () => {
    const file = join(folder, 'token')
    writeFileSync(file, 'of-a-file\n')
    const { POSTERN_URL = '' } = server.environment
    const ended = await tell({ POSTERN_URL }, '--token-file', file, '--jsonl')
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('the local state has the address and the token', async () => {
    writeFileSync(join(folder, 'address'), `${server.origin}\n`)
    writeFileSync(join(folder, 'secrets.env'), 'ADMIN_TOKEN=of-the-state\n')
    chmodSync(join(folder, 'secrets.env'), 0o600)
    expect(await tell({ STATE_DIR: folder })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Nothing found.\n',
    })
  })

  it('the token of the local state is for this machine alone', async () => {
    expect(await tell({ STATE_DIR: folder }, '--url', 'https://id.example.com')).toMatchObject({
      code: 4,
    })
  })
})

describe('the help', () => {
  const commands = nouns.flatMap(({ name, verbs }) => verbs.map((verb) => [name, verb] as const))

  it('names every noun', async () => {
    const { code, stdout, stderr } = await run('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const { name } of nouns) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it('is not needed for the version', async () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest))
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('of a noun has an example', async () => {
    const { code, stdout } = await run('clients', '--help')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Example:\n  npx postern clients list --q Notes\n'),
    })
  })

  it('of a verb has an example', async () => {
    const { code, stdout } = await run('users', 'create', '--help')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(
        'Example:\n  npx postern users create --username ada --email ada@example.com\n',
      ),
    })
  })

  it('is written for each option and parameter', () => {
    const bare = commands.flatMap(([noun, verb]) =>
      [...(verb.options ?? []), ...(verb.parameters ?? []), verb]
        .filter(({ summary }) => summary === '')
        .map(() => `${noun} ${verb.name}`),
    )
    expect(bare).toEqual([])
  })
})
