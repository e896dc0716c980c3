// Consents of the version before: what of them is carried over, and that what is forgotten stays so
// for a version that is put back.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient } from '../support/records.ts'

const { consents, clients } = openStore(env)

const migrations = Object.values(
  import.meta.glob<string>('../../migrations/*.sql', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).flatMap((text) => text.split('--> statement-breakpoint'))

const carryOver = migrations.filter((sql) => sql.includes('INSERT INTO `resource_consents`'))

const rememberedBefore = (
  userId: number,
  clientId: string,
  redirectUri: string,
  facts: { scope: string; remembered: number; grantedAt: number },
) =>
  env.DB.prepare('INSERT INTO consents VALUES (?1, ?2, ?3, ?4, ?5, ?6)').bind(
    ...[userId, clientId, redirectUri, facts.scope, facts.remembered, facts.grantedAt],
  )

describe('The migration', () => {
  it('carries over what was remembered, of all redirect URIs together, for no resource', async () => {
    const at = (scope: string, remembered: number, grantedAt: number) => ({
      ...{ scope, remembered, grantedAt },
    })
    await env.DB.batch([
      rememberedBefore(1, 'a', 'https://a.example/cb', at("openid read:it's[1]", 1, 20)),
      rememberedBefore(1, 'a', 'https://a.example/other', at('openid email', 1, 10)),
      rememberedBefore(1, 'a', 'com.example.a:/cb', at('openid write', 0, 5)),
      rememberedBefore(1, 'b', 'http://127.0.0.1/cb', at('openid', 0, 5)),
      rememberedBefore(2, 'a', 'https://a.example/cb', at('openid', 1, 30)),
    ])
    expect(carryOver).toHaveLength(1)
    await env.DB.batch(carryOver.map((sql) => env.DB.prepare(sql)))
    const { results } = await env.DB.prepare(
      'SELECT * FROM resource_consents ORDER BY user_id, client_id',
    ).all<{ scope: string }>()
    const rows = results.map(({ scope, ...row }) => ({ ...row, scope: scope.split(' ').sort() }))
    expect(rows).toEqual([
      {
        user_id: 1,
        client_id: 'a',
        resource: '',
        scope: ['email', 'openid', "read:it's[1]"],
        granted_at: 10,
      },
      { user_id: 2, client_id: 'a', resource: '', scope: ['openid'], granted_at: 30 },
    ])
  })
})

describe('Forgetting', () => {
  const left = async (clientId: string) =>
    env.DB.prepare(
      `SELECT (SELECT COUNT(*) FROM consents WHERE client_id = ?1) AS before,
         (SELECT COUNT(*) FROM resource_consents WHERE client_id = ?1) AS now`,
    )
      .bind(clientId)
      .first()

  async function consentedClient(): Promise<string> {
    const client = newClient()
    await clients.create(client, audit())
    await env.DB.batch([
      rememberedBefore(1, client.id, 'https://a.example/cb', {
        ...{ scope: 'openid', remembered: 1, grantedAt: 1 },
      }),
      env.DB.prepare(`INSERT INTO resource_consents VALUES (1, ?1, '', 'openid', 1)`).bind(
        client.id,
      ),
    ])
    return client.id
  }

  it('takes a withdrawn consent, and all of a deleted client, out of both tables', async () => {
    const [withdrawn, deleted] = [await consentedClient(), await consentedClient()]
    await consents.withdraw(1, withdrawn, null, audit())
    await clients.delete(deleted, audit())
    expect([await left(withdrawn), await left(deleted)]).toEqual([
      { before: 0, now: 0 },
      { before: 0, now: 0 },
    ])
  })
})
