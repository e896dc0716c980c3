// Issue 17, 9: what KV keeps may not give in an outage what D1 would refuse, and nobody but an outage leads
// there.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { registerWebClient, signedIn } from '../openid/flow.ts'
import { OAuthError } from '../../src/protocol/error.ts'
import { Database } from '../../src/store/database.ts'
import { openOutageRecords } from '../../src/store/outage-records.ts'
import { openRevocationLists } from '../../src/store/revocation-lists.ts'
import { sql, statement } from '../../src/store/sql.ts'
import {
  atHome,
  coldServer,
  cron,
  home,
  kept,
  keptGrant,
  putBack,
  readAway,
  somebody,
  unavailable,
} from '../support/outage.ts'
import { admin, patchUser, registerResource } from '../support/registry.ts'
import { grantIdOf } from '../support/time.ts'
import { grantOf, refresh } from '../support/tokens.ts'

const client = await registerWebClient()

beforeAll(cron)

const whileAway = (refreshToken: string, extra: Record<string, string> = {}, of = client) =>
  readAway(refresh(of, refreshToken, extra, coldServer().fetch))

/** Until when KV keeps a key (seconds). */
const expirationOf = async (key: string): Promise<number> => {
  const { keys } = await env.KV.list({ prefix: key })
  return keys.find(({ name }) => name === key)?.expiration ?? 0
}

/** More than one answer tells KV of. */
const thirty = JSON.stringify([...Array(30).keys()])

/** Gives the user of a grant thirty more. */
async function copyGrant(grantId: string): Promise<void> {
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info('grants')").all<{
    name: string
  }>()
  const own = new Map([
    ['id', 'grants.id || value'],
    ['code_digest', 'NULL'],
    ['current_digest', 'grants.id || value'],
  ])
  const columns = results.map(({ name }) => name)
  await env.DB.prepare(
    `INSERT INTO grants (${columns.join()})
      SELECT ${columns.map((name) => own.get(name) ?? `grants.${name}`).join()}
      FROM grants, json_each(?2) WHERE grants.id = ?1`,
  )
    .bind(grantId, thirty)
    .run()
}

const shortLived = { refresh_token_ttl: 600, refresh_token_idle_ttl: 600, access_token_ttl: 60 }

describe('what D1 would refuse', () => {
  it('a user who was ended twice, for as long as their first grants could have lived', async () => {
    const short = await registerWebClient(shortLived)
    const { user, browser } = await somebody()
    const { refresh_token } = await keptGrant(client, browser)
    const key = `rev:user:${user.sub}`
    await patchUser(user, { disabled: true })
    await cron()
    const first = await expirationOf(key)
    await patchUser(user, { disabled: false })
    await keptGrant(short, await signedIn(user))
    await patchUser(user, { disabled: true })
    await cron()
    expect({
      answer: await whileAway(refresh_token),
      // KV counts whole seconds, and rounds each time anew.
      isKeptAsLong: (await expirationOf(key)) >= first - 1,
    }).toEqual({ answer: unavailable, isKeptAsLong: true })
  })

  it.each([
    ['a scope', { scope: 'openid' }],
    ['a role', { role: 'guest' }],
    ['claims', { claims: { level: 1 } }],
  ])('%s that the user has lost since', async (_what, change) => {
    const { user, browser } = await somebody()
    const { refresh_token } = await keptGrant(client, browser)
    expect((await whileAway(refresh_token)).status).toBe(200)
    await patchUser(user, change)
    await cron()
    expect(await whileAway(refresh_token)).toEqual(unavailable)
    const { refresh_token: next } = await atHome((to) =>
      grantOf(refresh(client, refresh_token, {}, to)),
    )
    expect((await whileAway(next)).status).toBe(200)
  })

  it.each([
    ['closed', (path: string) => admin('PATCH', path, { open_to: 'listed' }, home.fetch)],
    ['deleted', (path: string) => admin('DELETE', path, undefined, home.fetch)],
  ])('a resource that was %s since, and no other one', async (_how, change) => {
    const { browser } = await somebody()
    const { resource, path } = await registerResource({ scope: 'read' })
    const other = await registerResource({ scope: 'read' })
    const grant = await keptGrant(client, browser, { resource })
    const untouched = await keptGrant(client, browser, { resource: other.resource })
    expect((await whileAway(grant.refresh_token)).status).toBe(200)
    const { status } = await atHome(() => change(path))
    expect(status).toBeLessThan(300)
    expect(await whileAway(grant.refresh_token)).toEqual(unavailable)
    expect((await whileAway(untouched.refresh_token)).status).toBe(200)
  })

  const demanding = { scope: 'read', dpop_required: true }

  it.each<[string, (uri: string, other: string) => Promise<unknown>]>([
    ['is registered since', (resource) => registerResource({ resource, ...demanding }, home.fetch)],
    [
      'is registered since in another spelling',
      (uri) => registerResource({ resource: `${uri}/`, ...demanding }, home.fetch),
    ],
    [
      'is an alias of another one since',
      (uri, other) => admin('PATCH', other, { aliases: [uri] }, home.fetch),
    ],
  ])('a resource that nobody had registered and that %s', async (_how, change) => {
    const { browser } = await somebody()
    const resource = `https://${crypto.randomUUID()}.example`
    const other = await registerResource(demanding)
    await cron()
    // Whatever was registered so far was long ago.
    await putBack('rev:unregistered', null)
    const { refresh_token } = await keptGrant(client, browser, { resource })
    expect((await whileAway(refresh_token)).status).toBe(200)
    await atHome(() => change(resource, other.path))
    expect(await whileAway(refresh_token)).toEqual(unavailable)
  })

  it('a session that has ended, of a grant that does not outlive it', async () => {
    const { user, browser } = await somebody()
    const { refresh_token } = await keptGrant(client, browser, { scope: 'openid read' })
    expect((await whileAway(refresh_token)).status).toBe(200)
    const { status } = await atHome(() => admin('POST', `/users/${user.id}/logout`, {}, home.fetch))
    expect(status).toBeLessThan(300)
    expect(await whileAway(refresh_token)).toEqual(unavailable)
  })

  it.each([undefined, 'pairwise'])(
    'a user who was deleted (subject_type %s), nor by a record that a late put brings back',
    async (subject_type) => {
      const own = await registerWebClient({ subject_type })
      const { user, browser } = await somebody()
      const { refresh_token } = await keptGrant(own, browser)
      const key = `grant:${grantIdOf(refresh_token)}`
      const record = await kept(key)
      const before = (await whileAway(refresh_token, {}, own)).status
      await atHome(() => admin('DELETE', `/users/${user.id}`, undefined, home.fetch))
      const left = await kept(key)
      const after = await whileAway(refresh_token, {}, own)
      await putBack(key, record)
      expect({ before, left, after, late: await whileAway(refresh_token, {}, own) }).toEqual({
        ...{ before: 200, left: null },
        ...{ after: unavailable, late: unavailable },
      })
    },
  )

  it.each([undefined, 'pairwise'])(
    'a user who was deleted with more grants than one answer tells KV of (subject_type %s)',
    async (subject_type) => {
      const own = await registerWebClient({ subject_type })
      const { user, browser } = await somebody()
      const { refresh_token } = await keptGrant(own, browser)
      const key = `grant:${grantIdOf(refresh_token)}`
      const record = await kept(key)
      await copyGrant(grantIdOf(refresh_token))
      await atHome(() => admin('DELETE', `/users/${user.id}`, undefined, home.fetch))
      await putBack(key, record)
      const answer = await whileAway(refresh_token, {}, own)
      await cron()
      expect(answer).toEqual(unavailable)
    },
  )

  it('a user who was disabled while KV had not heard of many others who ended', async () => {
    const { user, browser } = await somebody()
    const { refresh_token } = await keptGrant(client, browser)
    await env.DB.prepare(
      `INSERT INTO revocation_outbox
        SELECT names.value || others.value, ?1, ?1 + 600 FROM json_each(?2) names, json_each(?3) others`,
    )
      .bind(Date.now() / 1000, '["rev:client:", "rev:grant:", "rev:user:0", "rev:user:z"]', thirty)
      .run()
    await atHome(() => admin('PATCH', `/users/${user.id}`, { disabled: true }, home.fetch))
    const answer = await whileAway(refresh_token)
    await cron()
    expect(answer).toEqual(unavailable)
  })
})

describe('a revocation whose key is longer than KV takes', () => {
  const revocations = openRevocationLists(env.KV, new Database(env.DB))
  const long = `https://app.example/${'x'.repeat(1_900)}`

  it('is told, found, and in the way of no other one', async () => {
    const now = Date.now() / 1000
    const keys = [`rev:client:${long}`, `rev:client-record:${long}`, 'rev:token:behind']
    for (const key of keys) {
      await env.DB.prepare(
        'INSERT INTO revocation_outbox (key, revoked_at, expires_at) VALUES (?1, ?2, ?3)',
      )
        .bind(key, now, now + 600)
        .run()
    }
    expect(await revocations.drainOutbox(now, 100)).toBe(3)
    const left = await env.DB.prepare('SELECT COUNT(*) AS rows FROM revocation_outbox').first(
      'rows',
    )
    const ofLong = { grantId: null, clientId: long, grantClientId: long, subject: long, kid: 'a' }
    expect({
      left,
      before: await revocations.isRevoked({ ...ofLong, jti: 'a', issuedAt: now - 1 }),
      after: await revocations.isRevoked({ ...ofLong, jti: 'b', issuedAt: now + 1 }),
      record: (await openOutageRecords(env.KV).read(keys))?.get(`rev:client-record:${long}`),
    }).toEqual({ left: 0, before: true, after: false, record: String(now) })
  })
})

describe('who leads there', () => {
  const database = new Database(env.DB)
  const failureOf = (run: Promise<unknown>) =>
    run.then(
      () => null,
      (failure: unknown) =>
        failure instanceof OAuthError
          ? { status: failure.status, isOfDatabase: failure.isOfDatabase }
          : failure,
    )

  it.each([
    ['JSON that is none', sql`SELECT json(${'{'})`],
    ['a number that is too large', sql`SELECT abs(-9223372036854775807 - 1)`],
    ['a text that is too long', sql`SELECT zeroblob(1000000001)`],
    ['a column that has to have a value', sql`INSERT INTO epoch (id, not_before) VALUES (1, NULL)`],
    ['a pattern that is too complex', sql`SELECT 'a' LIKE ${'%a'.repeat(40_000)}`],
  ])('nobody by %s: D1 has answered', async (_what, text) => {
    expect(await failureOf(database.all(statement(text)))).toEqual({
      status: 503,
      isOfDatabase: false,
    })
  })

  it.each([
    'D1_ERROR: Network connection lost.',
    'D1 DB is overloaded. Requests queued for too long.',
  ])('a D1 that does not answer: %s', async (message) => {
    const broken = Object.assign(Object.create(env.DB), {
      prepare: () => ({ bind: () => ({ all: () => Promise.reject(new Error(message)) }) }),
    })
    expect(await failureOf(new Database(broken).all(statement(sql`SELECT 1`)))).toEqual({
      status: 503,
      isOfDatabase: true,
    })
  })
})
