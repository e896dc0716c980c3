// A bundle on workerd with real D1 and KV, straight on its socket: no development server (which costs
// 3 ms a request of its own) and no entry worker between the client and the worker.
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Bundle } from './bundle.ts'
import { wranglerRequire } from './bundle.ts'
import { childrenRunning } from './machine.ts'

const { Miniflare, Log, LogLevel, convertV4MiniflareOptions }: typeof import('miniflare') =
  wranglerRequire('miniflare')

export type EdgePlan = {
  name: string
  bundle: Bundle
  compatibilityDate: string
  compatibilityFlags: string[]
  bindings: Record<string, string>
  d1: string[]
  kv: string[]
  /** Names of rate limits; here they never refuse. */
  rateLimits?: string[]
  /** Where D1 and KV are kept. */
  stateFolder: string
  /**
   * The https name that the worker answers for: requests then have it on their request line, as
   * one that came through a proxy. Its plain address by default.
   */
  issuer?: string
  /** A free one by default. */
  port?: number
  /** Of the worker's inspector; none by default. */
  inspectorPort?: number
}

/** A worker that answers; `pid` is its workerd. */
export type Edge = {
  origin: string
  issuer?: string
  pid: number
  database: (binding: string) => Promise<D1Database>
  /** Runs the cron trigger. */
  scheduled: () => Promise<void>
  stop: () => Promise<void>
}

const unlimited = { limit: 1_000_000_000, period: 60 } as const

export async function startEdge(plan: EdgePlan): Promise<Edge> {
  const port = plan.port ?? (await freePort())
  const before = childrenRunning('workerd')
  const { bundle, stateFolder } = plan
  mkdirSync(stateFolder, { recursive: true })
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      // What workers say about refusals; the answers tell us, too.
      handleStructuredLogs: () => undefined,
      resourcePersistencePath: stateFolder,
      isolatedResourcePersistencePath: stateFolder,
      telemetry: { enabled: false },
      ...(plan.inspectorPort === undefined ? {} : { inspectorPort: plan.inspectorPort }),
      workers: [
        {
          name: plan.name,
          modulesRoot: bundle.folder,
          modules: [
            { type: 'ESModule', path: join(bundle.folder, bundle.script) },
            ...bundle.late.map((name) => ({
              type: name.endsWith('.js') ? ('ESModule' as const) : ('CompiledWasm' as const),
              path: join(bundle.folder, name),
            })),
          ],
          compatibilityDate: plan.compatibilityDate,
          compatibilityFlags: plan.compatibilityFlags,
          bindings: plan.bindings,
          d1Databases: plan.d1,
          kvNamespaces: plan.kv,
          ratelimits: Object.fromEntries(
            (plan.rateLimits ?? []).map((name) => [
              name,
              { namespace_id: name, simple: unlimited },
            ]),
          ),
          unsafeDirectSockets: [{ host: '127.0.0.1', port, proxy: plan.issuer !== undefined }],
        },
      ],
    }),
  )
  await miniflare.ready
  const [pid] = childrenRunning('workerd').filter((id) => !before.includes(id))
  if (pid === undefined) throw new Error(`${plan.name}: workerd did not start`)
  return {
    origin: `http://127.0.0.1:${port}`,
    ...(plan.issuer === undefined ? {} : { issuer: plan.issuer }),
    pid,
    database: (binding) => miniflare.getD1Database(binding),
    scheduled: async () => {
      const worker = await miniflare.getWorker()
      await worker.scheduled({ cron: '* * * * *' })
    },
    stop: () => miniflare.dispose(),
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
