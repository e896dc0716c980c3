// What the JWT bearer grant answers, and what it leaves in storage.
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { TestUser } from './registry.ts'

export const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** The refusal of an assertion. */
export const invalidGrant = (fault: string) => ({
  status: 400,
  body: { error: 'invalid_grant', error_description: `the assertion ${fault}` },
})

/** The answer to an assertion that counts: RFC 7521 4.1, without a refresh token. */
export const issuedFor = (scope: string) => ({
  status: 200,
  body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope },
})

/** How many grants a user has. */
export const grantsOf = async ({ id }: Pick<TestUser, 'id'>) =>
  await env.DB.prepare('SELECT COUNT(*) AS grants FROM grants WHERE user_id = ?1')
    .bind(id)
    .first<{ grants: number }>()
