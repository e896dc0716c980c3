import { describe, expect, it } from 'vitest'
import { signInAttempts, users } from '../../src/store/schema/people.ts'
import { signingKeys } from '../../src/store/schema/server.ts'
import { insertInto, prepared, selection, set, sql, statement } from '../../src/store/sql.ts'

describe('a statement', () => {
  it('binds its values, in nested fragments, too, and names columns with their table', () => {
    const isNamed = sql`${users.name} = ${`'; DROP TABLE users; --`}`
    expect(statement(sql`SELECT 1 FROM ${users} WHERE ${isNamed} AND ${users.id} > ${7}`)).toEqual({
      sql: 'SELECT 1 FROM "users" WHERE "users"."name" = ? AND "users"."id" > ?',
      values: [`'; DROP TABLE users; --`, 7],
    })
  })

  it('stores a value as its column does: a flag as 1, a document as its JSON', () => {
    const changes = set(users, { emailVerified: true, claims: { locale: 'de' }, name: null })
    expect(statement(sql`UPDATE ${users} ${changes}`)).toEqual({
      sql: 'UPDATE "users" SET "email_verified" = ?, "claims" = ?, "name" = ?',
      values: [1, '{"locale":"de"}', null],
    })
  })

  it('that is prepared has its text built once, and values of its own for each call', () => {
    let built = 0
    const byId = prepared<{ id: number; name: string | null }>(({ id, name }) => {
      built += 1
      return sql`SELECT 1 FROM ${users} WHERE ${users.id} = ${id} OR ${users.name} IS ${name}`
    })
    const values = [byId({ id: 1, name: 'a' }), byId({ id: 2, name: null })].map(
      (one) => one.values,
    )
    expect({ values, built }).toEqual({
      values: [
        [1, 'a'],
        [2, null],
      ],
      built: 1,
    })
  })

  it('inserts by SELECT, so that a condition can follow', () => {
    const row = { bucket: 'b', tries: sql`1 + ${1}`, windowStartedAt: 3 }
    expect(statement(insertInto(signInAttempts, row))).toEqual({
      sql: 'INSERT INTO "sign_in_attempts" ("bucket", "tries", "window_started_at") SELECT ?, 1 + ?, ?',
      values: ['b', 1, 3],
    })
  })
})

describe('a selection', () => {
  const selected = selection({ id: users.id, name: users.name, use: signingKeys.use }, 'x.')

  it('gives each field the type that the schema says', () => {
    const row = { 'x.id': 1, 'x.name': null, 'x.use': 'sig' }
    expect(selected.read(row)).toEqual({ id: 1, name: null, use: 'sig' })
  })

  it.each([
    ['another type', { 'x.id': '1' }],
    ['NULL where there can be none', { 'x.id': null }],
    ['nothing at all', {}],
    ['a word that the column does not know', { 'x.id': 1, 'x.name': null, 'x.use': 'else' }],
  ])('refuses %s', (_case, row) => {
    expect(() => selected.read(row)).toThrow(TypeError)
  })
})
