import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { noDemo } from '../../src/dialects/demo.ts'
import { dialects } from '../../src/dialects/dialects.ts'
import { UserAgent } from '../support/user-agent.ts'
import { answererAt, askAs, type Boot, newBench } from './boot.ts'

describe('npm start', () => {
  const bench = newBench()
  let first: Boot
  beforeAll(async () => {
    first = await bench.boot({ BRAND_NAME: 'A $HOME "brand"' })
  }, 180_000)
  afterAll(async () => {
    await bench.endAll()
    bench.remove()
  })

  it('ends its boot with the address', () => {
    expect(first.lines.at(-1)).toBe(`Ready on ${first.origin}`)
  })

  it('says nothing that a newcomer would have to explain', () => {
    expect(first.lines.filter((line) => /warn|error|deprecat|wrangler/i.test(line))).toEqual([])
  })

  it('serves the issuer of its address', async () => {
    const metadata = await fetch(`${first.origin}/.well-known/openid-configuration`)
    expect(await metadata.json()).toMatchObject({ issuer: first.origin })
  })

  it('refuses a foreign Host header', async () => {
    expect(await askAs('evil.example', first.port, '/')).toMatchObject({ status: 503 })
  })

  it('does not show its storage to pages', async () => {
    const explorer = await fetch(`${first.origin}/cdn-cgi/local/explorer/`)
    expect(explorer.status).toBe(404)
  })

  it('prints curl lines that work', () => {
    const commands = first.lines.filter((line) => line.startsWith('  curl '))
    const failing = commands.filter(
      (command) => spawnSync('sh', ['-c', `${command} -sf --max-time 20`]).status !== 0,
    )
    // Plain OAuth has two lines, the admin interface one, each dialect that has a demo another.
    const tried = dialects.filter(({ demo }) => demo !== noDemo)
    expect(commands).toHaveLength(3 + tried.length)
    expect(failing).toEqual([])
  })

  it('names the console and who may use it', () => {
    expect(first.lines).toContain(`Console, for admin: ${first.origin}/admin`)
  })

  it('delivers no mail, and shows each beside itself', async () => {
    const agent = new UserAgent(answererAt(first.origin), first.origin)
    const email = `${crypto.randomUUID()}@example.com`
    const token = /ADMIN_TOKEN="?([\w-]+)/.exec(
      readFileSync(join(bench.stateFolder, 'secrets.env'), 'utf8'),
    )?.[1]
    const user = await fetch(`${first.origin}/admin/v1/users`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: email, email, password: crypto.randomUUID() }),
    })
    expect(user.status).toBe(201)
    await agent.submit(await agent.open('/forgot'), { email })
    const box = `http://localhost:${first.port + 1}`
    await vi.waitFor(
      async () => {
        const mails: unknown = await (await fetch(`${box}/messages`)).json()
        expect(Object(mails)[0]).toEqual({
          to: email,
          subject: 'A $HOME "brand": Set a new password',
          text: expect.stringContaining(`${first.origin}/mail/reset?token=`),
          html: expect.stringContaining('<h1'),
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        })
      },
      { timeout: 10_000, interval: 200 },
    )
    expect(await (await fetch(box)).text()).toContain(email)
    expect(first.lines).toContain(`Mails are shown at ${box}`)
  })

  it('keeps its secrets to the owner', () => {
    for (const name of ['secrets.env', 'settings.env']) {
      expect(statSync(join(bench.stateFolder, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('refuses a busy port in one line', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const boot = await bench.boot({ PORT: String(port) })
    blocker.close()
    expect(boot).toMatchObject({
      exitCode: 1,
      lines: [expect.stringContaining(`${port} is in use`)],
    })
  })

  it('starts again on the same state with the same credentials, but for the drawn ones', async () => {
    await bench.endAll()
    const second = await bench.boot({ PORT: String(first.port) })
    expect(withoutDrawn(second)).toEqual(withoutDrawn(first))
    const formerIds = drawnPairs(first).map(({ id }) => id)
    expect(drawnPairs(second).filter(({ id }) => formerIds.includes(id))).toEqual([])
    const statuses = formerIds.map((id) => adminStatus(second, `/clients/${id}`))
    expect(await Promise.all(statuses)).toEqual(formerIds.map(() => 404))
  })

  it('refuses a damaged database in one line', async () => {
    await bench.endAll()
    const folder = join(bench.stateFolder, 'v3', 'd1')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => /\.sqlite(-\w+)?$/.test(name))) {
      if (file.endsWith('.sqlite')) writeFileSync(join(folder, file), 'x'.repeat(8192))
      else rmSync(join(folder, file))
    }
    expect(await bench.boot()).toMatchObject({
      exitCode: 1,
      lines: [expect.stringContaining('is damaged')],
    })
  })
})

describe('npm start with a setting', () => {
  const bench = newBench()
  afterAll(async () => {
    await bench.endAll()
    bench.remove()
  })

  it('hands it to the worker, and shows no ADMIN_TOKEN that was given', async () => {
    const ADMIN_TOKEN = 'given-in-the-environment-of-npm-start'
    const boot = await bench.boot({ ADMIN_TOKEN, DIALECTS: '' })
    const authorization = `Bearer ${ADMIN_TOKEN}`
    const users = await fetch(`${boot.origin}/admin/v1/users`, { headers: { authorization } })
    expect(users.status).toBe(200)
    expect(boot.lines.filter((line) => line.startsWith('  curl '))).toHaveLength(3)
    expect(boot.lines.join('\n')).not.toContain(ADMIN_TOKEN)
  })
})

describe('npm start refuses in one line', () => {
  const bench = newBench()
  const secretsFile = join(bench.stateFolder, 'secrets.env')
  afterAll(bench.remove)

  it.each([
    ['text that is no settings', 'garbage\n', 'is damaged'],
    ['a file cut short', 'ADMIN_TOKEN=abc\n', 'is damaged: it lacks MASTER_KEY'],
  ])('a secrets file with %s', async (_name, text, reason) => {
    writeFileSync(secretsFile, text)
    const boot = await bench.boot()
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining(reason)] })
    expect(readFileSync(secretsFile, 'utf8')).toBe(text)
    rmSync(secretsFile)
  })

  it('data without the secrets that open it', async () => {
    const data = join(bench.stateFolder, 'v3', 'd1', 'database')
    mkdirSync(data, { recursive: true })
    const boot = await bench.boot()
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('is missing')] })
    rmSync(data, { recursive: true })
  })

  it('a state folder that is a file', async () => {
    const STATE_DIR = join(bench.stateFolder, 'file')
    writeFileSync(STATE_DIR, '')
    const boot = await bench.boot({ STATE_DIR })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('state folder')] })
  })

  it('a file that may not be written', async () => {
    mkdirSync(join(bench.stateFolder, 'settings.env'))
    const boot = await bench.boot()
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('settings.env')] })
    rmSync(join(bench.stateFolder, 'settings.env'), { recursive: true })
  })

  it('a fault beside an empty STATE_DIR, which is none', async () => {
    const boot = await bench.boot({ STATE_DIR: '', JWKS_MAX_AGE: 'soon' })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('in .dev.vars:')] })
  })

  it('a setting out of its range', async () => {
    const boot = await bench.boot({ JWKS_MAX_AGE: 'soon' })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('JWKS_MAX_AGE')] })
  })

  it.each([
    ['the name of a machine', 'x86_64-conda-linux-gnu', 'HOST must be an IP address'],
    ['an address that this machine does not have', '192.0.2.1', 'HOST=192.0.2.1'],
  ])('a HOST that is %s', async (_what, HOST, reason) => {
    const boot = await bench.boot({ HOST })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining(reason)] })
  })

  it('an ISSUER that no client would accept', async () => {
    const boot = await bench.boot({ ISSUER: 'http://abc.example' })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('ISSUER: must be')] })
  })

  it('a port that is none', async () => {
    const boot = await bench.boot({ PORT: '99999' })
    expect(boot).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('PORT')] })
  })
})

/** The clients that were drawn at a boot. */
const drawnPairs = ({ lines }: Boot): { id: string; secret: string }[] =>
  [...lines.join('\n').matchAll(/CLIENT ID=([^, ]+), CLIENT SECRET=(\S+)/g)].map(
    ([, id = '', secret = '']) => ({ id, secret }),
  )

const withoutDrawn = (boot: Boot): string =>
  drawnPairs(boot).reduce(
    (text, { id, secret }) => text.replaceAll(id, 'ID').replaceAll(secret, 'SECRET'),
    boot.lines.join('\n'),
  )

async function adminStatus(boot: Boot, path: string): Promise<number> {
  const authorization = /Authorization: (Bearer [\w-]+)/.exec(boot.lines.join('\n'))?.[1] ?? ''
  return (await fetch(`${boot.origin}/admin/v1${path}`, { headers: { authorization } })).status
}
