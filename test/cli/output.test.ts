// What the command line prints: data on stdout, everything else on stderr.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandIn, page, postern, script, standIn } from './process.ts'

const people = [
  {
    id: 1,
    username: 'ada',
    email: 'ada@example.com',
    claims: { team: 'a,b' },
    created_at: 1_700_000_000,
  },
  { id: 2, username: '阿达', email: null, claims: {}, created_at: 1_700_000_060 },
]
/** What a stranger may call themselves. */
const nasty = {
  client_id: 'c1',
  client_name: '\u001b[31mred\u009b2J\u202egnp\u0007\nline<script>',
  origin: '=cmd()',
}

const day = {
  date: '2026-11-26',
  sign_ins: 7,
  refusals: 1,
  active_users: 3,
  tokens: { refresh_token: 4, password: 2 },
}

let server: StandIn
beforeAll(async () => {
  server = await standIn(({ method, url = '' }) => {
    if (url === '/admin/v1/users/1/reset') {
      return {
        status: 201,
        json: { link: 'https://id.example/reset#once', expires_at: 1_700_086_400 },
      }
    }
    if (url.startsWith('/admin/v1/users/1')) return { json: people[0] }
    if (url.startsWith('/admin/v1/statistics')) return { json: { days: [day] } }
    if (method === 'POST' && url === '/admin/v1/users') return { status: 201, json: people[0] }
    if (url === '/health/ready')
      return { status: 503, json: { status: 'unavailable', failing: ['KV'] } }
    if (url.startsWith('/admin/v1/clients/c1/secret')) {
      return { status: 201, json: { client_id: 'c1', client_secret: 'S3cret' } }
    }
    if (url.startsWith('/admin/v1/clients')) return page([nasty])
    if (url.startsWith('/admin/v1/tokens')) {
      return url.includes('cursor=') ? page([{ id: 2, name: 'b' }]) : page([{ id: 1 }], '1')
    }
    if (url.startsWith('/admin/v1/events')) {
      return page(
        Array.from({ length: 500 }, (_one, id) => ({ id, kind: 'user.signed-in' })),
        'more',
      )
    }
    return url.includes('cursor=') ? page([people[1]]) : page([people[0]], '1.next')
  })
})
afterAll(() => server.end())

const run = (...parameters: string[]) => postern(parameters, { environment: server.environment })

describe('the forms of a list', () => {
  it('a table for people', async () => {
    expect(await run('users', 'list')).toEqual({
      code: 0,
      stdout:
        'ID  USERNAME  E-MAIL           STATE    CREATED\n' +
        '1   ada       ada@example.com  enabled  2023-11-14 22:13Z\n' +
        '2   阿达                       enabled  2023-11-14 22:14Z\n',
      stderr: '',
    })
  })

  it('a table for a pipe fits what COLUMNS says', async () => {
    const environment = { ...server.environment, COLUMNS: '40' }
    expect(await postern(['users', 'list'], { environment })).toEqual({
      code: 0,
      stdout:
        'ID  USERNAME  E-MAIL           STATE\n' +
        '1   ada       ada@example.com  enabled\n' +
        '2   阿达                       enabled\n',
      stderr: 'No room for CREATED: use a wider terminal, or --json\n',
    })
  })

  it('--limit asks for no more, and says that there are more', async () => {
    const { stdout, stderr } = await run('users', 'list', '--limit', '1')
    expect({ lines: stdout.split('\n').length, stderr }).toEqual({
      lines: 3,
      stderr: 'There are more than these 1: --all lists every one.\n',
    })
  })

  it('--json prints one document', async () => {
    const { stdout } = await run('users', 'list', '--json', '--all')
    expect(JSON.parse(stdout)).toEqual({ items: people, next_cursor: null })
  })

  it('--json has the cursor of what was not printed', async () => {
    const { stdout } = await run('users', 'list', '--json', '--limit', '1')
    expect(JSON.parse(stdout)).toEqual({ items: [people[0]], next_cursor: '1.next' })
  })

  it('--jsonl prints an object a line', async () => {
    const { stdout } = await run('users', 'list', '--jsonl')
    expect(stdout).toBe(people.map((one) => `${JSON.stringify(one)}\n`).join(''))
  })

  it('--only prints one member of each', async () => {
    expect(await run('users', 'list', '--only', 'username')).toMatchObject({
      stdout: 'ada\n阿达\n',
    })
  })

  it('--only of a member that there is not ends with 2 and names those that there are', async () => {
    expect(await run('users', 'list', '--only', 'nam')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: --only nam: there is no such member, only id, username, email, claims, created_at\n',
    })
  })

  it('--csv prints a heading and a line each', async () => {
    const { stdout } = await run('users', 'list', '--csv')
    expect(stdout).toBe(
      'id,username,email,claims,created_at\r\n' +
        '1,ada,ada@example.com,"{""team"":""a,b""}",1700000000\r\n' +
        '2,阿达,,{},1700000060\r\n',
    )
  })

  it('--csv says which members its heading lacks, because only a later page has them', async () => {
    expect(await run('tokens', 'list', '--csv')).toEqual({
      code: 0,
      stdout: 'id\r\n1\r\n2\r\n',
      stderr: 'The heading has no name: use --jsonl for all members\n',
    })
  })
})

describe('the forms of one object', () => {
  it('a line for each member', async () => {
    const { stdout } = await run('users', 'show', '1')
    expect(stdout).toBe(
      'id          1\n' +
        'username    ada\n' +
        'email       ada@example.com\n' +
        'claims      team: a,b\n' +
        'created_at  2023-11-14 22:13:20Z\n',
    )
  })

  it('a user without a password gets a link to set one', async () => {
    const create = ['users', 'create', '--username', 'ada', '--role', 'admin']
    const { stdout, stderr } = await run(...create)
    expect({ last: stdout.split('\n').slice(-3), stderr }).toEqual({
      last: [
        'link             https://id.example/reset#once',
        'link_expires_at  2023-11-15 22:13:20Z',
        '',
      ],
      stderr: 'Keep the link: it is shown only this once.\n',
    })
    expect(await run(...create, '--only', 'link')).toEqual({
      code: 0,
      stdout: 'https://id.example/reset#once\n',
      stderr: '',
    })
  })

  it('a server that is not ready says what fails: 1', async () => {
    expect(await run('health')).toEqual({
      code: 1,
      stdout: 'status   unavailable\nfailing  KV\n',
      stderr: 'error: the server is not ready\n',
    })
  })

  it('statistics are a line for each day', async () => {
    const { stdout } = await run('stats', '--days', '1')
    expect(stdout).toBe(
      'DATE        SIGN-INS  REFUSALS  ACTIVE USERS  TOKENS\n' +
        '2026-11-26  7         1         3             6\n',
    )
  })

  it('--only secret prints a secret alone', async () => {
    expect(await run('clients', 'rotate-secret', 'c1', '--only', 'secret')).toEqual({
      code: 0,
      stdout: 'S3cret\n',
      stderr: '',
    })
  })

  it('a misspelled --only does not lose a secret that is shown once', async () => {
    expect(await run('clients', 'rotate-secret', 'c1', '--only', 'sercet')).toEqual({
      code: 1,
      stdout: '{"client_id":"c1","client_secret":"S3cret"}\n',
      stderr: 'error: the answer has no member sercet, so all of it was printed\n',
    })
  })
})

describe('O22: names of strangers', () => {
  it('O22: no escape sequence and no change of direction in a table', async () => {
    const { stdout } = await run('clients', 'list')
    expect(stdout.split('\n')[1]).toMatch(/^c1 {9}\[31mred2Jgnp line<script> /)
  })

  it('O22: nor in JSON, which says all of them by their numbers', async () => {
    const { stdout } = await run('clients', 'list', '--jsonl')
    expect(JSON.parse(stdout)).toEqual(nasty)
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  })

  it('O22: a formula in CSV has an apostrophe in front', async () => {
    const { stdout } = await run('clients', 'list', '--csv')
    expect(stdout).toMatch(/,'=cmd\(\)\r\n$/)
  })

  it('O22: nor in what the server says is wrong', async () => {
    const angry = await standIn(() => ({ status: 400, json: { detail: 'bad \u001b[2Jname' } }))
    const { stderr } = await postern(['users', 'list'], { environment: angry.environment })
    angry.end()
    expect(stderr).toBe('error: bad [2Jname\n')
  })
})

describe('O26: nobody takes what is printed', () => {
  // `/dev/full` is a full disk of Linux.
  it.runIf(process.platform === 'linux').each([
    ['a table', ['users', 'list']],
    ['JSON', ['users', 'list', '--json']],
    ['an export', ['events', 'export']],
    ['the help', ['--help']],
  ])('O26: %s to a full disk ends with 1 and says why', async (_what, parameters) => {
    const stdout = openSync('/dev/full', 'w')
    const ended = await postern(parameters, { environment: server.environment, stdout })
    closeSync(stdout)
    const [first] = ended.stderr.split('\n').filter((line) => line.startsWith('error: '))
    expect({ code: ended.code, first }).toEqual({
      code: 1,
      first: 'error: the output could not be written: no space is left on the device',
    })
  })

  it.runIf(process.platform !== 'win32')('O26: a reader that goes ends it quietly', async () => {
    const { PATH = '' } = process.env
    const line = `"$0" "$1" events export | head -n 1`
    const child = spawn('sh', ['-c', line, process.execPath, script], {
      env: { PATH, ...server.environment },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    await once(child, 'close')
    expect({ stdout, stderr }).toEqual({
      stdout: '{"id":0,"kind":"user.signed-in"}\n',
      stderr: '',
    })
  })
})
