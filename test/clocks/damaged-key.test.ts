// A row of a signing key is damaged: by a script, by a bad disk, by a restore that went wrong. The other
// keys go on, readiness says which one it is, and no key is made that the operator did not ask for.
import { env } from 'cloudflare:workers'
import type { JSONWebKeySet } from 'jose'
import { decodeProtectedHeader } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { verifiedIdToken, codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { bearer, get, read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { clientCredentials, introspect, tokensOf } from '../support/tokens.ts'

const client = await registerClient()
const web = await registerWebClient({ id_token_signed_response_alg: 'RS256' })
const agent = await signedIn(await registerUser())

type Key = { kid: string; alg: string; public_jwk: string; wrapped_private_key: string }

const keysOf = async (alg: string): Promise<Key[]> =>
  (
    await env.DB.prepare('SELECT * FROM signing_keys WHERE alg = ? ORDER BY generation')
      .bind(alg)
      .all<Key>()
  ).results

const first = (keys: Key[]): Key => {
  const [key] = keys
  if (key === undefined) throw new Error('there is no key')
  return key
}

const change = (kid: string, column: string, value: string) =>
  env.DB.prepare(`UPDATE signing_keys SET ${column} = ? WHERE kid = ?`).bind(value, kid).run()

/** Seals under the right master key, but for another key. */
const otherWrap = async (): Promise<string> => first(await keysOf('RS256')).wrapped_private_key

const damages: [string, (key: Key) => Promise<unknown>][] = [
  ['broken JSON', ({ kid }) => change(kid, 'public_jwk', '{"kty":"EC","crv"')],
  ['a JWK that is none', ({ kid }) => change(kid, 'public_jwk', '[]')],
  [
    'the JWK of another key',
    async ({ kid }) => change(kid, 'public_jwk', first(await keysOf('RS256')).public_jwk),
  ],
  [
    'another algorithm',
    ({ kid, public_jwk }) => change(kid, 'public_jwk', public_jwk.replace('"ES256"', '"ES384"')),
  ],
  [
    'half a point',
    ({ kid, public_jwk }) =>
      change(kid, 'public_jwk', public_jwk.replace(/"x":"[^"]+"/, '"x":"AA"')),
  ],
  [
    'a private half that was sealed for another key',
    async ({ kid }) => change(kid, 'wrapped_private_key', await otherWrap()),
  ],
  ['a private half of no bytes', ({ kid }) => change(kid, 'wrapped_private_key', 'test.')],
  ['no private half', ({ kid }) => change(kid, 'wrapped_private_key', '')],
]

const ready = async ({ fetch }: Server) =>
  read(await get('/health/ready', bearer(testSettings.ADMIN_TOKEN), fetch))

const red = (kid: string) => ({
  status: 503,
  body: {
    status: 'unavailable',
    failing: [
      {
        name: 'keys',
        detail: `the signing key ${kid} is damaged: withdraw it, and a successor takes its place`,
      },
    ],
  },
})

const signerOf = async ({ fetch }: Server) =>
  decodeProtectedHeader((await tokensOf(clientCredentials(client, {}, fetch))).access_token).kid

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM signing_keys').run()
  await signerOf(new Server())
})

describe.each(damages)('A key with %s', (_what, damage) => {
  it('is named by readiness, signs nothing, and no other key is made', async () => {
    const key = first(await keysOf('ES256'))
    const before = await env.DB.prepare('SELECT COUNT(*) AS keys FROM signing_keys').first()
    await damage(key)
    const server = new Server()
    const { status, body } = await read(await clientCredentials(client, {}, server.fetch))
    expect({
      ready: await ready(server),
      status,
      error: Object(body).error,
      after: await env.DB.prepare('SELECT COUNT(*) AS keys FROM signing_keys').first(),
    }).toEqual({
      ready: red(key.kid),
      status: 503,
      error: 'temporarily_unavailable',
      after: before,
    })
  })

  it('leaves the keys of other algorithms as they are', async () => {
    const before = new Server()
    const other = await tokensOf(redeem(web, await codeFor(agent, web), {}, before.fetch))
    await damage(first(await keysOf('ES256')))
    const { fetch } = new Server()
    const { keys } = await (await get('/.well-known/jwks.json', {}, fetch)).json<JSONWebKeySet>()
    expect(keys.map(({ alg }) => alg)).toContain('RS256')
    expect((await verifiedIdToken(other, fetch)).header.alg).toBe('RS256')
  })

  it('is withdrawn by the operator, and its successor signs at once', async () => {
    const { kid } = first(await keysOf('ES256'))
    const { access_token } = await tokensOf(clientCredentials(client))
    await damage(first(await keysOf('ES256')))
    const server = new Server()
    const withdrawn = await admin('POST', `/keys/${kid}/withdraw`, undefined, server.fetch)
    const successor = await signerOf(server)
    expect({
      withdrawn: withdrawn.status,
      isOther: successor !== kid,
      ready: await ready(server),
      elsewhere: await signerOf(new Server()),
      old: await read(await introspect(client, access_token, server.fetch)),
    }).toEqual({
      withdrawn: 204,
      isOther: true,
      ready: { status: 200, body: { status: 'ok' } },
      elsewhere: successor,
      old: { status: 200, body: { active: false } },
    })
  })

  it('is passed over where its successor was published already', async () => {
    const key = first(await keysOf('ES256'))
    await admin('POST', '/keys/rotate')
    await damage(key)
    const [, successor] = await keysOf('ES256')
    expect(await signerOf(new Server())).toBe(successor?.kid)
  })
})

it('A key of an algorithm of a newer release is no damage: it is published, and others sign', async () => {
  const key = first(await keysOf('ES256'))
  const jwk = { ...JSON.parse(key.public_jwk), kid: 'newer', alg: 'ML-DSA-44' }
  await env.DB.prepare(
    `INSERT INTO signing_keys (kid, use, alg, generation, public_jwk, wrapped_private_key, created_at, active_at)
     SELECT 'newer', use, 'ML-DSA-44', 1, ?, wrapped_private_key, created_at, active_at
     FROM signing_keys WHERE kid = ?`,
  )
    .bind(JSON.stringify(jwk), key.kid)
    .run()
  const server = new Server()
  const { keys } = await (
    await get('/.well-known/jwks.json', {}, server.fetch)
  ).json<JSONWebKeySet>()
  expect({
    published: keys.some(({ kid }) => kid === 'newer'),
    ready: await ready(server),
    signer: await signerOf(server),
    rotated: (await admin('POST', '/keys/rotate', undefined, server.fetch)).status,
  }).toEqual({
    published: true,
    ready: { status: 200, body: { status: 'ok' } },
    signer: key.kid,
    rotated: 200,
  })
})
