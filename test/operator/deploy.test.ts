// `npm run deploy`: what it asks of wrangler, in which order, and what it refuses before it does.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deployUsage, readDeployOptions } from '../../src/operator/deploy-options.ts'
import { deploy } from '../../src/operator/deployment.ts'

const projectFolder = join(import.meta.dirname, '..', '..')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-deploy-'))
  copyFileSync(join(projectFolder, 'wrangler.toml'), join(folder, 'wrangler.toml'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const configure = (text: string) => appendFileSync(join(folder, 'wrangler.toml'), `\n${text}\n`)
const customDomain = `[vars]
ISSUER = "https://id.example.org"

[[routes]]
pattern = "id.example.org"
custom_domain = true`

/** An account that answers like Cloudflare's, and what was asked of it. */
type Account = { secrets: string[]; databases: string[]; signedIn?: boolean }

async function run(
  parameters: string[],
  account: Account = { secrets: [], databases: [] },
  environment: Record<string, string> = {},
) {
  const asked: string[] = []
  const sent: string[] = []
  const said: string[] = []
  const answers = (parameters: string[]): { exitCode: number; output: string } => {
    if (account.signedIn === false) {
      return { exitCode: 1, output: `it's necessary to set a CLOUDFLARE_API_TOKEN` }
    }
    const names = parameters[0] === 'd1' ? account.databases : account.secrets
    return { exitCode: 0, output: JSON.stringify(names.map((name) => ({ name }))) }
  }
  const wrangler = {
    ask: async (parameters: string[], input?: string) => {
      asked.push(parameters.join(' '))
      if (input !== undefined) sent.push(input)
      return answers(parameters)
    },
    run: async (parameters: string[]) => void asked.push(parameters.join(' ')),
  }
  const say = (line: string) => void said.push(line)
  const options = readDeployOptions(parameters, environment)
  const refusal = await deploy(options, { folder, wrangler, environment, say }).then(
    () => null,
    (cause: Error) => cause.message,
  )
  return { asked, sent, said: said.join('\n'), refusal }
}

const secretsFile = () => join(folder, '.secrets.json')
const both = ['ADMIN_TOKEN', 'MASTER_KEY']

describe('npm run deploy', () => {
  it('says what it deploys and where, and the bookmark of the database, then migrates, then deploys', async () => {
    configure(customDomain)
    expect(await run([], { secrets: both, databases: ['postern'] })).toEqual({
      asked: [
        'secret list --format=json --env=',
        'd1 list --json --env=',
        'd1 time-travel info postern --env=',
        'd1 migrations apply DB --remote --env=',
        'deploy --env=',
      ],
      sent: [],
      said: `Worker postern, database postern, issuer https://id.example.org
Routes in wrangler.toml: id.example.org (custom domain)
[{"name":"postern"}]
If this release fails: npx wrangler rollback
The code goes back and the schema stays, on which the release before serves. See src/operator/runbooks.md`,
      refusal: null,
    })
  })

  it('refuses missing secrets, and pipes no fresh one anywhere', async () => {
    configure(customDomain)
    const { asked, sent, refusal } = await run([])
    expect(refusal).toContain('The worker lacks ADMIN_TOKEN and MASTER_KEY')
    expect(refusal).toContain('npm run deploy -- --make-secrets')
    expect({ asked: asked.length, sent, kept: existsSync(secretsFile()) }).toEqual({
      asked: 2,
      sent: [],
      kept: false,
    })
  })

  it('makes missing secrets on request, keeps them in a private file, and uploads the same', async () => {
    configure(customDomain)
    const { asked, sent, said } = await run(['--make-secrets'])
    const kept = readFileSync(secretsFile(), 'utf8')
    expect(JSON.parse(kept)).toEqual({
      ADMIN_TOKEN: expect.stringMatching(/^[\w-]{43}$/),
      MASTER_KEY: expect.stringMatching(/^k1:[\w-]{43}$/),
    })
    expect(statSync(secretsFile()).mode & 0o777).toBe(0o600)
    expect(sent.map((input) => JSON.parse(input))).toEqual([JSON.parse(kept)])
    expect(asked.slice(-2)).toEqual(['secret bulk --env=', 'deploy --env='])
    expect(said).toContain('Copy MASTER_KEY to a safe place')
    expect(said).not.toContain(JSON.parse(kept).MASTER_KEY)
  })

  it('a second try after a failure uploads the secrets that were kept, and makes no others', async () => {
    configure(customDomain)
    await run(['--make-secrets'])
    const kept = readFileSync(secretsFile(), 'utf8')
    const { sent } = await run(['--make-secrets'], { secrets: [], databases: ['postern'] })
    expect(sent.map((input) => JSON.parse(input))).toEqual([JSON.parse(kept)])
    expect(readFileSync(secretsFile(), 'utf8')).toBe(kept)
  })

  it('never overwrites a secret that the worker has', async () => {
    configure(customDomain)
    const account = { secrets: ['MASTER_KEY'], databases: ['postern'] }
    const { sent } = await run(['--make-secrets'], account)
    expect(sent.map((input) => Object.keys(JSON.parse(input)))).toEqual([['ADMIN_TOKEN']])
  })

  it('makes no MASTER_KEY for a database that another one belongs to', async () => {
    configure(customDomain)
    const { refusal } = await run(['--make-secrets'], { secrets: [], databases: ['postern'] })
    expect(refusal).toContain('could not open its data')
    expect(existsSync(secretsFile())).toBe(false)
  })

  it('makes none in CI, where the file would be gone with the machine', async () => {
    configure(customDomain)
    const { refusal } = await run(['--make-secrets'], undefined, { CI: 'true' })
    expect(refusal).toContain('does not run in CI')
  })

  it('a build of the Deploy button goes on, and says what is still to be set', async () => {
    const environment = { CI: 'true', WORKERS_CI: '1' }
    const { asked, said, refusal } = await run([], undefined, environment)
    expect({ lastAsked: asked.at(-1), refusal }).toEqual({
      lastAsked: 'deploy --env=',
      refusal: null,
    })
    expect(said).toContain('503 until these secrets are set')
  })

  it('names wrangler login where nobody is signed in', async () => {
    configure(customDomain)
    const account = { secrets: [], databases: [], signedIn: false }
    expect((await run([], account)).refusal).toContain('npx wrangler login')
  })

  it('tells what to write where there is no ISSUER', async () => {
    const { refusal } = await run([])
    expect(refusal).toContain('[vars]\n  ISSUER = "https://id.example.org"')
    expect(refusal).toContain('custom_domain = true')
  })

  it('says that no route leads to the issuer', async () => {
    configure('[vars]\nISSUER = "https://id.example.org"')
    const { said } = await run([], { secrets: both, databases: [] })
    expect(said).toContain('No route leads to id.example.org')
  })

  it.each([
    ['DEVELOPMENT = true', 'DEVELOPMENT'],
    ['ACCESS_TOKEN_LIFETIME = "ten minutes"', 'ACCESS_TOKEN_LIFETIME'],
  ])('refuses a wrong setting before the worker does: %s', async (line, reason) => {
    configure(customDomain.replace('[vars]', `[vars]\n${line}`))
    const { asked, refusal } = await run([], { secrets: both, databases: [] })
    expect({ asked, refusal }).toEqual({
      asked: ['secret list --format=json --env='],
      refusal: expect.stringContaining(reason),
    })
  })

  it('--env deploys the second environment that wrangler.toml shows, with all of its own', async () => {
    const path = join(folder, 'wrangler.toml')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/^# (?=\[|\w+ = )/gm, ''))
    const { asked, refusal } = await run(['--env', 'staging', '--make-secrets'])
    expect(refusal).toBe(null)
    expect(asked).toContain('d1 create postern-staging --update-config=false --env=staging')
    expect(asked.filter((command) => !command.endsWith(' --env=staging'))).toEqual([])
    expect(existsSync(join(folder, '.secrets.staging.json'))).toBe(true)
  })

  it('refuses mail by a binding that wrangler.toml does not have', async () => {
    const mail = 'MAIL = "binding"\nMAIL_FROM = "no-reply@example.org"'
    configure(customDomain.replace('\n\n', `\n${mail}\n\n`))
    const without = await run([], { secrets: both, databases: ['postern'] })
    configure('[[send_email]]\nname = "EMAIL"')
    const withIt = await run([], { secrets: both, databases: ['postern'] })
    expect({ says: without.refusal?.includes('[[send_email]]'), withIt: withIt.refusal }).toEqual({
      says: true,
      withIt: null,
    })
  })

  it('takes a mail server from a secret whose value it cannot see', async () => {
    const mail = 'MAIL = "smtp"\nMAIL_FROM = "no-reply@example.org"'
    configure(customDomain.replace('\n\n', `\n${mail}\n\n`))
    const without = await run([], { secrets: both, databases: ['postern'] })
    const withIt = await run([], { secrets: [...both, 'SMTP_URL'], databases: ['postern'] })
    expect({ without: without.refusal, withIt: withIt.refusal }).toEqual({
      without: 'Invalid settings in wrangler.toml: SMTP_URL: is required for MAIL = smtp',
      withIt: null,
    })
  })

  it('refuses an environment that wrangler.toml does not have', async () => {
    const { asked, refusal } = await run(['--env=prod'])
    expect({ asked, refusal }).toEqual({ asked: [], refusal: expect.stringContaining('prod') })
  })

  it('--dry-run bundles and asks nothing of the account', async () => {
    expect(await run(['--dry-run'])).toMatchObject({ asked: ['deploy --dry-run --env='], sent: [] })
  })
})

describe('the command line of npm run deploy', () => {
  it.each([['--dryrun'], ['--dry-runn'], ['-d'], ['production'], ['--env'], ['--env=a b']])(
    'refuses what it does not know, and deploys nothing: %s',
    (parameter) => {
      expect(() => readDeployOptions([parameter], {})).toThrow(
        expect.objectContaining({ message: expect.stringMatching(/^[^\n]+$/) }),
      )
    },
  )

  it.each([
    ['npm run deploy --dry-run', { npm_config_dry_run: 'true' }],
    ['npm run deploy --dryrun', { npm_config_dryrun: 'true' }],
    ['npm run deploy --env=staging', { npm_config_env: 'staging' }],
  ])('refuses an option that npm has taken for its own: %s', (_what, environment) => {
    expect(() => readDeployOptions([], environment)).toThrow('npm run deploy -- --')
  })

  it('--help says what there is and deploys nothing', () => {
    expect(readDeployOptions(['-h'], {})).toEqual(readDeployOptions(['--help'], {}))
    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'deploy', '--', '--help'], {
      cwd: projectFolder,
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${deployUsage}\n` })
    expect(stdout).toMatch(/npx wrangler login.*Workers Paid/s)
  })

  it('a misspelled option ends the command with its one line', () => {
    const { status, stderr } = spawnSync('npm', ['run', '--silent', 'deploy', '--', '--dryrun'], {
      cwd: projectFolder,
      encoding: 'utf8',
    })
    expect({ status, stderr: stderr.trim().split('\n') }).toEqual({
      status: 1,
      stderr: [expect.stringContaining("Unknown option '--dryrun'")],
    })
  })
})

it('git ignores the files that secrets are kept in', () => {
  const { status } = spawnSync('git', ['check-ignore', '.secrets.json', '.secrets.staging.json'], {
    cwd: projectFolder,
  })
  expect(status).toBe(0)
})
