// The peers that npm has: installed into a temporary folder, each set up in a few lines (peers/) and
// run as its makers mean it. What each has and lacks stands there.
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { bundle } from './bundle.ts'
import { meterBindings, type Contestant, type Entrant, type StartPlan } from './contestant.ts'
import { freePort, startEdge } from './edge.ts'

const compatibilityDate = '2026-10-20'
const redirectUri = 'https://app.example/callback'
const user = { name: 'somebody@example.com', password: 'correct horse battery staple' }
const basePaths = { discovery: '/.well-known/oauth-authorization-server' }

type EdgePeer = {
  name: string
  /** As npm installs them. */
  packages: string[]
  flags: string[]
  d1: string[]
  kv: string[]
  setUp: (origin: string) => Promise<Omit<Contestant, 'name' | 'origin' | 'pid' | 'stop'>>
}

const workersOAuthProvider: EdgePeer = {
  name: 'workers-oauth-provider',
  packages: ['@cloudflare/workers-oauth-provider@1.2.3'],
  flags: ['global_fetch_strictly_public'],
  d1: [],
  kv: ['OAUTH_KV'],
  async setUp(origin) {
    const client: { id: string; secret: string } = await got(fetch(`${origin}/set-up`))
    return {
      paths: { ...basePaths, authorization: '/authorize', token: '/token' },
      app: {
        ...client,
        method: 'post',
        scope: 'read offline_access',
        redirectUri,
        authorizeExtra: { resource: `${origin}/api` },
      },
      keepsSession: false,
      rotates: true,
      hash: 'no users',
    }
  },
}

const openauth: EdgePeer = {
  name: 'openauth',
  packages: ['@openauthjs/openauth@0.4.3', 'hono@4'],
  flags: ['nodejs_compat'],
  d1: [],
  kv: ['KV'],
  async setUp(origin) {
    const started = await fetch(`${origin}/password/register`)
    let cookies = cookiesOf(started)
    const send = async (form: Record<string, string>) => {
      const answer = await fetch(`${origin}/password/register`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: cookies },
        body: new URLSearchParams(form),
      })
      cookies = cookiesOf(answer) || cookies
      await answer.text()
    }
    const { password } = user
    await send({ action: 'register', email: user.name, password, repeat: password })
    const code = await (await fetch(`${origin}/sent`)).text()
    await send({ action: 'verify', code })
    return {
      paths: {
        ...basePaths,
        jwks: '/.well-known/jwks.json',
        authorization: '/authorize',
        token: '/token',
      },
      machine: {
        id: 'machine',
        secret: 'the-secret-of-the-machine',
        method: 'post',
        extra: { provider: 'machine' },
      },
      app: { id: 'app', method: 'post', redirectUri, authorizeExtra: { provider: 'password' } },
      user,
      keepsSession: false,
      rotates: true,
      // A code's lifetime of 60 s has become 59 where the clock ticks between two of its lines, and
      // KV takes no less than 60.
      knownDefect: /Invalid\+expiration_ttl\+of\+59/,
      hash: 'scrypt, N 16384, r 8, p 1',
    }
  },
}

const betterAuth: EdgePeer = {
  name: 'better-auth',
  packages: ['better-auth@1.7.25', '@better-auth/oauth-provider@1.7.5'],
  flags: ['nodejs_compat'],
  d1: ['DB'],
  kv: [],
  async setUp(origin) {
    const headers = { Origin: origin, 'Content-Type': 'application/json' }
    const post = (path: string, body: object) =>
      fetch(`${origin}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    await got(fetch(`${origin}/set-up`))
    const login = { email: user.name, password: user.password }
    await got(post('/sign-up/email', { ...login, name: 'Somebody Benched' }))
    const cookie = cookiesOf(await post('/sign-in/email', login))
    const clients: Record<'app' | 'machine', { id: string; secret: string }> = await got(
      fetch(`${origin}/clients`, { headers: { ...headers, cookie } }),
    )
    const discovery = '/api/auth/.well-known/openid-configuration'
    const found: Record<string, string> = await got(fetch(origin + discovery))
    const path = (name: string) => new URL(found[name] ?? origin).pathname
    return {
      paths: {
        discovery,
        jwks: path('jwks_uri'),
        authorization: path('authorization_endpoint'),
        token: path('token_endpoint'),
        introspection: path('introspection_endpoint'),
        userinfo: path('userinfo_endpoint'),
      },
      headers: { Origin: origin },
      machine: {
        ...clients.machine,
        method: 'post',
        scope: 'read',
        extra: { resource: 'https://api.example' },
      },
      app: { ...clients.app, method: 'post', scope: 'openid email offline_access', redirectUri },
      user,
      signIn: {
        path: '/api/auth/sign-in/email',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(login),
      },
      keepsSession: true,
      rotates: true,
      hash: 'scrypt, N 16384, r 16, p 1',
    }
  },
}

/** Installs them; each is started where it is needed. */
export async function installPeers(folder: string): Promise<Entrant[]> {
  const edge: Entrant[] = []
  for (const peer of [workersOAuthProvider, openauth, betterAuth]) {
    console.log(`installing ${peer.packages.join(', ')}`)
    edge.push(await install(peer, join(folder, peer.name)))
  }
  return [...edge, oidcProvider]
}

async function install(peer: EdgePeer, folder: string): Promise<Entrant> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}')
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']
  await promisify(execFile)('npm', ['install', ...quiet, ...peer.packages], {
    cwd: folder,
    shell: process.platform === 'win32',
  })
  cpSync(join(import.meta.dirname, 'peers', `${peer.name}.js`), join(folder, 'worker.js'))
  for (const file of ['metered.ts', 'local-cache.ts']) {
    cpSync(join(import.meta.dirname, file), join(folder, file))
  }
  writeFileSync(
    join(folder, 'wrangler.toml'),
    `name = "peer"\ncompatibility_date = "${compatibilityDate}"\ncompatibility_flags = ${JSON.stringify(peer.flags)}\n`,
  )
  return { name: peer.name, isEdge: true, start: (plan) => startPeer(peer, folder, plan) }
}

async function startPeer(peer: EdgePeer, folder: string, plan: StartPlan): Promise<Contestant> {
  const worker = join(folder, 'worker.js')
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const bundled = await bundle({
    main: plan.metered === undefined ? worker : join(folder, 'metered.ts'),
    config: join(folder, 'wrangler.toml'),
    folder: join(plan.folder, 'bundle'),
    alias: plan.metered === undefined ? {} : { subject: worker },
  })
  const edge = await startEdge({
    name: peer.name,
    bundle: bundled,
    compatibilityDate,
    compatibilityFlags: peer.flags,
    bindings: { ORIGIN: origin, ...meterBindings(plan.metered) },
    d1: peer.d1,
    kv: peer.kv,
    stateFolder: join(plan.folder, 'state'),
    port,
  })
  try {
    const facts = await peer.setUp(origin)
    return { name: peer.name, origin, pid: edge.pid, stop: edge.stop, ...facts }
  } catch (failure) {
    await edge.stop()
    throw failure
  }
}

/** On Node and in memory: counted calls and distances are not for it. */
const oidcProvider: Entrant = {
  name: 'oidc-provider',
  isEdge: false,
  async start() {
    const port = await freePort()
    const script = join(import.meta.dirname, 'peers', 'oidc-provider.js')
    const child = spawn(process.execPath, [script, String(port)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', () => resolve())
      void ended.then(() => reject(new Error('oidc-provider did not start')))
    })
    return {
      name: 'oidc-provider',
      origin: `http://127.0.0.1:${port}`,
      pid: child.pid ?? 0,
      paths: {
        discovery: '/.well-known/openid-configuration',
        jwks: '/jwks',
        authorization: '/auth',
        token: '/token',
        introspection: '/token/introspection',
        userinfo: '/me',
      },
      machine: {
        id: 'machine',
        secret: 'the-secret-of-the-machine-that-is-long',
        method: 'basic',
        scope: 'read',
      },
      app: {
        id: 'app',
        secret: 'the-secret-of-the-application-long-too',
        method: 'basic',
        scope: 'openid email offline_access',
        redirectUri,
        authorizeExtra: { prompt: 'consent' },
      },
      user,
      // Its JWTs, which machines get, it cannot introspect.
      introspects: 'tokens of users',
      // It gives offline_access for `prompt=consent` only, so every authorization asks.
      keepsSession: false,
      rotates: true,
      hash: 'none: any password passes',
      stop: async () => {
        child.kill()
        await ended
      },
    }
  },
}

async function got<Body>(answer: Promise<Response>): Promise<Body> {
  const response = await answer
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
