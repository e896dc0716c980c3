// The settings in force, under /admin/v1/settings. They belong to the deployment: nothing here changes
// them.
import * as z from 'zod/mini'
import { noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import type { Operation } from './operation.ts'

/** A setting in a response. */
export const settingAnswer = once(() =>
  z.object({
    name: z.string(),
    value: z
      .nullable(z.union([z.string(), z.int(), z.boolean(), z.array(z.string())]))
      .check(z.describe('as it is in force; null = none; of a secret `set` or `not set`')),
    source: z.enum(['default', 'variable', 'secret']),
  }),
)

const settingsAnswer = once(() =>
  z.object({ items: z.array(settingAnswer()), next_cursor: z.null() }),
)

/** The operation on settings. */
export const settingsOperations: readonly Operation[] = [
  {
    id: 'listSettings',
    method: 'GET',
    path: '/admin/v1/settings',
    summary: 'Lists every setting as it is in force. The values of secrets are not shown.',
    success: { status: 200, body: settingsAnswer },
    refusals: [],
    respond: (context) => {
      const { settingsInForce: items } = context.env.as
      return context.json({ items, next_cursor: null }, 200, noStore)
    },
  },
]
