// Loaded before every test file: whatever statement its tests have made Postern issue, none may walk
// through a table. What is fast in a test's small database would be slow in a full one.
import { afterAll, expect } from 'vitest'
import { Database } from '../../src/store/database.ts'
import type { Statement } from '../../src/store/sql.ts'
import { scansOf } from './query-plan.ts'

const issued = new Map<string, Statement>()
const note = (statement: Statement) => issued.set(statement.sql, statement)

const { all, batch } = Database.prototype
Database.prototype.all = function (query) {
  note(query)
  return all.call(this, query)
}
Database.prototype.batch = function (queries) {
  for (const query of queries) note(query)
  return batch.call(this, queries)
}

afterAll(async () => {
  const scans: string[] = []
  for (const statement of issued.values()) {
    for (const step of await scansOf(statement)) scans.push(`${step}: ${statement.sql}`)
  }
  expect(scans, 'no statement walks through a table').toEqual([])
})
