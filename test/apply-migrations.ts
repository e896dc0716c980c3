import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'

// Storage is isolated per test file, and this runs once in each.
await applyD1Migrations(env.DB, inject('migrations'))
