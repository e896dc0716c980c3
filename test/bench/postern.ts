// Postern as it is deployed: its own bundle, a production configuration, a user and two clients made
// through the admin interface.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, projectFolder, wranglerRequire, type Bundle } from './bundle.ts'
import { meterBindings, type Contestant, type Entrant, type StartPlan } from './contestant.ts'
import { startEdge, type Edge } from './edge.ts'
import { requestText, withLane } from './load.ts'

const adminToken = 'an-admin-token-for-the-bench-alone'
const config = join(projectFolder, 'wrangler.toml')
const main = join(projectFolder, 'src', 'index.ts')

/** As in production. */
export const settings = {
  ISSUER: 'https://auth.example',
  ADMIN_TOKEN: adminToken,
  MASTER_KEY: 'bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  // None of the contestants writes a line a request.
  REQUEST_LOG: 'false',
  // One user signs in from one place, thousands of times.
  PASSWORD_TRIES_PER_ACCOUNT: '1000000',
  PASSWORD_TRIES_PER_ADDRESS: '1000000',
  RATE_LIMITS: 'off',
}

export const postern: Entrant = {
  name: 'postern',
  isEdge: true,
  async start(plan) {
    const edge = await startPostern(plan)
    return { ...(await makeAccounts(edge)), stop: edge.stop }
  },
}

/** The bundle that a deployment would upload. */
export const bundlePostern = (folder: string): Promise<Bundle> => bundle({ config, folder })

/** The project's own configuration of a deployment. */
export function readWrangler() {
  const { unstable_readConfig: readConfig }: typeof import('wrangler') = wranglerRequire('wrangler')
  return readConfig({ config }, { hideWarnings: true })
}

// Whoever measures a deployment measures what is uploaded.
const mainOf = ({ metered, readable = false }: StartPlan): string | undefined => {
  if (metered !== undefined) return join(import.meta.dirname, 'metered.ts')
  return readable ? main : undefined
}

/** The worker alone, migrated. */
export async function startPostern(
  plan: StartPlan,
  stateFolder = join(plan.folder, 'state'),
  bundled?: Bundle,
): Promise<Edge> {
  const wrangler = readWrangler()
  bundled ??= await bundle({
    main: mainOf(plan),
    config,
    folder: join(plan.folder, 'bundle'),
    readable: plan.readable,
    alias: plan.metered === undefined ? {} : { subject: main },
  })
  const edge = await startEdge({
    name: 'postern',
    issuer: settings.ISSUER,
    bundle: bundled,
    compatibilityDate: wrangler.compatibility_date ?? '',
    compatibilityFlags: wrangler.compatibility_flags,
    bindings: { ...settings, ...plan.settings, ...meterBindings(plan.metered) },
    d1: wrangler.d1_databases.map((one: { binding: string }) => one.binding),
    kv: wrangler.kv_namespaces.map((one: { binding: string }) => one.binding),
    rateLimits: wrangler.ratelimits.map((one: { name: string }) => one.name),
    stateFolder,
    ...(plan.port === undefined ? {} : { port: plan.port }),
    ...(plan.inspectorPort === undefined ? {} : { inspectorPort: plan.inspectorPort }),
  })
  await migrate(await edge.database('DB'))
  return edge
}

async function migrate(database: D1Database): Promise<void> {
  const made = await database.prepare(`SELECT name FROM sqlite_master WHERE name = 'users'`).first()
  if (made !== null) return
  const folder = join(projectFolder, 'migrations')
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  for (const file of files.sort()) {
    const statements = readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint')
    await database.batch(statements.map((statement) => database.prepare(statement)))
  }
}

/** A user, a client for itself and one for users, and all that a client finds by discovery. */
export async function makeAccounts(edge: Edge): Promise<Omit<Contestant, 'stop'>> {
  const name = `user-${crypto.randomUUID()}`
  const user = { name, password: 'correct horse battery staple' }
  await admin(edge, '/users', {
    username: name,
    email: `${name}@example.com`,
    password: user.password,
    name: 'Somebody Benched',
  })
  const machine = await admin(edge, '/clients', {
    client_name: 'A machine',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'read',
  })
  const redirectUri = 'https://app.example/callback'
  const app = await admin(edge, '/clients', {
    client_name: 'An application',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    scope: 'openid email offline_access',
    id_token_signed_response_alg: 'ES256',
    trusted: true,
  })
  return {
    name: 'postern',
    origin: edge.origin,
    issuer: settings.ISSUER,
    pid: edge.pid,
    paths: {
      discovery: '/.well-known/openid-configuration',
      jwks: '/.well-known/jwks.json',
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      userinfo: '/oauth2/userinfo',
      pushedRequest: '/oauth2/par',
    },
    machine: { ...machine, method: 'basic', scope: 'read' },
    app: { ...app, method: 'basic', scope: 'openid email offline_access', redirectUri },
    user,
    keepsSession: true,
    rotates: true,
    takesProofs: true,
    hash: 'PBKDF2-SHA-256, 6 chained calls of 100,000',
  }
}

/** A request of the admin interface that creates something. */
export async function admin(
  edge: Edge,
  path: string,
  body: object,
): Promise<{ id: string; secret: string }> {
  const request = requestText(edge, {
    method: 'POST',
    path: `/admin/v1${path}`,
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { status, body: text } = await withLane(edge.origin, (ask) => ask(request))
  if (status !== 201) throw new Error(`postern: POST ${path} ${status} ${text}`)
  const made: { client_id?: string; client_secret?: string } = JSON.parse(text)
  return { id: made.client_id ?? '', secret: made.client_secret ?? '' }
}
