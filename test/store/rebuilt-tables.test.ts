// The migration that rebuilds two tables WITHOUT ROWID, run once more over tables as they were before.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'

const rebuilding = Object.values(
  import.meta.glob<string>('../../migrations/*.sql', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
)
  .flatMap((text) => text.split('--> statement-breakpoint'))
  .filter((sql) =>
    /(used_identifiers|sign_in_attempts)_next|DROP TABLE `(used_identifiers|sign_in_attempts)`/.test(
      sql,
    ),
  )

const asBefore = [
  'DROP TABLE used_identifiers',
  'DROP TABLE sign_in_attempts',
  'CREATE TABLE used_identifiers (digest text PRIMARY KEY NOT NULL, expires_at real NOT NULL, operation text)',
  `CREATE TABLE sign_in_attempts (
     bucket text PRIMARY KEY NOT NULL, tries integer NOT NULL, window_started_at real NOT NULL)`,
  "INSERT INTO used_identifiers VALUES ('answered', 9, 'by a request')",
  "INSERT INTO sign_in_attempts VALUES ('tried:name:address', 7, 8)",
]

const run = (statements: readonly string[]) =>
  env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))

it('what was used stays used, tries stay counted, and the release before goes on writing', async () => {
  await run(asBefore)
  await run(rebuilding)
  // As the release before writes them.
  await run([
    "INSERT INTO used_identifiers (digest, expires_at, operation) SELECT 'answered', 10, 'again' WHERE TRUE ON CONFLICT (digest) DO NOTHING",
    "INSERT INTO sign_in_attempts (bucket, tries, window_started_at) SELECT 'tried:name:address', 1, 9 WHERE TRUE ON CONFLICT (bucket) DO UPDATE SET tries = tries + 1",
  ])
  expect({
    used: (await env.DB.prepare('SELECT * FROM used_identifiers').all()).results,
    tries: (await env.DB.prepare('SELECT * FROM sign_in_attempts').all()).results,
  }).toEqual({
    used: [{ digest: 'answered', expires_at: 9, operation: 'by a request' }],
    tries: [{ bucket: 'tried:name:address', address: null, tries: 8, window_started_at: 8 }],
  })
})
