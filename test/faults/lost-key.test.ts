// MASTER_KEY is lost: the runbook of that name. The new key takes the id of the lost one, so that what
// was made under it is refused for good, and nobody is told to come back later.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import runbooks from '../../src/operator/runbooks.md?raw'
import { Server } from '../support/faults.ts'
import { get, refusal } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantOf, passwordGrant, refresh, userinfo } from '../support/tokens.ts'

/** The statements of the runbook. */
const forgetting = (/```sql\n(.*?)```/s.exec(runbooks)?.[1] ?? '')
  .split(';')
  .map((text) => text.trim())
  .filter((text) => text !== '')

const invalidGrant = { status: 400, error: 'invalid_grant' }

describe('A lost MASTER_KEY', () => {
  it('is replaced by another of its id: people need a new password, and apps send them to sign in', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const before = await grantOf(passwordGrant(client, user))
    await env.DB.batch(forgetting.map((text) => env.DB.prepare(text)))
    const { fetch } = new Server({ MASTER_KEY: `test:${'B'.repeat(42)}A` })
    expect({
      ready: (await get('/health/ready', {}, fetch)).status,
      jwks: (await get('/.well-known/jwks.json', {}, fetch)).status,
      token: (await userinfo(before.access_token, fetch)).status,
      refresh: await refusal(refresh(client, before.refresh_token, {}, fetch)),
      password: await refusal(passwordGrant(client, user, {}, fetch)),
    }).toEqual({
      ready: 200,
      jwks: 200,
      token: 401,
      refresh: invalidGrant,
      password: invalidGrant,
    })
    const password = crypto.randomUUID()
    await admin('PATCH', `/users/${user.id}`, { password }, fetch)
    const after = await grantOf(passwordGrant(client, { ...user, password }, {}, fetch))
    expect((await refresh(client, after.refresh_token, {}, fetch)).status).toBe(200)
  })
})
