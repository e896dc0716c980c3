// What happened on each day, under /admin/v1/statistics.
import * as z from 'zod/mini'
import { type DayOfStatistics, longestStatistics, statisticsOf } from '../core/server/statistics.ts'
import { noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import type { Operation } from './operation.ts'
import { readListRequest } from './page.ts'

const statisticsRequest = once(() =>
  z.strictObject({
    days: z._default(z.int().check(z.minimum(1), z.maximum(longestStatistics)), 30),
  }),
)

const count = () => z.int().check(z.minimum(0))

/** A day in a response. */
export const dayAnswer = once(() =>
  z.object({
    date: z.string().check(z.describe('by UTC, such as 2026-11-26')),
    sign_ins: count(),
    refusals: count().check(z.describe('refused sign-ins')),
    active_users: count().check(z.describe('users who signed in, or got tokens, or acted')),
    tokens: z
      .record(z.string(), count())
      .check(
        z.describe(
          'grants that gave tokens, by grant type; of refresh_token the grants that were refreshed first',
        ),
      ),
  }),
)

const statisticsAnswer = once(() => z.object({ days: z.array(dayAnswer()) }))

const shownDay = (day: DayOfStatistics): z.infer<ReturnType<typeof dayAnswer>> => ({
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
