// The composition root: settings, keys and store once an isolate, an AuthorizationServer once a
// request, and every face mounted on one app.
import type { Handler, Hono } from 'hono'
import { adminInterface } from './admin/interface.ts'
import type { AuthorizationServer } from './core/authorization-server.ts'
import { ClientDirectory } from './core/client-directory.ts'
import type { LogEvent } from './core/events.ts'
import { ProviderDirectory } from './core/provider-directory.ts'
import { readSettings, type Settings } from './core/settings.ts'
import { SigningKeys } from './core/signing-keys.ts'
import { KeyRing } from './crypto/key-ring.ts'
import { cmsDialect } from './dialects/cms.ts'
import { comicClanDialect } from './dialects/comic-clan.ts'
import { korapDialect } from './dialects/korap/face.ts'
import { trafficOpsDialect } from './dialects/traffic-ops/traffic-ops.ts'
import { turnstileDialect } from './dialects/turnstile.ts'
import { accountEndpoints } from './endpoints/account.ts'
import { assetEndpoints } from './endpoints/assets.ts'
import { authorizeEndpoint } from './endpoints/authorize.ts'
import { consentEndpoints } from './endpoints/consent.ts'
import { discoveryEndpoints } from './endpoints/discovery.ts'
import { healthEndpoints } from './endpoints/health.ts'
import { loginEndpoint } from './endpoints/login.ts'
import { logoutEndpoints } from './endpoints/logout.ts'
import { renderTokenError } from './endpoints/error.ts'
import { refuse, renderPageError } from './endpoints/page.ts'
import { siteEndpoints } from './endpoints/site.ts'
import { tokenEndpoints } from './endpoints/token.ts'
import { upstreamEndpoints } from './endpoints/upstream.ts'
import { userinfoEndpoint } from './endpoints/userinfo.ts'
import { sendLogoutNotices } from './federation/logout-notices.ts'
import { complete, newApp, noStore, requireHttps, type App, type FaceContext } from './http/app.ts'
import { identityAt, misconfigured, misdirected } from './http/host.ts'
import { RequestLog } from './http/request-log.ts'
import { runCron } from './core/cron.ts'
import { once } from './protocol/once.ts'
import { openStore } from './store/open.ts'

type Isolate = { faults: string[] } | (Standing & { app: Hono<App> })

/** What of an AuthorizationServer lasts as long as the isolate. */
type Standing = Pick<
  AuthorizationServer,
  'settings' | 'store' | 'keys' | 'signingKeys' | 'clients' | 'providers'
>

// An isolate has one environment; tests bring several.
const isolates = new WeakMap<object, Isolate>()

function isolateOf(env: Env): Isolate {
  const known = isolates.get(env)
  if (known !== undefined) return known
  const started = startIsolate(env)
  isolates.set(env, started)
  return started
}

function startIsolate(env: Env): Isolate {
  const outcome = readSettings(env)
  if ('faults' in outcome) return outcome
  const { settings } = outcome
  const store = openStore(env)
  const keys = new KeyRing(settings.masterKeys)
  const signingKeys = new SigningKeys(store.signingKeys, keys, {
    signingKeyLifetime: settings.lifetimes.signingKey,
    jwksMaxAge: settings.lifetimes.jwksMaxAge,
    encryption: settings.dialects.includes('traffic-ops'),
  })
  const { clientCache } = settings.lifetimes
  return {
    settings,
    store,
    keys,
    signingKeys,
    clients: new ClientDirectory(store.clients, clientCache),
    providers: new ProviderDirectory(store.providers, clientCache),
    app: mountFaces(settings),
  }
}

function mountFaces(settings: Settings): Hono<App> {
  const app = newApp((error, context) =>
    wantsPage(context) ? renderPageError(error, context) : renderTokenError(error),
  )
  app.route('/', discoveryEndpoints())
  app.route('/', tokenEndpoints())
  app.route('/', userinfoEndpoint())
  app.route('/', authorizeEndpoint())
  app.route('/', loginEndpoint())
  app.route('/', consentEndpoints())
  app.route('/', logoutEndpoints())
  app.route('/', accountEndpoints())
  app.route('/', upstreamEndpoints())
  app.route('/', assetEndpoints())
  app.route('/', healthEndpoints())
  app.route('/', siteEndpoints())
  app.all('/admin/v1/*', adminWhenAsked())
  if (settings.dialects.includes('traffic-ops')) app.route('/', trafficOpsDialect())
  if (settings.dialects.includes('turnstile')) app.route('/', turnstileDialect())
  if (settings.dialects.includes('comic-clan')) app.route('/', comicClanDialect())
  if (settings.dialects.includes('cms')) app.route('/', cmsDialect())
  if (settings.dialects.includes('korap')) app.route('/', korapDialect())
  app.notFound(nothingHere)
  return app
}

async function nothingHere(context: FaceContext): Promise<Response> {
  requireHttps(context)
  if (wantsPage(context)) return refuse(context, 'notFound', 404, { startAgainHref: '/' })
  const body = { error: 'not_found', error_description: 'there is nothing at this address' }
  return context.json(body, 404, noStore)
}

const wantsPage = (context: FaceContext): boolean =>
  (context.req.header('Accept') ?? '').includes('text/html')

/** Operators come seldom: the routes of their interface are made when the first one does. */
function adminWhenAsked(): Handler<App> {
  const admin = once(adminInterface)
  return (context) => admin().fetch(context.req.raw, context.env, context.executionCtx)
}

async function answerOf(
  request: Request,
  isolate: Isolate,
  context: ExecutionContext,
  { requestId, event: log, nameClient }: RequestLog,
  now: number,
): Promise<Response> {
  if ('faults' in isolate) return misconfigured(isolate.faults, log)
  const { app, ...standing } = isolate
  const identity = identityAt(request.url, standing.settings)
  if (identity === null) {
    const fault =
      'DEVELOPMENT is honoured for localhost, 127.0.0.1, [::1] and the host of DEVELOPMENT_ISSUER only'
    return standing.settings.development ? misconfigured([fault], log) : misdirected()
  }
  const as: AuthorizationServer = {
    ...standing,
    ...identity,
    now,
    requestId,
    address: request.headers.get('CF-Connecting-IP') ?? '',
    userAgent: request.headers.get('User-Agent')?.slice(0, 200) ?? null,
    waitUntil: (work) =>
      context.waitUntil(
        work.catch((cause: unknown) =>
          log({ event: 'work after the answer failed', cause: String(cause) }),
        ),
      ),
    nameClient,
    log,
  }
  return app.fetch(request, { as }, context)
}

export default {
  async fetch(request, env, context): Promise<Response> {
    const now = Date.now()
    const log = new RequestLog(request, crypto.randomUUID())
    const isolate = isolateOf(env)
    const settings = 'faults' in isolate ? undefined : isolate.settings
    const { requestId } = log
    const answer = complete(await answerOf(request, isolate, context, log, now / 1000), request, {
      requestId,
      settings,
    })
    if (settings?.requestLog !== false) log.end(answer.status, Date.now() - now)
    return answer
  },

  async scheduled(_controller, env): Promise<void> {
    const isolate = isolateOf(env)
    const log = (event: LogEvent) => console.log(JSON.stringify(event))
    if ('faults' in isolate) return log({ event: 'not configured', faults: isolate.faults })
    const now = Date.now() / 1000
    const { issuer } = isolate.settings
    try {
      await runCron(isolate.store, isolate.signingKeys, isolate.settings, now)
    } finally {
      // In development there is no issuer without a request; notices go out with the answers.
      if (issuer !== undefined) {
        await sendLogoutNotices({ ...isolate, issuer, ownIssuers: [issuer], now, log })
      }
    }
  },
} satisfies ExportedHandler<Env>
