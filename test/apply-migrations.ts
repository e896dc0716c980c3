import { env } from 'cloudflare:workers'
import { inject } from 'vitest'

// Storage is isolated per test file, and this runs once in each: all in one batch, because one migration
// after the other takes a second. The table is the one that wrangler keeps.
const migrations = inject('migrations')
const record = env.DB.prepare('INSERT INTO d1_migrations (name) VALUES (?)')
await env.DB.batch([
  env.DB.prepare(
    `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
      applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
  ),
  ...migrations.flatMap(({ name, queries }) => [
    ...queries.map((query) => env.DB.prepare(query)),
    record.bind(name),
  ]),
])
