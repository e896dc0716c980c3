// That the gate of every-statement.ts shuts: it holds for all test files, this one shows what it sees.
import { describe, expect, it } from 'vitest'
import { scansOf } from './query-plan.ts'

describe('a query plan', () => {
  it.each([
    ['by a column without index', 'SELECT id FROM grants WHERE last_operation = ?1'],
    ['by a function of an indexed column', 'SELECT id FROM users WHERE lower(sub) = ?1'],
    ['for a deletion', 'DELETE FROM sessions WHERE last_seen_at < ?1'],
    ['through a whole index', 'SELECT COUNT(*) FROM login_names WHERE folded_name LIKE ?1'],
  ])('with a scan is seen: %s', async (_case, sql) => {
    expect(await scansOf({ sql, values: ['x'] })).not.toEqual([])
  })

  it.each([
    ['by the primary key', 'SELECT * FROM users WHERE id = ?1'],
    ['by an index', 'UPDATE sessions SET ended_at = 1 WHERE user_id = ?1'],
    ['the next page of a list', 'SELECT id FROM clients WHERE id > ?1 ORDER BY id LIMIT 20'],
    ['the largest of an index', 'SELECT MAX(access_token_lifetime) FROM clients WHERE ?1 IS NULL'],
  ])('without one passes: %s', async (_case, sql) => {
    expect(await scansOf({ sql, values: ['x'] })).toEqual([])
  })
})
