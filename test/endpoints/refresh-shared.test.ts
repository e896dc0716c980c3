// Refresh tokens that several processes share, and what a refresh may ask of its grant: modern.md 5.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { boundTokensOf, newProofKey, postProved, proofOf, type ProofKey } from '../support/dpop.ts'
import { always, Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { basic, post, read } from '../support/http.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerPublicClient,
  registerResource,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { age, grantIdOf, grantRow } from '../support/time.ts'
import { clientCredentials, grantOf, refresh, signIn, tokensOf } from '../support/tokens.ts'

const client = await registerClient()
const sharing = await registerClient({ refresh_token_rotation: false })
const publicClient = await registerPublicClient()
const user = await registerUser()
const key = await newProofKey()
const other = await newProofKey()

const refusal = (error: string) => ({
  status: 400,
  body: { error, error_description: expect.any(String) },
})

/** Signs in with a proof of the key. */
const boundGrant = async (of: TestClient = publicClient) => {
  const { username, password } = user
  const form = { grant_type: 'password', username, password, scope: 'openid read' }
  return boundTokensOf(postProved(of, await proofOf(key), form))
}

const refreshProved = async (refreshToken: string, by: ProofKey | null, extra = {}) => {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...extra }
  return postProved(publicClient, by === null ? null : await proofOf(by), form)
}

const fifty = <Result>(work: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 50 }, work))

describe('RF1: a refresh token that does not rotate', () => {
  it('M031: 50 parallel refreshes of a bound grant all get the same refresh token', async () => {
    const { refresh_token } = await boundGrant()
    const answers = await fifty(() => refreshProved(refresh_token, key))
    const tokens = await Promise.all(answers.map((answer) => boundTokensOf(answer)))
    const outcome = {
      statuses: new Set(answers.map(({ status }) => status)),
      refreshTokens: new Set(tokens.map((one) => one.refresh_token)),
      accessTokens: new Set(tokens.map((one) => one.access_token)).size,
    }
    expect(outcome).toEqual({
      statuses: new Set([200]),
      refreshTokens: new Set([refresh_token]),
      accessTokens: 50,
    })
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0, revoked_at: null })
  })

  it('M031: of a confidential client without rotation, the same', async () => {
    const { refresh_token } = await signIn(sharing, user)
    const grants = await fifty(() => grantOf(refresh(sharing, refresh_token)))
    expect(new Set(grants.map((grant) => grant.refresh_token))).toEqual(new Set([refresh_token]))
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0, revoked_at: null })
  })

  it('is good a week later, and moves the idle expiry on each time', async () => {
    const { refresh_token } = await signIn(sharing, user)
    const idle = async () => {
      const query = 'SELECT idle_expires_at AS idle FROM grants WHERE id = ?1'
      const row = await env.DB.prepare(query)
        .bind(grantIdOf(refresh_token))
        .first<{ idle: number }>()
      return row?.idle ?? 0
    }
    const atFirst = await idle()
    await age(refresh_token, 'idle', 7 * 86_400)
    expect((await refresh(sharing, refresh_token)).status).toBe(200)
    expect(await idle()).toBeGreaterThanOrEqual(atFirst)
  })

  it('where the answer was lost after the commit, the request has its answer all the same', async () => {
    const { refresh_token } = await signIn(sharing, user)
    const server = new Server()
    await refresh(sharing, 'rt', {}, server.fetch)
    server.plan(always('fails after the commit', 'DB', 'batch'))
    const answer = await grantOf(refresh(sharing, refresh_token, {}, server.fetch))
    expect(answer.refresh_token).toBe(refresh_token)
  })

  it('where the write failed, the request is safe to retry', async () => {
    const { refresh_token } = await signIn(sharing, user)
    const server = new Server({ D1_OUTAGE_REFRESH: 'off' })
    await refresh(sharing, 'rt', {}, server.fetch)
    server.plan(always('fails', 'DB', 'batch'))
    expect((await refresh(sharing, refresh_token, {}, server.fetch)).status).toBe(503)
    expect((await refresh(sharing, refresh_token)).status).toBe(200)
  })

  it('rotates again once the client is registered for it', async () => {
    const changing = await registerClient({ refresh_token_rotation: false })
    const { refresh_token } = await signIn(changing, user)
    await patchClient(changing, { refresh_token_rotation: true })
    const next = await grantOf(refresh(changing, refresh_token))
    expect(next.refresh_token).toMatch(/\.1\./)
  })

  it('does not rotate any more once the client is not: what it had rotated away stays dead', async () => {
    const changing = await registerClient()
    const first = await signIn(changing, user)
    const second = await grantOf(refresh(changing, first.refresh_token))
    await patchClient(changing, { refresh_token_rotation: false })
    const third = await grantOf(refresh(changing, second.refresh_token))
    await age(first.refresh_token, 'rotated', 3_600)
    expect({
      third: third.refresh_token,
      first: (await refresh(changing, first.refresh_token)).status,
      row: await grantRow(first.refresh_token),
    }).toMatchObject({
      third: second.refresh_token,
      first: 400,
      row: { generation: 1, revoked_reason: 'token.refresh-reused' },
    })
  })

  it('cannot be registered for a public client: its tokens would be anybody’s', async () => {
    const sent = { client_name: 'An app', token_endpoint_auth_method: 'none' }
    const redirects = { redirect_uris: ['https://client.example/cb'] }
    const answer = await admin('POST', '/clients', {
      ...sent,
      ...redirects,
      refresh_token_rotation: false,
    })
    const { status, body } = await read(answer)
    expect({ status, body: JSON.stringify(body) }).toEqual({
      status: 400,
      body: expect.stringContaining('refresh_token_rotation'),
    })
  })

  it('RF2: that of a public client without a key rotates, whoever asks', async () => {
    const { refresh_token } = await signIn(publicClient, user)
    const next = await grantOf(refresh(publicClient, refresh_token))
    expect(next.refresh_token).toMatch(/\.1\./)
  })
})

describe('RF4: no expiry of a refresh token moves past the end of its grant', () => {
  it.each([
    ['that rotates', client],
    ['that does not', sharing],
  ])('the idle expiry of one %s', async (_which, of) => {
    const { refresh_token } = await signIn(of, user)
    await age(refresh_token, 'absolute', 89 * 86_400)
    const { absolute_expires_at } = await grantRow(refresh_token)
    await refresh(of, refresh_token)
    expect(await grantRow(refresh_token)).toMatchObject({
      absolute_expires_at,
      idle_expires_at: absolute_expires_at,
    })
  })
})

describe('DP6: the refresh token of a public client is bound to its key', () => {
  it('M032: without proof or with another key 20 times 400, nothing written, nothing revoked', async () => {
    const { refresh_token } = await boundGrant()
    const before = await grantRow(refresh_token)
    const answers = []
    for (let nth = 0; nth < 20; nth++) {
      const answer = await refreshProved(refresh_token, nth % 2 === 0 ? null : other)
      answers.push(await read(answer))
    }
    expect(answers).toEqual(answers.map(() => refusal('invalid_dpop_proof')))
    expect(await grantRow(refresh_token)).toEqual(before)
    expect((await refreshProved(refresh_token, key)).status).toBe(200)
  })

  it('M032: the wrong key does not learn what was granted', async () => {
    const { refresh_token } = await boundGrant()
    const answer = await refreshProved(refresh_token, other, { scope: 'openid write' })
    expect(await read(answer)).toEqual(refusal('invalid_dpop_proof'))
  })

  it('a key that is proved later does not bind the grant, and the access token names it', async () => {
    const { refresh_token } = await signIn(publicClient, user)
    const next = await boundTokensOf(refreshProved(refresh_token, key))
    expect({
      cnf: claimsOf(next.access_token).cnf,
      refreshed: (await refresh(publicClient, next.refresh_token)).status,
    }).toEqual({ cnf: { jkt: key.thumbprint }, refreshed: 200 })
  })
})

describe('RF5: what a refresh asks of its grant', () => {
  const resource = 'https://API.example'

  it('M033: a resource that was not granted is invalid_target, then the same token without it works', async () => {
    const { refresh_token } = await signIn(client, user, { resource })
    const refused = await refresh(client, refresh_token, { resource: 'https://b.example' })
    expect(await read(refused)).toEqual(refusal('invalid_target'))
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0 })
    expect((await refresh(client, refresh_token)).status).toBe(200)
  })

  it('M033: the refusal, too, has waited for storage once and written nothing', async () => {
    const { refresh_token } = await signIn(client, user, { resource })
    const server = new Server()
    const other = { resource: 'https://b.example' }
    await clientCredentials(client, other, server.fetch)
    const before = await grantRow(refresh_token)
    await refresh(client, refresh_token, other, server.fetch)
    expect(server.waits).toBe(1)
    expect(await grantRow(refresh_token)).toEqual(before)
  })

  it('M034: narrowed once, the grant is not: the next refresh has the full scope', async () => {
    const { refresh_token } = await signIn(sharing, user, { scope: 'openid read' })
    const scopes = [
      (await tokensOf(refresh(sharing, refresh_token, { scope: 'read' }))).scope,
      (await tokensOf(refresh(sharing, refresh_token))).scope,
    ]
    expect(scopes).toEqual(['read', 'openid read'])
  })

  it.each([
    'https://API.example',
    'https://api.example',
    'https://api.example/',
    'https://api.example:443/',
    'https://api.example/?tenant=1',
  ])(
    'names a granted resource as %s: the audience keeps the spelling of the authorization',
    async (named) => {
      const { refresh_token } = await signIn(client, user, { resource })
      const { access_token } = await tokensOf(refresh(client, refresh_token, { resource: named }))
      expect(claimsOf(access_token).aud).toBe(resource)
    },
  )

  it.each([
    'https://api.example/a',
    'http://api.example/',
    'https://api.example.evil.example/',
    'https://api.exampl',
  ])('does not take %s for it', async (named) => {
    const { refresh_token } = await signIn(client, user, { resource })
    const answer = await refresh(client, refresh_token, { resource: named })
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it.each(['rea', 'ad', 'openid', 'Read', 'openid read write', '%', '_ead'])(
    'a grant of “read” does not cover the scope “%s”',
    async (scope) => {
      const { refresh_token } = await signIn(client, user, { scope: 'read' })
      const answer = await refresh(client, refresh_token, { scope })
      expect(await read(answer)).toEqual(refusal('invalid_scope'))
      expect(await grantRow(refresh_token)).toMatchObject({ generation: 0 })
    },
  )

  it('narrows a grant of two resources to one', async () => {
    const named = ['https://a.example/', 'https://b.example/mcp']
    const { username, password } = user
    const { client_id, client_secret = '' } = sharing
    const form = { grant_type: 'password', username, password, resource: named }
    const { refresh_token } = await grantOf(
      post('/oauth2/token', form, basic(client_id, client_secret)),
    )
    const audiences = []
    for (const resource of [...named, undefined]) {
      const grant = await grantOf(refresh(sharing, refresh_token, { resource }))
      audiences.push(claimsOf(grant.access_token).aud)
    }
    expect(audiences).toEqual([...named, named])
  })

  it('takes an alias for the resource that was granted, and gives a token for its registered spelling', async () => {
    const registered = `https://${crypto.randomUUID()}.example/mcp`
    const alias = new URL(registered).origin
    await registerResource({ resource: registered, aliases: [alias] })
    const { refresh_token } = await signIn(client, user, { resource: registered })
    const { access_token } = await tokensOf(refresh(client, refresh_token, { resource: alias }))
    expect(claimsOf(access_token).aud).toBe(registered)
  })

  it('knows a grant by the alias that it was granted under, before the operator made it one', async () => {
    const registered = `https://${crypto.randomUUID()}.example/mcp`
    const alias = new URL(registered).origin
    const { refresh_token } = await signIn(client, user, { resource: alias })
    await registerResource({ resource: registered, aliases: [alias] })
    const { access_token } = await tokensOf(
      refresh(client, refresh_token, { resource: registered }, new Server().fetch),
    )
    expect(claimsOf(access_token).aud).toBe(registered)
  })

  it('a grant of the release before is compared by its spellings', async () => {
    const { refresh_token } = await signIn(sharing, user, { resource })
    const forget = 'UPDATE grants SET resource_keys = NULL WHERE id = ?1'
    await env.DB.prepare(forget).bind(grantIdOf(refresh_token)).run()
    const answers = [
      await read(await refresh(sharing, refresh_token, { resource })),
      await read(await refresh(sharing, refresh_token, { resource: 'https://api.example/' })),
    ]
    expect(answers).toMatchObject([{ status: 200 }, refusal('invalid_target')])
  })

  it('a retry that asks too much is refused and not counted as a retry', async () => {
    const { refresh_token } = await signIn(publicClient, user, { scope: 'openid read' })
    await refresh(publicClient, refresh_token)
    const answer = await refresh(publicClient, refresh_token, { scope: 'openid write' })
    expect(await read(answer)).toEqual(refusal('invalid_scope'))
    expect(await grantRow(refresh_token)).toMatchObject({ retry_rounds: 0, revoked_at: null })
  })
})

describe('RFC 9700 2.5: a confidential client', () => {
  it.each([
    ['with its client_id alone', {}],
    ['with the method none of another', { client_secret: '' }],
  ])('M035: %s is invalid_client, and the grant is as it was', async (_how, extra) => {
    const { refresh_token } = await signIn(sharing, user)
    const before = await grantRow(refresh_token)
    const form = { grant_type: 'refresh_token', refresh_token, client_id: sharing.client_id }
    const answer = await post('/oauth2/token', { ...form, ...extra })
    expect(await read(answer)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await grantRow(refresh_token)).toEqual(before)
  })
})
