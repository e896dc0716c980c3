// The command line against Postern itself, as `npm start` starts it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newBench } from '../operator/boot.ts'
import { type Ended, postern } from './process.ts'

const bench = newBench()
const environment = { STATE_DIR: bench.stateFolder }
let origin = ''

beforeAll(async () => {
  origin = (await bench.serve()).origin
})
afterAll(async () => {
  await bench.endAll()
  bench.remove()
})

/** Runs a command that finds the server and its token by the state folder. */
const run = (...parameters: string[]): Promise<Ended> => postern(parameters, { environment })
const runWith = (stdin: string, ...parameters: string[]): Promise<Ended> =>
  postern(parameters, { environment, stdin })

/** Runs a command that must succeed, and returns its JSON. */
async function json(...parameters: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...parameters, '--json')
  if (code !== 0) throw new Error(`${code} ${stderr}`)
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
}

const items = async (...parameters: string[]): Promise<Record<string, unknown>[]> =>
  z.array(z.record(z.string(), z.unknown())).parse((await json(...parameters)).items)

describe('npx postern', () => {
  const checkout = join(import.meta.dirname, '..', '..')

  it('runs in a checkout, with the Node that the project brings', () => {
    const command = ['users', 'show', 'admin', '--only', 'username']
    const { status, stdout, stderr } = spawnSync('npx', ['postern', ...command], {
      cwd: checkout,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      env: { ...process.env, ...environment },
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'admin\n', stderr: '' })
  })
})

describe('users', () => {
  it('is created with a password from stdin, which signs in', async () => {
    const parameters = ['users', 'create', '--username', 'ada', '--email', 'ada@example.com']
    const more = ['--role', 'editor', '--password-stdin', '--only', 'id']
    const { code, stdout } = await runWith('correct horse battery\n', ...parameters, ...more)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) })
    expect(await json('users', 'show', 'ada')).toMatchObject({
      username: 'ada',
      email: 'ada@example.com',
      role: 'editor',
      disabled: false,
    })
  })

  it('is found by id, username, e-mail address and sub', async () => {
    const user = await json('users', 'show', 'ada')
    for (const name of [String(user.id), 'ADA', 'ada@example.com', String(user.sub)]) {
      expect(await json('users', 'show', name)).toEqual(user)
    }
  })

  it('is listed by the filters of the admin interface', async () => {
    expect(await items('users', 'list', '--q', 'ada')).toHaveLength(1)
    expect(await items('users', 'list', '--role', 'editor')).toHaveLength(1)
    expect(await items('users', 'list', '--email', 'nobody@example.com')).toEqual([])
    expect(await items('users', 'list', '--created-before', '2020-01-01')).toEqual([])
  })

  it('is disabled and enabled', async () => {
    expect(await json('users', 'disable', 'ada')).toMatchObject({ disabled: true })
    expect(await items('users', 'list', '--disabled')).toHaveLength(1)
    expect(await json('users', 'enable', 'ada')).toMatchObject({ disabled: false })
  })

  it('is changed; an empty text removes what was there', async () => {
    const changed = await json('users', 'update', 'ada', '--name', 'Ada Lovelace', '--role', '')
    expect(changed).toMatchObject({ name: 'Ada Lovelace', role: null, email: 'ada@example.com' })
  })

  it('is unlocked, and has no sessions and grants yet', async () => {
    expect(await run('users', 'unlock', 'ada')).toMatchObject({ code: 0, stdout: '' })
    expect(await items('users', 'sessions', 'ada')).toEqual([])
    expect(await items('users', 'grants', 'ada')).toEqual([])
    expect(await items('sessions', 'list', '--user', 'ada')).toEqual([])
    expect(await items('grants', 'list', '--user', 'ada')).toEqual([])
  })

  it('a taken name is a conflict: 5', async () => {
    const again = ['users', 'create', '--username', 'ada', '--no-link']
    expect(await run(...again)).toEqual({
      code: 5,
      stdout: '',
      stderr: 'error: already in use\n  username is the username or email of another user\n',
    })
  })

  it('a bad value is refused: 1', async () => {
    const { code } = await run('users', 'create', '--username', 'b b', '--email', 'x', '--no-link')
    expect(code).toBe(1)
  })

  it('is deleted, and then not found: 3', async () => {
    expect(await run('users', 'delete', 'ada', '--yes')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Deleted.\n',
    })
    expect(await run('users', 'show', 'ada')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: no such user: ada\n',
    })
  })

  it('all of them are listed, however many pages they need', async () => {
    for (const username of ['page1', 'page2', 'page3']) {
      await run('users', 'create', '--username', username, '--no-link')
    }
    const first = await json('users', 'list', '--q', 'page', '--limit', '2')
    const rest = await items('users', 'list', '--q', 'page', '--cursor', String(first.next_cursor))
    expect(rest.map(({ username }) => username)).toEqual(['page3'])
    expect(await items('users', 'list', '--q', 'page', '--all')).toHaveLength(3)
  })
})

describe('clients', () => {
  it.each([
    ['spa', 'none', ['authorization_code', 'refresh_token']],
    ['server', 'client_secret_basic', ['authorization_code', 'refresh_token']],
    ['native', 'none', ['authorization_code', 'refresh_token']],
    ['service', 'client_secret_basic', ['client_credentials']],
    [
      'agent',
      'none',
      ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    ],
  ])('of kind %s authenticates by %s', async (kind, method, grants) => {
    const redirects = ['--redirect-uri', 'http://127.0.0.1/callback']
    const client = await json(
      ...['clients', 'create', '--kind', kind, '--name', `A ${kind}`],
      ...(kind === 'service' ? ['--scope', 'reports:read'] : redirects),
    )
    expect(client).toMatchObject({
      client_name: `A ${kind}`,
      token_endpoint_auth_method: method,
      grant_types: grants,
    })
    expect('client_secret' in client).toBe(method !== 'none')
  })

  it('a service gets a token with the secret that was printed alone', async () => {
    const id = 'reporter'
    const create = ['clients', 'create', '--kind', 'service', '--name', 'R', '--id', id]
    const { stdout } = await run(...create, '--scope', 'reports:read', '--only', 'secret')
    const answer = await fetch(`${origin}/oauth2/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${id}:${stdout.trim()}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(await answer.json()).toMatchObject({ token_type: 'Bearer', scope: 'reports:read' })
  })

  it('has several redirect URIs', async () => {
    const uris = ['https://a.example/cb', 'https://b.example/cb']
    const create = ['clients', 'create', '--kind', 'spa', '--name', 'Two']
    const client = await json(...create, ...uris.flatMap((uri) => ['--redirect-uri', uri]))
    expect(client.redirect_uris).toEqual(uris)
  })

  it('has a new secret beside the one before, until that is ended', async () => {
    expect(await json('clients', 'rotate-secret', 'reporter')).toMatchObject({
      previous_secret: true,
      client_secret: expect.any(String),
    })
    expect(await run('clients', 'delete-previous-secret', 'reporter', '--yes')).toMatchObject({
      code: 0,
    })
    expect(await json('clients', 'show', 'reporter')).toMatchObject({ previous_secret: false })
  })

  it('is disabled, enabled, revoked and deleted', async () => {
    expect(await json('clients', 'disable', 'reporter')).toMatchObject({ disabled: true })
    expect(await json('clients', 'enable', 'reporter')).toMatchObject({ disabled: false })
    expect(await run('clients', 'revoke', 'reporter', '--yes')).toMatchObject({ code: 0 })
    expect(await items('grants', 'list', '--client', 'reporter')).toEqual([])
    expect(await run('clients', 'delete', 'reporter', '--yes')).toMatchObject({ code: 0 })
    expect(await run('clients', 'show', 'reporter')).toMatchObject({ code: 3 })
  })

  it('is listed by the beginning of its name', async () => {
    expect(await items('clients', 'list', '--q', 'two')).toMatchObject([{ client_name: 'Two' }])
  })
})

describe('admin tokens', () => {
  it('O13: a token that may only read writes nothing: 4, and says which scope it lacks', async () => {
    const create = ['tokens', 'create', '--name', 'reader', '--scope', 'read', '--only', 'secret']
    const { stdout } = await run(...create)
    const reader = { ...environment, POSTERN_TOKEN: stdout.trim() }
    const write = ['users', 'create', '--username', 'nobody', '--no-link']
    expect(await postern(['users', 'list'], { environment: reader })).toMatchObject({ code: 0 })
    expect(await postern(write, { environment: reader })).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: the token lacks the scope users\n',
    })
    expect(await items('users', 'list', '--username', 'nobody')).toEqual([])
  })

  it('is listed without its text, and ends at once', async () => {
    const [token] = await items('tokens', 'list')
    expect(token).toMatchObject({ name: 'reader', scope: 'read' })
    expect(token).not.toHaveProperty('token')
    expect(await run('tokens', 'delete', String(token?.id), '--yes')).toMatchObject({ code: 0 })
    expect(await items('tokens', 'list')).toEqual([])
  })

  it('O23: a wrong token: 4', async () => {
    const wrong = { ...environment, POSTERN_TOKEN: 'wrong' }
    expect(await postern(['users', 'list'], { environment: wrong })).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: the admin token is wrong\n',
    })
  })
})

describe('keys', () => {
  it('are listed, rotated and withdrawn', async () => {
    const { kids } = z.object({ kids: z.array(z.string()) }).parse(await json('keys', 'rotate'))
    const listed = (await items('keys', 'list')).map(({ kid }) => kid)
    expect(kids.filter((kid) => !listed.includes(kid))).toEqual([])
    const [kid = ''] = kids
    expect(await run('keys', 'withdraw', kid, '--yes')).toMatchObject({ code: 0 })
    expect(await run('keys', 'withdraw', 'nope', '--yes')).toMatchObject({ code: 3 })
  })

  it('O39: rewrap says what is left', async () => {
    const { code, stdout, stderr } = await run('keys', 'rewrap', '--json')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Everything stored is sealed under the first key/),
    })
    expect(JSON.parse(stdout)).toMatchObject({ rewrapped: 0, remaining: { signing_keys: 0 } })
  })
})

describe('providers', () => {
  it('are created with a secret from stdin, shown without it, and deleted', async () => {
    const create = ['providers', 'create', '--id', 'google', '--label', 'Google']
    const more = ['--issuer', 'https://accounts.google.com', '--client-id', 'us']
    const { code, stdout } = await runWith(
      'the-secret',
      ...[...create, ...more, '--client-secret-stdin', '--only', 'redirect_uri'],
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('/google') })
    const shown = await json('providers', 'show', 'google')
    expect(shown).toMatchObject({ label: 'Google', client_secret_set: true })
    expect(JSON.stringify(shown)).not.toContain('the-secret')
    expect(await run('providers', 'delete', 'google', '--yes')).toMatchObject({ code: 0 })
    expect(await items('providers', 'list')).toEqual([])
  })
})

describe('events', () => {
  it('are listed by kind, with names', async () => {
    const [event] = await items('events', 'list', '--kind', 'client.created', '--limit', '1')
    expect(event).toMatchObject({ kind: 'client.created', actor: 'root', client_name: 'Two' })
  })

  it('are exported whole, newest first, one a line', async () => {
    const { code, stdout } = await run('events', 'export', '--since', '1h')
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => z.object({ id: z.number() }).parse(JSON.parse(line)).id)
    const all = await items('events', 'list', '--all', '--since', '1h')
    expect({ code, ids }).toEqual({ code: 0, ids: all.map(({ id }) => id) })
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
  })

  it('go on after a cursor', async () => {
    const since = ['--since', '2020-01-01']
    const { stdout } = await run('events', 'export', ...since)
    const start = await json('events', 'list', ...since, '--limit', '2')
    const rest = await run('events', 'export', ...since, '--cursor', String(start.next_cursor))
    expect(rest.stdout).toBe(stdout.split('\n').slice(2).join('\n'))
  })
})

describe('when npm start has ended', () => {
  it('no server is known any more', async () => {
    await bench.endAll()
    expect(await run('users', 'list')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no server is known'),
    })
  })
})
