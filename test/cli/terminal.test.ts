// The command line at a terminal, which a program makes that nearly every Linux has.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandIn, page, script, standIn } from './process.ts'

const user = { id: 5, username: 'ada', email: 'ada@example.com', created_at: 1_700_000_000 }

let server: StandIn
beforeAll(async () => {
  server = await standIn(({ method, url }) => {
    if (method === 'DELETE') return (_request, response) => response.writeHead(204).end()
    return url === '/admin/v1/users/5' ? { json: user } : page([user])
  })
})
afterAll(() => server.end())

/** Types a command into a terminal of 40 columns, and `answer` where it asks. */
async function type(command: string, answer = '', more: Record<string, string> = {}) {
  server.seen.length = 0
  const line = `stty cols 40; ${process.execPath} ${script} ${command}`
  const { PATH = '' } = process.env
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH, TERM: 'xterm', ...server.environment, ...more },
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    if (text.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end(answer)
  })
  const [code] = await once(child, 'close')
  return { code: Number(code), text, wrote: server.seen.filter((one) => !one.startsWith('GET')) }
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

describe.runIf(hasScript)('at a terminal', () => {
  it('a deletion asks, and does nothing unless the answer is yes', async () => {
    const { code, text, wrote } = await type('users delete ada', 'n\n')
    expect(text).toContain('Delete the user ada (id 5), with all sessions and grants? [y/N]')
    expect({ code, wrote, said: text.includes('error: nothing was changed') }).toEqual({
      code: 1,
      wrote: [],
      said: true,
    })
  })

  it('and deletes where it is', async () => {
    const { code, wrote } = await type('users delete ada', 'y\n')
    expect({ code, wrote }).toEqual({ code: 0, wrote: ['DELETE /admin/v1/users/5'] })
  })

  it('with --yes nothing is asked', async () => {
    const { code, text } = await type('users delete ada --yes')
    expect({ code, text }).toEqual({ code: 0, text: 'Deleted.\r\n' })
  })

  it('O24: Ctrl-C at the question ends it with 130', async () => {
    const { code, wrote } = await type('users delete ada', '\u0003')
    expect({ code, wrote }).toEqual({ code: 130, wrote: [] })
  })

  it('no answer (Ctrl-D) is none', async () => {
    const { code, text, wrote } = await type('users delete ada', '\u0004')
    expect({ code, text, wrote }).toEqual({
      code: 1,
      text: expect.stringContaining('error: nothing was changed'),
      wrote: [],
    })
  })

  it('a table fits, has bold headings, and says what it had no room for', async () => {
    expect(await type('users list')).toMatchObject({
      code: 0,
      text:
        '\u001b[1mID  USERNAME  E-MAIL           STATE\u001b[22m\r\n' +
        '5   ada       ada@example.com  enabled\r\n' +
        'No room for CREATED: use a wider terminal, or --json\r\n',
    })
  })

  it('with NO_COLOR nothing is bold', async () => {
    const { text } = await type('users list', '', { NO_COLOR: '1' })
    expect(text).toMatch(/^ID {2}USERNAME/)
  })

  it('a secret is not read from a terminal, which would show it', async () => {
    const { code, text } = await type('users create --username ada --password-stdin')
    expect({ code, text }).toEqual({
      code: 2,
      text: expect.stringContaining('stdin is a terminal'),
    })
  })
})
