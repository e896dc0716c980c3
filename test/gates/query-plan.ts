// How SQLite would answer a statement: by an index, or by walking through a whole table.
import { env } from 'cloudflare:workers'
import type { Statement } from '../../src/store/sql.ts'

/** Steps of a plan that walk through something and yet cost little, and why. */
const allowed: readonly { step: RegExp; because: string }[] = [
  { step: /^SCAN CONSTANT ROW$/, because: 'it is no table' },
  { step: /^SCAN \S+ VIRTUAL TABLE/, because: 'json_each walks through its own argument' },
  { step: /^SCAN mails?(_actions)?\b/, because: 'limits bound how many live, for minutes' },
  { step: /^SCAN signing_keys\b/, because: 'a handful of keys, read once a minute by an isolate' },
  { step: /^SCAN revocation_outbox\b/, because: 'in the order of its rows, and LIMIT ends it' },
  { step: /^SCAN d1_migrations\b/, because: 'a row for each migration' },
  { step: /^SCAN providers\b/, because: 'a handful' },
  { step: /^SCAN imports\b/, because: 'a handful, and asked for when a master key changes' },
  { step: /^SCAN authorization_details_types\b/, because: 'a handful, read whole by an isolate' },
  { step: /^SCAN sealed_under\b/, because: 'it holds one row for each master key' },
  { step: /^SCAN halving\b/, because: 'it holds one row for each halving of the ids' },
  { step: /^SCAN (latest|looked)\b/, because: 'LIMIT bounds what it holds' },
  { step: /^SCAN (active|\(subquery-\d+\))$/, because: 'it holds the users of one bite of events' },
  { step: /^SCAN (waiting|turns)\b/, because: 'they hold two rows for each client that is told' },
]

/** The steps of the statement's plan that walk through a whole table or index. */
export async function scansOf({ sql, values }: Statement): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values.map(() => null))
    .all<{ detail: string }>()
  return results
    .map(({ detail }) => detail)
    .filter((step) => step.startsWith('SCAN ') && !allowed.some((one) => one.step.test(step)))
}
