// What happened on each day, under /admin/v1/statistics.
import { type DayOfStatistics, longestStatistics, statisticsOf } from '../core/server/statistics.ts'
import { noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import type { Operation } from './operation.ts'
import { readListRequest } from './page.ts'

const statisticsRequest = once(() =>
  v.strictObject({
    days: v.optional(v.pipe(v.int(), v.minValue(1), v.maxValue(longestStatistics)), 30),
  }),
)

const count = () => v.pipe(v.int(), v.minValue(0))

/** A day in a response. */
export const dayAnswer = once(() =>
  v.object({
    date: v.pipe(v.string(), v.description('by UTC, such as 2026-11-26')),
    sign_ins: count(),
    refusals: v.pipe(count(), v.description('refused sign-ins')),
    active_users: v.pipe(count(), v.description('users who signed in, or got tokens, or acted')),
    tokens: v.pipe(
      v.record(v.string(), count()),
      v.description(
        'grants that gave tokens, by grant type; of refresh_token the grants that were refreshed first',
      ),
    ),
  }),
)

const statisticsAnswer = once(() => v.object({ days: v.array(dayAnswer()) }))

const shownDay = (day: DayOfStatistics): v.InferOutput<ReturnType<typeof dayAnswer>> => ({
  date: day.date,
  sign_ins: day.signIns,
  refusals: day.refusals,
  active_users: day.activeUsers,
  tokens: day.tokens,
})

/** The operation on statistics. */
export const statisticsOperations: readonly Operation[] = [
  {
    id: 'getStatistics',
    method: 'GET',
    path: '/admin/v1/statistics',
    summary: 'Returns what happened on each of the last days. Counts are up to three minutes old.',
    query: statisticsRequest,
    success: { status: 200, body: statisticsAnswer },
    refusals: [400],
    async respond(context) {
      const { as } = context.env
      const { days } = readListRequest(context.req.raw, statisticsRequest, ['days'])
      const shown = (await statisticsOf(as, as.now, days)).map(shownDay)
      return context.json({ days: shown }, 200, noStore)
    },
  },
]
