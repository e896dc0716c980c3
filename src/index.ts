// The composition root: settings, keys and store once an isolate, an AuthorizationServer once a
// request, and every face mounted on one app.
import type { Handler, Hono } from 'hono'
import { adminInterface } from './admin/interface.ts'
import type { AuthorizationServer, Server } from './core/authorization-server.ts'
import { ClientDirectory } from './core/clients/directory.ts'
import { ProviderDirectory } from './core/providers/directory.ts'
import { runCron } from './core/server/cron.ts'
import type { LogEvent } from './core/server/events.ts'
import { SigningKeys } from './core/server/signing-keys.ts'
import { KeyRing } from './crypto/key-ring.ts'
import { type ServedDialect, configurationFrom, dialectTraits } from './dialects/configuration.ts'
import { renderTokenError } from './endpoints/error.ts'
import { refuse, renderPageError } from './endpoints/page.ts'
import { endpointGroups } from './endpoints/table.ts'
import { sendLogoutNotices } from './federation/logout-notices.ts'
import { type App, type FaceContext, complete, newApp, noStore, requireHttps } from './http/app.ts'
import { serve } from './http/endpoint.ts'
import { identityAt, misconfigured, misdirected } from './http/host.ts'
import { RequestLog } from './http/request-log.ts'
import { once } from './protocol/once.ts'
import { openStore } from './store/open.ts'

type Isolate = { faults: string[] } | { server: Server; app: Hono<App> }

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
  const configuration = configurationFrom(env)
  if ('faults' in configuration) return configuration
  const { settings, served } = configuration
  const store = openStore(env)
  const keys = new KeyRing(settings.masterKeys)
  const signingKeys = new SigningKeys(store.signingKeys, keys, {
    signingKeyLifetime: settings.lifetimes.signingKey,
    jwksMaxAge: settings.lifetimes.jwksMaxAge,
    encryption: served.some(({ decryptsTokens }) => decryptsTokens),
  })
  const { clientCache } = settings.lifetimes
  const clients = new ClientDirectory(store.clients, clientCache)
  const providers = new ProviderDirectory(store.providers, clientCache)
  return {
    server: { settings, store, keys, signingKeys, clients, providers, dialects: dialectTraits() },
    app: mountFaces(served),
  }
}

function mountFaces(served: readonly ServedDialect[]): Hono<App> {
  const app = newApp((error, context) =>
    wantsPage(context) ? renderPageError(error, context) : renderTokenError(error),
  )
  for (const group of endpointGroups()) app.route('/', serve(group))
  app.all('/admin/v1/*', adminWhenAsked())
  for (const { mount } of served) app.route('/', mount())
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
  const { app, server } = isolate
  const identity = identityAt(request.url, server.settings)
  if (identity === null) {
    const fault =
      'DEVELOPMENT is honoured for localhost, 127.0.0.1, [::1] and the host of DEVELOPMENT_ISSUER only'
    return server.settings.development ? misconfigured([fault], log) : misdirected()
  }
  const as: AuthorizationServer = {
    ...server,
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
    const settings = 'faults' in isolate ? undefined : isolate.server.settings
    const { requestId } = log
    const answer = complete(await answerOf(request, isolate, context, log, now / 1000), request, {
      requestId,
      settings,
    })
    if (settings?.requestLog !== false) log.end(answer.status, Date.now() - now)
    return answer
  },

  async scheduled(_controller, env, context): Promise<void> {
    const isolate = isolateOf(env)
    const log = (event: LogEvent) => console.log(JSON.stringify(event))
    if ('faults' in isolate) return log({ event: 'not configured', faults: isolate.faults })
    const { server } = isolate
    const { issuer } = server.settings
    const now = Date.now() / 1000
    try {
      await runCron(server, now)
    } finally {
      // In development there is no issuer without a request; notices go out with the answers.
      if (issuer !== undefined) {
        await sendLogoutNotices({
          ...server,
          issuer,
          ownIssuers: [issuer],
          now,
          requestId: 'cron',
          address: '',
          userAgent: null,
          waitUntil: (work) => context.waitUntil(work),
          nameClient: () => undefined,
          log,
        })
      }
    }
  },
} satisfies ExportedHandler<Env>
