// Metrics in the text format of Prometheus, under /admin/v1/metrics.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { statisticsOf } from '../core/server/statistics.ts'
import { noStore } from '../http/app.ts'
import type { Operation } from './operation.ts'

/** A metric, with its value or one value for each set of labels. */
type Metric = {
  name: string
  type: 'counter' | 'gauge'
  help: string
  values: readonly { labels?: Record<string, string>; value: number }[]
}

const mediaType = 'text/plain; version=0.0.4; charset=utf-8'

/** The operation on metrics. */
export const metricsOperations: readonly Operation[] = [
  {
    id: 'getMetrics',
    method: 'GET',
    path: '/admin/v1/metrics',
    summary: 'Returns metrics in the text format of Prometheus',
    success: { status: 200, mediaType: 'text/plain' },
    refusals: [],
    async respond(context) {
      const metrics = await metricsOf(context.env.as)
      const text = metrics.map(exposed).join('')
      return context.body(text, 200, { ...noStore, 'Content-Type': mediaType })
    },
  },
]

async function metricsOf(as: AuthorizationServer): Promise<Metric[]> {
  const { now } = as
  const [gauges, keys, days] = await Promise.all([
    as.store.gauges.read(now),
    as.signingKeys.list(now),
    statisticsOf(as, now, 1),
  ])
  const today = days.at(-1)
  const since = 'since midnight UTC, up to three minutes late'
  const one = (value = 0) => [{ value }]
  return [
    counter('sign_ins_total', `Sign-ins ${since}.`, one(today?.signIns)),
    counter('refused_sign_ins_total', `Refused sign-ins ${since}.`, one(today?.refusals)),
    counter(
      'grants_with_tokens_total',
      `Grants that gave tokens ${since}; of refresh_token those refreshed for the first time.`,
      Object.entries(today?.tokens ?? {}).map(([grant_type, value]) => ({
        labels: { grant_type },
        value,
      })),
    ),
    gauge('active_users', `Users who did something ${since}.`, one(today?.activeUsers)),
    gauge('grants', 'Live grants; 100000 at most are counted.', one(gauges.liveGrants)),
    gauge('sessions', 'Live sessions; 100000 at most are counted.', one(gauges.liveSessions)),
    gauge(
      'revocation_outbox',
      'Revocations that KV has not stored yet.',
      one(gauges.waitingRevocations),
    ),
    gauge(
      'revocation_outbox_age_seconds',
      'Age of the oldest revocation that KV has not stored yet.',
      one(gauges.oldestRevocation === null ? 0 : Math.max(0, now - gauges.oldestRevocation)),
    ),
    gauge(
      'logout_notices',
      'Back-channel logout notices that no client has acknowledged.',
      one(gauges.waitingLogoutNotices),
    ),
    gauge(
      'key_age_seconds',
      'Age of a published or withdrawn key.',
      keys.map(({ kid, alg, use, state, createdAt }) => ({
        labels: { kid, alg, use, state },
        value: Math.max(0, now - createdAt),
      })),
    ),
    gauge('database_size_bytes', 'Size of the database.', one(gauges.databaseSize)),
  ]
}

const counter = (name: string, help: string, values: Metric['values']): Metric => ({
  ...{ name: `postern_${name}`, type: 'counter', help, values },
})

const gauge = (name: string, help: string, values: Metric['values']): Metric => ({
  ...{ name: `postern_${name}`, type: 'gauge', help, values },
})

const exposed = ({ name, type, help, values }: Metric): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(({ labels = {}, value }) => `${name}${inBraces(labels)} ${value}`),
    '',
  ].join('\n')

function inBraces(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
