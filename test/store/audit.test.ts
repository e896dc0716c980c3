import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { auditStatement } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { now } from '../support/records.ts'

const database = new Database(env.DB)

it('an audit row is bounded, whatever came with the request', async () => {
  const requestId = randomSecret()
  const detail = { what: '"'.repeat(60_000) }
  const event: AuditEvent = {
    at: now,
    kind: 'user.signed-in',
    requestId,
    clientId: 'c'.repeat(60_000),
    detail,
  }
  await database.batch([auditStatement(event)])
  const row = await env.DB.prepare(
    'SELECT length(client_id) AS client, length(detail) AS detail FROM audit_events WHERE request_id = ?1',
  )
    .bind(requestId)
    .first<{ client: number; detail: number }>()
  expect(row?.client).toBe(255)
  expect(row?.detail).toBeLessThan(5_000)
})
