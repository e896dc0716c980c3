// The settings in force, under /admin/v1/settings. They belong to the deployment: nothing here changes
// them.
import { noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import type { Operation } from './operation.ts'

/** A setting in a response. */
export const settingAnswer = once(() =>
  v.object({
    name: v.string(),
    value: v.pipe(
      v.nullable(v.union([v.string(), v.int(), v.boolean(), v.array(v.string())])),
      v.description('as it is in force; null = none; of a secret `set` or `not set`'),
    ),
    source: v.picklist(['default', 'variable', 'secret']),
  }),
)

const settingsAnswer = once(() =>
  v.object({ items: v.array(settingAnswer()), next_cursor: v.null() }),
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
