// Who can reach a local server, and under which name: HOST, ISSUER, routes of wrangler.toml, https.
import { spawnSync } from 'node:child_process'
import { appendFileSync, rmSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { dialects } from '../../src/dialects/dialects.ts'
import { askAs, type Boot, copyProject, newBench } from './boot.ts'

const documented = new Map(dialects.flatMap(({ demo }) => Object.entries(demo.documented)))
const credential = (name: string): string => documented.get(name) ?? ''
const users = dialects.flatMap(({ demo }) => demo.users(credential))
const clients = dialects.flatMap(({ demo }) => demo.clients(credential))

const none = new Set([false])
const every = new Set([true])

describe('npm start that others can reach', () => {
  const bench = newBench()
  afterAll(async () => {
    await bench.endAll()
    bench.remove()
  })

  it('has the documents’ passwords while only this machine can', async () => {
    const boot = await bench.boot()
    expect(printsDocumented(boot)).toEqual(every)
    expect(await documentedWork(boot)).toEqual(every)
    await bench.endAll()
  })

  const ISSUER = 'https://abc-8787.app.github.dev'
  let exposed: Boot

  it('replaces them before it listens on every address, and says so', async () => {
    exposed = await bench.boot({ HOST: '0.0.0.0', ISSUER, ADMIN_TOKEN: 'guessed' })
    expect(exposed.lines.at(-1)).toBe(`Ready on ${exposed.origin}`)
    expect(exposed.lines.filter((line) => line.startsWith('Others can reach'))).toHaveLength(1)
    expect(exposed.lines).toContain('ADMIN_TOKEN is short enough for them to guess')
    expect(printsDocumented(exposed)).toEqual(none)
    expect(await documentedWork(exposed)).toEqual(none)
    expect(failingLines(exposed)).toEqual([])
    expect(statSync(join(bench.stateFolder, 'demo.env')).mode & 0o777).toBe(0o600)
  })

  it('with ISSUER serves as that issuer under its host and loopback, and nothing else', async () => {
    const { port } = exposed
    const hosts = ['abc-8787.app.github.dev', `localhost:${port}`, '127.0.0.1', 'evil.example']
    const told = hosts.map((host) => askAs(host, port, '/.well-known/openid-configuration'))
    const answers = (await Promise.all(told)).map(({ status, body }) => ({
      status,
      issuer: issuerIn(body),
    }))
    const served = { status: 200, issuer: ISSUER }
    expect(answers).toEqual([served, served, served, { status: 503, issuer: undefined }])
  })

  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)

  it.runIf(outside !== undefined)('listens at the address of HOST', async () => {
    const answer = await fetch(`http://${outside?.address}:${exposed.port}/`)
    expect(answer.status).toBe(503)
    await answer.body?.cancel()
  })

  it('has the same random ones at every such boot', async () => {
    await bench.endAll()
    const boot = await bench.boot({ ISSUER, PORT: String(exposed.port) })
    expect(passwords(boot)).toEqual(passwords(exposed))
    expect(failingLines(boot)).toEqual([])
  })

  it('goes back to the documents’ where nobody else can reach it any more', async () => {
    await bench.endAll()
    const boot = await bench.boot({ HOST: '::1' })
    expect(printsDocumented(boot)).toEqual(every)
    expect(failingLines(boot)).toEqual([])
    const origin = `http://[::1]:${boot.port}`
    expect(boot.lines.at(-1)).toBe(`Ready on ${origin}`)
  })
})

describe('wrangler.toml and wrangler itself', () => {
  const project = copyProject()
  const bench = newBench(project)
  let boot: Boot
  afterAll(async () => {
    await bench.endAll()
    rmSync(project, { recursive: true, force: true })
  })

  it('a custom domain in wrangler.toml does not disturb npm start', async () => {
    const route = '\n[[routes]]\npattern = "id.example.org"\ncustom_domain = true\n'
    appendFileSync(join(project, 'wrangler.toml'), route)
    boot = await bench.boot({ HOST: '0.0.0.0' })
    expect(boot.lines.at(-1)).toBe(`Ready on ${boot.origin}`)
    const metadata = await fetch(`${boot.origin}/.well-known/openid-configuration`)
    expect(await metadata.json()).toMatchObject({ issuer: boot.origin })
  })

  it('a first boot that others can reach never has the documents’ passwords', async () => {
    expect({ printed: printsDocumented(boot), working: await documentedWork(boot) }).toEqual({
      printed: none,
      working: none,
    })
  })

  it('npx wrangler dev --local-protocol https works with tokens that count', async () => {
    const service = /service, secret ([\w-]+)/.exec(boot.lines.join('\n'))?.[1] ?? ''
    await bench.endAll()
    const { origin } = await bench.wrangler([
      'dev',
      '--local-protocol=https',
      '--infer-origin-from-routes=false',
      '--show-interactive-dev-session=false',
    ])
    const ask = (path: string, form: string) =>
      spawnSync('curl', [
        '-sk',
        origin + path,
        '-u',
        `service:${service}`,
        '-d',
        form,
      ]).stdout.toString()
    const token = /"access_token":"([^"]+)"/.exec(
      ask('/oauth2/token', 'grant_type=client_credentials'),
    )?.[1]
    expect(ask('/oauth2/introspect', `token=${token}`)).toContain('"active":true')
  })
})

const issuerIn = (body: string): unknown => Object(JSON.parse(body)).issuer

/** Of each documented credential, whether it is printed. */
const printsDocumented = ({ lines }: Boot): Set<boolean> =>
  new Set([...documented.values()].map((secret) => lines.some((line) => line.includes(secret))))

const passwords = ({ lines }: Boot): string[] =>
  lines.filter((line) => / \/ |^(?!.*CLIENT).*, secret /.test(line))

const env = { ...process.env, ADMIN_TOKEN: 'guessed' }

const failingLines = ({ lines }: Boot): string[] =>
  lines
    .filter((line) => line.startsWith('  curl '))
    .filter((line) => spawnSync('sh', ['-c', `${line} -sf --max-time 20`], { env }).status !== 0)

/** Of each demo user and client, whether the documented credential still opens something. */
async function documentedWork({ port, lines }: Boot): Promise<Set<boolean>> {
  const [, given] = /Authorization: Bearer ([\w-]+)/.exec(lines.join('\n')) ?? []
  const made = await fetch(`http://127.0.0.1:${port}/admin/v1/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${given ?? 'guessed'}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      token_endpoint_auth_method: 'none',
      grant_types: ['password'],
      trusted: true,
    }),
  })
  const { client_id } = Object(await made.json())
  const opened: boolean[] = []
  for (const { username, password } of users) {
    const form = { grant_type: 'password', client_id, username, password }
    opened.push(await post(port, '/oauth2/token', form))
  }
  for (const { client_id: id, client_secret: secret } of clients) {
    if (secret === undefined) continue
    const authorization = `Basic ${btoa(`${id}:${secret}`)}`
    opened.push(await post(port, '/oauth2/introspect', { token: 'none' }, { authorization }))
  }
  return new Set(opened)
}

async function post(
  port: number,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<boolean> {
  const body = new URLSearchParams(form)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
  return answer.ok
}
