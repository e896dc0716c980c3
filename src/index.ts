// The composition root: an isolate's server and app, and an AuthorizationServer once a request.
import { AccessTokens } from './access-tokens.ts'
import type { AuthorizationServer } from './core/authorization-server.ts'
import { complete } from './http/app.ts'
import { certificateOf } from './http/certificate.ts'
import { locationOf } from './http/location.ts'
import { healthOfFaults } from './http/health.ts'
import { identityAt, misconfigured, misdirected } from './http/host.ts'
import { RequestLog } from './http/request-log.ts'
import { measureRequest } from './http/request-metrics.ts'
import { type Isolate, isolateOf } from './isolate.ts'
import { runScheduled } from './scheduled.ts'

export { AccessTokens }

export default {
  async fetch(request, env, context): Promise<Response> {
    const now = Date.now()
    const isolate = isolateOf(env)
    const settings = 'faults' in isolate ? undefined : isolate.server.settings
    const log = new RequestLog(request, crypto.randomUUID(), settings?.requestLog !== false)
    const { requestId } = log
    const answer = complete(await answerOf(request, isolate, context, log, now / 1000), request, {
      requestId,
      settings,
    })
    const duration = Date.now() - now
    log.end(answer.status, duration)
    measureRequest(env.METRICS, log, answer.status, duration)
    return answer
  },

  async scheduled(_controller, env, context): Promise<void> {
    await runScheduled(isolateOf(env), context, Date.now() / 1000)
  },
} satisfies ExportedHandler<Env & { METRICS?: AnalyticsEngineDataset }>

async function answerOf(
  request: Request,
  isolate: Isolate,
  context: ExecutionContext,
  { requestId, event: log, nameClient, nameRoute }: RequestLog,
  now: number,
): Promise<Response> {
  if ('faults' in isolate) {
    return (await healthOfFaults(request, isolate)) ?? misconfigured(isolate.faults, log)
  }
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
    ...locationOf(request, server.settings),
    certificate: certificateOf(request, server.settings),
    waitUntil: (work) =>
      context.waitUntil(
        work.catch((cause: unknown) =>
          log({ event: 'work after the response failed', cause: String(cause) }),
        ),
      ),
    nameClient,
    nameRoute,
    log,
  }
  return app.fetch(request, { as }, context)
}
