// The grants of a client, as stored.
import { env } from 'cloudflare:workers'
import type { TestClient } from './registry.ts'

/** How many grants a client has, and how many of them are revoked. */
export async function grantsOf({
  client_id,
}: TestClient): Promise<{ grants: number; revoked: number }> {
  const counted = await env.DB.prepare(
    'SELECT COUNT(*) AS grants, COUNT(revoked_at) AS revoked FROM grants WHERE client_id = ?1',
  )
    .bind(client_id)
    .first<{ grants: number; revoked: number }>()
  if (counted === null) throw new Error('a count has a row')
  return counted
}
