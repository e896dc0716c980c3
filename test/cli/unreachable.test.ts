// What the command line does where the server does not answer, or answers something else.
import { afterEach, describe, expect, it } from 'vitest'
import { newDocumentSite } from '../agents/document-site.ts'
import { freePort } from '../operator/boot.ts'
import { type Reply, type StandIn, begin, page, postern, standIn } from './process.ts'

const running: StandIn[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.end()
})

async function serve(reply: (count: number) => Reply): Promise<StandIn> {
  const server = await standIn((_request, count) => reply(count))
  running.push(server)
  return server
}

const problem = (status: number, detail: string, headers = {}): Reply => ({
  status,
  json: { type: 'about:blank', title: 'Problem', status, detail },
  headers,
})

const html: Reply = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end('<!doctype html><title>Welcome</title>')
}

describe('O23: one clear line on stderr', () => {
  it('O23: nothing listens: 6', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`
    const environment = { POSTERN_URL: origin, POSTERN_TOKEN: 'x' }
    expect(await postern(['users', 'list', '--json'], { environment })).toEqual({
      code: 6,
      stdout: '',
      stderr: `error: nothing answers at ${origin}: is the server running?\n`,
    })
  })

  it('O23: there is no such host: 6', async () => {
    const environment = { POSTERN_URL: 'https://nowhere.invalid', POSTERN_TOKEN: 'x' }
    const ended = await postern(['users', 'list'], { environment })
    expect({ ...ended, lines: ended.stderr.split('\n').length }).toMatchObject({
      code: 6,
      stdout: '',
      lines: 2,
    })
  })

  it('O23: 503 twice, then 200: 0', async () => {
    const server = await serve((count) =>
      count < 3 ? problem(503, 'storage failed', { 'Retry-After': '0' }) : page([{ id: 1 }]),
    )
    const { environment, seen } = server
    const ended = await postern(['users', 'list', '--jsonl'], { environment })
    expect({ ...ended, seen: seen.length }).toEqual({
      code: 0,
      stdout: '{"id":1}\n',
      stderr: '',
      seen: 3,
    })
  })

  it('O23: a certificate that nobody has signed: 6, and no token is sent', async () => {
    const site = await newDocumentSite({})
    try {
      const { origin } = new URL(site.address)
      const environment = { POSTERN_URL: origin, POSTERN_TOKEN: 'x' }
      const ended = await postern(['users', 'list'], { environment })
      expect({ ...ended, fetches: site.fetches() }).toEqual({
        code: 6,
        stdout: '',
        stderr: expect.stringMatching(/^error: localhost:\d+ cannot be trusted over TLS: .+\n$/),
        fetches: 0,
      })
    } finally {
      site.end()
    }
  })

  it('O23: HTML instead of JSON: 6', async () => {
    const { environment, origin } = await serve(() => html)
    expect(await postern(['users', 'list'], { environment })).toEqual({
      code: 6,
      stdout: '',
      stderr: `error: ${origin} answered 200 with text/html instead of JSON: is it the address of Postern?\n`,
    })
  })
})

describe('what it does not follow, and does not repeat', () => {
  it('a redirect is not followed, which would take the token along', async () => {
    const elsewhere = await serve(() => page([]))
    const { environment, origin } = await serve(() => (_request, response) => {
      response.writeHead(302, { Location: `${elsewhere.origin}/` }).end()
    })
    const ended = await postern(['users', 'list'], { environment })
    expect({ ...ended, elsewhere: elsewhere.seen }).toEqual({
      code: 6,
      stdout: '',
      stderr: `error: ${origin} redirects to ${elsewhere.origin}/: use the address of Postern itself\n`,
      elsewhere: [],
    })
  })

  it('a read is tried five times', async () => {
    const { environment, seen } = await serve(() => problem(503, 'down', { 'Retry-After': '0' }))
    const { code } = await postern(['tokens', 'list'], { environment })
    expect({ code, tries: seen.length }).toEqual({ code: 6, tries: 5 })
  })

  it('a write that cannot be repeated is sent once', async () => {
    const { environment, seen } = await serve(() => problem(503, 'down', { 'Retry-After': '0' }))
    const create = ['tokens', 'create', '--name', 'ci', '--scope', 'read']
    const { code } = await postern(create, { environment })
    expect({ code, seen }).toEqual({ code: 6, seen: ['POST /admin/v1/tokens'] })
  })

  it('a write with an Idempotency-Key is repeated with the same key', async () => {
    const keys: unknown[] = []
    const server = await standIn((request, count) => {
      keys.push(request.headers['idempotency-key'])
      return count < 2 ? problem(503, 'down', { 'Retry-After': '0' }) : { json: { client_id: 'a' } }
    })
    running.push(server)
    const create = ['clients', 'create', '--kind', 'service', '--name', 'S', '--only', 'client_id']
    const { code, stdout } = await postern(create, { environment: server.environment })
    expect({ code, stdout, keys: new Set(keys).size, tries: keys.length }).toEqual({
      code: 0,
      stdout: 'a\n',
      keys: 1,
      tries: 2,
    })
  })

  it('a deletion whose answer was lost is done where the next try finds nothing', async () => {
    const { environment } = await serve((count) =>
      count === 1 ? problem(503, 'down', { 'Retry-After': '0' }) : problem(404, 'no such grant'),
    )
    const ended = await postern(['grants', 'end', 'g1', '--yes'], { environment })
    expect(ended).toEqual({ code: 0, stdout: '', stderr: 'Ended.\n' })
  })

  it('a wait of more than two minutes is not waited', async () => {
    const { environment } = await serve(() => problem(429, 'slow down', { 'Retry-After': '3600' }))
    expect(await postern(['users', 'list'], { environment })).toEqual({
      code: 6,
      stdout: '',
      stderr: 'error: slow down (Retry-After: 3600 s)\n',
    })
  })
})

describe('what each refusal means', () => {
  it.each([
    [400, 1],
    [401, 4],
    [403, 4],
    [404, 3],
    [409, 5],
    [413, 1],
  ])('a %i ends with %i and says why', async (status, code) => {
    const { environment } = await serve(() => problem(status, 'it was refused'))
    expect(await postern(['users', 'show', '1'], { environment })).toEqual({
      code,
      stdout: '',
      stderr: 'error: it was refused\n',
    })
  })

  it('each wrong member has a line', async () => {
    const { environment } = await serve(() => ({
      status: 400,
      json: {
        detail: 'the request is not valid',
        errors: [
          { field: 'email', detail: 'must be an address' },
          { field: 'role', detail: 'must not be empty' },
        ],
      },
    }))
    const { stderr } = await postern(['users', 'show', '1'], { environment })
    expect(stderr).toBe(
      'error: the request is not valid\n  email must be an address\n  role must not be empty\n',
    )
  })
})

describe('Ctrl-C', () => {
  it('O24: ends a command that waits with 130', async () => {
    const server = await standIn(() => () => undefined)
    running.push(server)
    const { child, ended } = begin(['users', 'list'], { environment: server.environment })
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGINT')
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: 'error: interrupted\n' })
  })

  it('O24: an export that was interrupted says how to go on', async () => {
    const server = await standIn((_request, count) =>
      count === 1 ? page([{ id: 9 }], '9.abc') : () => undefined,
    )
    running.push(server)
    const { child, ended } = begin(
      ['events', 'export', '--kind', 'user.created', '--since', '2026-11-01'],
      { environment: server.environment },
    )
    while (server.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGINT')
    expect(await ended).toEqual({
      code: 130,
      stdout: '{"id":9}\n',
      stderr:
        'To continue: npx postern events export --kind user.created --since 1793491200 --cursor 9.abc >> FILE\n' +
        'error: interrupted\n',
    })
  })
})
