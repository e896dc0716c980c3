// `postern config` against Postern itself, as `npm start` starts it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newBench } from '../operator/boot.ts'
import { type Ended, page, postern, standIn } from './process.ts'

const bench = newBench()
const other = newBench()
const folder = mkdtempSync(join(tmpdir(), 'postern-config-'))

beforeAll(() => bench.serve())
afterAll(async () => {
  await Promise.all([bench.endAll(), other.endAll()])
  bench.remove()
  other.remove()
  rmSync(folder, { recursive: true, force: true })
})

const webSecret = 'of-the-web-client-0123456789'
const googleSecret = 'of-google-0123456789'
const secrets = { WEB_SECRET: webSecret, GOOGLE_SECRET: googleSecret }

type Environment = Record<string, string>

const run = (parameters: readonly string[], environment: Environment = {}): Promise<Ended> =>
  postern(parameters, { environment: { STATE_DIR: bench.stateFolder, ...environment } })

/** Writes a configuration into a file. */
function fileOf(name: string, content: object | string): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

let written = 0
const apply = (content: object, options: readonly string[] = [], environment = secrets) =>
  run(['config', 'apply', fileOf(`${written++}.json`, content), ...options], environment)

async function json(...parameters: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...parameters, '--json'])
  if (code !== 0) throw new Error(`${code} ${stderr}`)
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
}

/** The exit code of a command, such as 3 for what is not there. */
const codeOf = async (...parameters: string[]): Promise<number | null> =>
  (await run(parameters)).code

const nothing = { code: 0, stdout: '', stderr: 'Nothing to do.\n' }

const redirects = { redirect_uris: ['https://notes.example.com/callback'] }

const whole = {
  registration: 'token',
  resources: [
    {
      resource: 'https://api.example.com',
      scope: 'notes:read notes:write',
      texts: { 'notes:read': { en: 'Read your notes', de: 'Deine Notizen lesen' } },
    },
  ],
  authorization_details_types: [
    {
      type: 'payment',
      title: 'A payment',
      schema: {
        type: 'object',
        properties: { amount: { type: 'string', maxLength: 20 } },
        required: ['amount'],
      },
    },
  ],
  providers: [
    {
      id: 'google',
      label: 'Google',
      issuer: 'https://accounts.google.com',
      client_id: 'abc',
      client_secret: { env: 'GOOGLE_SECRET' },
    },
  ],
  clients: [
    {
      client_id: 'web',
      client_name: 'Notes',
      ...redirects,
      client_secret: { env: 'WEB_SECRET' },
      claims: { id_token: ['department'], userinfo: ['department'] },
    },
    { client_id: 'notes-spa', token_endpoint_auth_method: 'none', ...redirects },
  ],
  users: [
    {
      username: 'Ada',
      email: 'ada@example.com',
      email_verified: true,
      role: 'editor',
      claims: { department: 'physics', tongues: { en: true } },
    },
  ],
}

describe('config apply', () => {
  it('says with --dry-run what it would do, and does nothing', async () => {
    expect(await apply(whole, ['--dry-run'])).toEqual({
      code: 0,
      stdout:
        '+ resource https://api.example.com: scope, texts\n' +
        '+ authorization details type payment: title, schema\n' +
        '+ provider google: label, issuer, client_id, client_secret\n' +
        '+ client web: client_name, redirect_uris, claims, client_secret\n' +
        '+ client notes-spa: token_endpoint_auth_method, redirect_uris\n' +
        '+ user Ada: email, email_verified, role, claims\n',
      stderr: 'A dry run: nothing was changed.\n',
    })
    expect(await codeOf('clients', 'show', 'web')).toBe(3)
  })

  it('creates what the file declares, and has nothing to do the second time', async () => {
    const first = await apply(whole)
    expect({ code: first.code, stderr: first.stderr }).toEqual({
      code: 0,
      stderr: 'Done: 6 of 6.\n',
    })
    expect(await json('users', 'show', 'ada')).toMatchObject({
      ...whole.users[0],
      password: 'none',
      managed_by: 'config',
    })
    expect(await json('clients', 'show', 'web')).toMatchObject({
      client_name: 'Notes',
      origin: 'config',
      managed_by: 'config',
    })
    expect(await json('providers', 'show', 'google')).toMatchObject({
      client_secret_set: true,
      managed_by: 'config',
    })
    // The secrets are not needed any more, so that their variables may be gone.
    expect(await run(['config', 'apply', fileOf('again.json', whole)])).toEqual(nothing)
  })

  it('uses the secret of the variable, and shows it nowhere', async () => {
    const ended = await apply(whole, ['--send-secrets', '--json'], {
      ...secrets,
      WEB_SECRET: `${webSecret}-new`,
    })
    expect({ ...ended, stdout: JSON.parse(ended.stdout) }).toEqual({
      code: 0,
      stdout: {
        managed_by: 'config',
        dry_run: false,
        done: 2,
        changes: [
          {
            action: 'change',
            kind: 'providers',
            name: 'google',
            members: ['client_secret'],
            done: true,
          },
          {
            action: 'change',
            kind: 'clients',
            name: 'web',
            members: ['client_secret'],
            done: true,
          },
        ],
      },
      stderr: 'Done: 2 of 2.\n',
    })
    const origin = readFileSync(join(bench.stateFolder, 'address'), 'utf8').trim()
    const statuses = await Promise.all(
      [webSecret, `${webSecret}-new`, 'another-of-0123456789'].map(async (secret) => {
        const answer = await fetch(`${origin}/oauth2/introspect`, {
          method: 'POST',
          headers: { Authorization: `Basic ${btoa(`web:${secret}`)}` },
          body: new URLSearchParams({ token: 'none' }),
        })
        return answer.status
      }),
    )
    // The one before stays good, as after any rotation.
    expect(statuses).toEqual([200, 200, 401])
  })

  it('changes the members that differ, and leaves alone what the file does not name', async () => {
    await json('users', 'update', 'ada', '--name', 'Ada Lovelace')
    const changed = {
      clients: [{ client_id: 'web', claims: { id_token: ['department'] } }],
      users: [
        {
          username: 'ada',
          email: 'lovelace@example.com',
          email_verified: true,
          role: null,
          claims: { department: 'mathematics' },
        },
      ],
    }
    expect(await apply(changed)).toEqual({
      code: 0,
      stdout: '~ client web: claims\n~ user ada: username, email, role, claims\n',
      stderr: 'Done: 2 of 2.\n',
    })
    expect(await apply(changed)).toEqual(nothing)
    expect(await json('users', 'show', 'ada')).toMatchObject({
      username: 'ada',
      email: 'lovelace@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
      role: null,
      claims: { department: 'mathematics' },
    })
    expect(await json('clients', 'show', 'web')).toMatchObject({
      client_name: 'Notes',
      claims: { id_token: ['department'] },
    })
    expect(await codeOf('clients', 'show', 'notes-spa')).toBe(0)
  })

  it('reads YAML', async () => {
    const path = fileOf(
      'clients.yaml',
      'clients:\n  - client_id: yaml\n    token_endpoint_auth_method: none\n' +
        '    redirect_uris: [https://yaml.example.com/]\n',
    )
    expect(await run(['config', 'apply', path])).toMatchObject({ code: 0 })
    expect(await run(['config', 'apply', path])).toEqual(nothing)
  })

  it('takes the example of the README', async () => {
    const example = join(import.meta.dirname, '..', '..', 'src', 'cli', 'config', 'example.yaml')
    const needed = { COMPANY_SECRET: 'x', GITHUB_SECRET: 'y', REPORTS_SECRET: webSecret }
    const applied = await run(['config', 'apply', example], needed)
    expect(applied).toMatchObject({ code: 0, stderr: 'Done: 7 of 7.\n' })
    expect(await run(['config', 'apply', example])).toEqual(nothing)
  })

  it('says how to get a secret for a client whose file names none', async () => {
    expect(await apply({ clients: [{ client_id: 'secretive', ...redirects }] })).toMatchObject({
      code: 0,
      stderr:
        'clients[0] has a secret that nobody knows, for the file names none. For one that is shown:\n' +
        '  npx postern clients rotate-secret secretive\nDone: 1 of 1.\n',
    })
  })

  it('stops where the server refuses, keeps what is done, and goes on the next time', async () => {
    const broken = {
      clients: [
        { client_id: 'first', token_endpoint_auth_method: 'none', ...redirects },
        { client_id: 'second', token_endpoint_auth_method: 'none' },
        { client_id: 'third', token_endpoint_auth_method: 'none', ...redirects },
      ],
    }
    const stopped = await apply(broken, ['--json'])
    expect({ ...stopped, stdout: JSON.parse(stopped.stdout) }).toMatchObject({
      code: 1,
      stdout: {
        done: 1,
        changes: [
          { name: 'first', done: true },
          { name: 'second', done: false },
          { name: 'third', done: false },
        ],
      },
      stderr:
        'Done: 1 of 3. The same command does the rest.\n' +
        'error: clients[1]: the request is not valid\n' +
        '  redirect_uris is required for the grant type authorization_code\n',
    })
    const mended = broken.clients.map((client) => ({ ...client, ...redirects }))
    expect(await apply({ clients: mended })).toEqual({
      code: 0,
      stdout:
        '+ client second: token_endpoint_auth_method, redirect_uris\n' +
        '+ client third: token_endpoint_auth_method, redirect_uris\n',
      stderr: 'Done: 2 of 2.\n',
    })
  })
})

describe('config apply --prune', () => {
  const one = (id: string) => ({ client_id: id, token_endpoint_auth_method: 'none', ...redirects })

  it('deletes what the configuration created and no longer names, and nothing else', async () => {
    await json('clients', 'create', '--kind', 'service', '--name', 'By hand', '--id', 'by-hand')
    const mine = { managed_by: 'team-a', clients: [one('a1'), one('a2')] }
    await apply(mine)
    await apply({ managed_by: 'team-b', clients: [one('b1')] })
    const fewer = { ...mine, clients: [one('a1')] }
    expect(await apply(fewer)).toEqual(nothing)
    expect(await apply(fewer, ['--prune', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: '- client a2\n',
    })
    expect(await apply(fewer, ['--prune'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--prune --yes\n'),
    })
    expect(await apply(fewer, ['--prune', '--yes'])).toMatchObject({ code: 0 })
    const left = ['a1', 'a2', 'b1', 'by-hand'].map((id) => codeOf('clients', 'show', id))
    expect(await Promise.all(left)).toEqual([0, 3, 0, 0])
  })

  it('leaves kinds alone that the file has no list of', async () => {
    await apply({ managed_by: 'kinds', clients: [one('k1')], users: [{ username: 'kim' }] })
    const stripped = { managed_by: 'kinds', users: [] }
    expect(await apply(stripped, ['--prune', '--yes'])).toEqual({
      code: 0,
      stdout: '- user kim\n',
      stderr: 'Done: 1 of 1.\n',
    })
    expect(await codeOf('clients', 'show', 'k1')).toBe(0)
  })

  it('does not count what was made by hand as its own until --adopt', async () => {
    await json('clients', 'create', '--kind', 'service', '--name', 'Adopted', '--id', 'adopted')
    const naming = { managed_by: 'adopter', clients: [{ client_id: 'adopted' }] }
    const none = { managed_by: 'adopter', clients: [] }
    expect(await apply(naming)).toEqual(nothing)
    expect(await apply(none, ['--prune', '--yes'])).toEqual(nothing)
    expect(await apply(naming, ['--adopt'])).toMatchObject({
      code: 0,
      stdout: '~ client adopted: managed_by\n',
    })
    expect(await apply(naming, ['--adopt'])).toEqual(nothing)
    expect(await apply(none, ['--prune', '--yes'])).toMatchObject({
      code: 0,
      stdout: '- client adopted\n',
    })
  })

  it('refuses to change what another configuration manages', async () => {
    await apply({ managed_by: 'owner', clients: [one('owned')] })
    expect(await apply({ managed_by: 'thief', clients: [one('owned')] })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(
        '  clients[0] (client owned) is managed by owner, not by thief\n',
      ),
    })
  })
})

describe('O37: config apply refuses a file as a whole, before any write', () => {
  const good = { client_id: 'unwritten', token_endpoint_auth_method: 'none', ...redirects }

  it.each([
    [
      'a plain secret',
      { clients: [good, { client_id: 'x', client_secret: 'hunter2-hunter2-hunter2' }] },
      'clients[1].client_secret must be {"env": "NAME"}, a variable that has it: a file is no place for a secret',
    ],
    [
      'a secret beside its variable',
      {
        clients: [good, { client_id: 'x', client_secret: { env: 'WEB_SECRET', value: 'hunter2' } }],
      },
      'clients[1].client_secret must be {"env": "NAME"}, a variable that has it: a file is no place for a secret',
    ],
    [
      'a variable that is not set',
      { clients: [good, { client_id: 'x', ...redirects, client_secret: { env: 'UNSET' } }] },
      'clients[1].client_secret needs UNSET, which is not set',
    ],
    [
      'a secret of a client that has none',
      { clients: [{ ...good, client_secret: { env: 'WEB_SECRET' } }] },
      'clients[0].client_secret must be absent for the method none',
    ],
    [
      'a private key',
      { clients: [good, { client_id: 'x', jwks: { keys: [{ kty: 'EC', d: 'hunter2' }] } }] },
      'clients[1].jwks.keys[0].d is a part of a private key, which must not stand in a file',
    ],
    [
      'a password',
      { clients: [good], users: [{ username: 'bob', password: 'hunter2-hunter2' }] },
      'users[0].password must not stand in a file: a user sets one by a link of npx postern users reset',
    ],
    [
      'an unknown member',
      { clients: [good, { client_id: 'x', redirect_urls: [] }] },
      'clients[1].redirect_urls is unknown (did you mean redirect_uris?)',
    ],
    [
      'an unknown member that is null',
      { clients: [good], users: [{ username: 'bob', emial: null }] },
      'users[0].emial is unknown (did you mean email?)',
    ],
    [
      'an unknown member within a member',
      { clients: [{ ...good, claims: { idtoken: [] } }] },
      'clients[0].claims.idtoken is unknown (did you mean id_token?)',
    ],
    ['an unknown kind', { clients: [good], roles: [] }, 'roles is unknown'],
    [
      'two objects of one name',
      { clients: [good, good] },
      'clients[1].client_id names the same client as clients[0]',
    ],
    [
      'two users whose names differ in case alone',
      { clients: [good], users: [{ username: 'bob' }, { username: 'BOB' }] },
      'users[1].username names the same user as users[0]',
    ],
    [
      'a username that is the address of another',
      {
        clients: [good],
        users: [{ username: 'b', email: 'b@example.com' }, { username: 'B@example.com' }],
      },
      'users[1].username names the same user as users[0]',
    ],
    [
      'two spellings of one resource',
      {
        clients: [good],
        resources: [
          { resource: 'https://one.example.com' },
          { resource: 'https://one.example.com/' },
        ],
      },
      'resources[1].resource names the same resource as resources[0]',
    ],
    [
      'an object without a name',
      { clients: [good, {}] },
      'clients[1].client_id must name the client',
    ],
    [
      'a value of another type',
      { clients: [{ ...good, access_token_ttl: '1h' }] },
      'clients[0].access_token_ttl must be an integer',
    ],
    [
      'a value that is none of the choices',
      { clients: [{ ...good, introspection: 'all' }] },
      'clients[0].introspection must be one of any, own',
    ],
    ['a list that is none', { clients: { unwritten: good } }, 'clients must be an array'],
    [
      'another registration policy than the deployment has',
      { clients: [good], registration: 'open' },
      'registration is open, but token at the server: set the variable REGISTRATION of the deployment',
    ],
  ])('O37: %s', async (_what, content, fault) => {
    const { code, stdout, stderr } = await apply(content)
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').slice(1) }).toEqual({
      code: 1,
      stdout: '',
      lines: [`  ${fault}`],
    })
    expect(stderr).not.toContain('hunter2')
  })

  it('O37: none of these wrote the object that was in order', async () => {
    expect(await codeOf('clients', 'show', 'unwritten')).toBe(3)
  })

  it.each([
    ['a duplicate name', 'twice.json', '{"clients": [], "clients": []}', 'has a duplicate name'],
    ['text that is not JSON', 'broken.json', '{"client_secret": "hunter2', 'is not valid JSON'],
    ['a duplicate name in YAML', 'twice.yml', 'clients: []\nclients: []\n', 'has a duplicate name'],
    ['text that is not YAML', 'broken.yml', 'clients: [hunter2\n', 'is not valid YAML (line 2)'],
    ['a tag of YAML', 'tag.yml', 'clients: !!js/function hunter2\n', 'is not valid YAML (line 1)'],
    ['a list', 'list.json', '[]', 'must contain an object'],
  ])('O37: %s', async (_what, name, text, fault) => {
    const path = fileOf(name, text)
    const { code, stdout, stderr } = await run(['config', 'apply', path])
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`error: ${path} ${fault}`),
    })
    expect(stderr).not.toContain('hunter2')
  })
})

describe('a change by somebody else between the plan and the write', () => {
  it.each([
    ['of a declared member', { client_id: 'web', client_name: 'Theirs' }],
    ['of who manages the object', { client_id: 'web', client_name: 'Old', managed_by: 'theirs' }],
  ])('%s is found, and nothing is overwritten', async (_what, theirs) => {
    let shown = 0
    const server = await standIn(({ method, url = '' }) => {
      if (url.endsWith('/openapi.json')) {
        const properties = { client_id: {}, client_name: {} }
        return { json: { components: { schemas: { NewClient: { properties } } } } }
      }
      if (method !== 'GET') return { json: {} }
      if (url.includes('?')) return page([])
      return { json: shown++ === 0 ? { client_id: 'web', client_name: 'Old' } : theirs }
    })
    const path = fileOf('raced.json', { clients: [{ client_id: 'web', client_name: 'Ours' }] })
    const ended = await postern(['config', 'apply', path], { environment: server.environment })
    server.end()
    expect({ ...ended, written: server.seen.filter((one) => !one.startsWith('GET')) }).toEqual({
      code: 5,
      stdout: '~ client web: client_name\n',
      stderr: 'error: clients[0] has changed since it was compared: run it again\n',
      written: [],
    })
  })
})

/** The objects of a configuration, each with its kind and name. */
const exported = z.record(z.string(), z.unknown()).transform((configuration) =>
  Object.entries(configuration).flatMap(([kind, list]) =>
    z
      .array(z.record(z.string(), z.unknown()))
      .catch([])
      .parse(list)
      .map((object) => ({ kind, name: Object.values(object)[0], object })),
  ),
)

describe('config export', () => {
  it.each([['json'], ['yaml']])(
    'in %s applies to the same server with nothing to do',
    async (form) => {
      const exported = await run([
        'config',
        'export',
        '--users',
        ...(form === 'yaml' ? ['--yaml'] : []),
      ])
      expect(exported.code).toBe(0)
      for (const secret of Object.values(secrets)) expect(exported.stdout).not.toContain(secret)
      const path = fileOf(`exported.${form}`, exported.stdout)
      expect(await run(['config', 'apply', path, '--prune', '--yes'])).toEqual(nothing)
    },
  )

  it('creates the same at an empty server', async () => {
    await other.serve()
    const there = { STATE_DIR: other.stateFolder }
    const { stdout, stderr } = await run(['config', 'export', '--users'])
    const path = fileOf('moved.json', stdout)
    const variables = [...stderr.matchAll(/\w+_SECRET_\w+/g)].map(([name]) => name)
    const needed = Object.fromEntries(variables.map((name) => [name, webSecret]))
    const missing = await run(['config', 'apply', path], there)
    expect({ code: missing.code, stdout: missing.stdout }).toEqual({ code: 1, stdout: '' })
    const applied = await run(['config', 'apply', path], { ...there, ...needed })
    expect({ code: applied.code, stderr: applied.stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Done: (\d+) of \1\.\n$/),
    })
    const again = await run(['config', 'export', '--users'], there)
    const [ours, theirs] = [stdout, again.stdout].map((text) => exported.parse(JSON.parse(text)))
    // `npm start` has examples of its own.
    const names = ours?.map(({ name }) => name)
    expect(theirs?.filter(({ name }) => names?.includes(name))).toEqual(ours)
  })
})
