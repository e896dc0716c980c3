// A revocation by a clock that was an hour ahead, and the runbook that ends the waiting.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import runbooks from '../../src/operator/runbooks.md?raw'
import { Server } from '../support/faults.ts'
import { refusal } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantIdOf } from '../support/time.ts'
import { clientCredentials, grantOf, passwordGrant, refresh, userinfo } from '../support/tokens.ts'

const page = runbooks.slice(runbooks.indexOf('## A clock was ahead'))

/** The statements of the runbook. */
const repair = (/```sql\n(.*?)```/s.exec(page)?.[1] ?? '')
  .split(';')
  .map((text) => text.trim())
  .filter((text) => text !== '')

afterEach(() => vi.useRealTimers())

describe('F28: the runbook about a clock that was ahead', () => {
  it.each([
    ['a user', (id: number) => admin('POST', `/users/${id}/logout`)],
    ['a client', (_: number, client: string) => admin('POST', `/clients/${client}/revoke`)],
    ['everybody', () => admin('POST', '/epoch')],
  ])('ends the waiting of %s, and what was ended stays ended', async (_who, end) => {
    const [client, user] = [await registerClient(), await registerUser()]
    const before = await grantOf(passwordGrant(client, user, { scope: 'openid' }))
    await env.DB.prepare('UPDATE grants SET created_at = created_at - 60 WHERE id = ?')
      .bind(grantIdOf(before.refresh_token))
      .run()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    expect((await end(user.id, client.client_id)).status).toBeLessThan(300)
    vi.useRealTimers()
    const waiting = await passwordGrant(client, user)
    await env.DB.batch(repair.map((text) => env.DB.prepare(text)))
    const server = new Server()
    await server.cron()
    await server.settled()
    const { fetch } = server
    const after = await grantOf(passwordGrant(client, user, { scope: 'openid' }, fetch))
    expect({
      waiting: { status: waiting.status, long: Number(waiting.headers.get('Retry-After')) > 3_590 },
      userinfo: (await userinfo(after.access_token, fetch)).status,
      refreshed: (await refresh(client, after.refresh_token, {}, fetch)).status,
      own: (await clientCredentials(client, {}, fetch)).status,
      ended: await refusal(refresh(client, before.refresh_token, {}, fetch)),
      endedToken: (await userinfo(before.access_token, fetch)).status,
    }).toEqual({
      waiting: { status: 503, long: true },
      ...{ userinfo: 200, refreshed: 200, own: 200 },
      ended: { status: 400, error: 'invalid_grant' },
      endedToken: 401,
    })
  })
})
