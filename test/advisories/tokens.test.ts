// What went wrong in other servers with tokens: refreshed, revoked, exchanged, forged.
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, expect, it } from 'vitest'
import { makeKey, seconds, signToken } from '../federation/providers.ts'
import { registerWebClient, signedIn, signInTo, backToNow, pass } from '../openid/flow.ts'
import { assertionOf, registerKeyClient } from '../support/assertions.ts'
import { grant_type as jwtBearer } from '../support/asserted.ts'
import { always, Server } from '../support/faults.ts'
import { basic, get, issuer, post, read, refusal } from '../support/http.ts'
import { registerClient, registerResource, registerUser, admin } from '../support/registry.ts'
import {
  clientCredentials,
  grantOf,
  introspect,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const client = await registerClient()
const other = await registerClient()
const user = await registerUser()
const invalidGrant = { status: 400, error: 'invalid_grant' }

afterEach(backToNow)

it('workers-oauth-provider#188: a client revokes the tokens of no other', async () => {
  const { access_token, refresh_token } = await signIn(client, user)
  for (const token of [access_token, refresh_token]) {
    expect((await revoke(other, token)).status).toBe(200)
  }
  expect((await userinfo(access_token)).status).toBe(200)
  expect((await refresh(client, refresh_token)).status).toBe(200)
})

it('workers-oauth-provider#234: a refresh in the last seconds of a grant is no fault of ours', async () => {
  const web = await registerWebClient()
  const agent = await signedIn(user)
  const { refresh_token = '' } = await signInTo(agent, web, { scope: 'openid offline_access' })
  pass(30 * 86_400 - 20)
  expect([200, 400]).toContain((await refresh(web, refresh_token)).status)
})

it('workers-oauth-provider 0.6.0: a KV that refuses to write refuses no refresh', async () => {
  const { refresh_token } = await signIn(client, user)
  const server = new Server()
  server.plan(({ binding }) => (binding === 'KV' ? 'fails' : null))
  const { refresh_token: next } = await grantOf(refresh(client, refresh_token, {}, server.fetch))
  expect((await refresh(client, next)).status).toBe(200)
})

it('GHSA-7mqr-2v3q-v2wm, CVE-2020-15223: what could not be revoked is not said to be', async () => {
  const { refresh_token } = await signIn(client, user)
  const server = new Server()
  await tokensOf(clientCredentials(client, {}, server.fetch))
  server.plan(always('fails', 'DB'))
  const answer = await revoke(client, refresh_token, server.fetch)
  expect({ status: answer.status, again: answer.headers.has('Retry-After') }).toEqual({
    status: 503,
    again: true,
  })
  expect((await refresh(client, refresh_token)).status).toBe(200)
})

it('GHSA-392p-2q2v-4372, GHSA-m2w5-7xhv-w6fh, different-ai/openwork#4441: refreshes at once get one successor', async () => {
  const { refresh_token } = await signIn(client, user)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => grantOf(refresh(client, refresh_token))),
  )
  const successors = new Set(answers.map((answer) => answer.refresh_token))
  expect(successors.size).toBe(1)
  for (const successor of successors) expect((await refresh(client, successor)).status).toBe(200)
})

it('GHSA-pw9m-5jxm-xr6h: a refresh token of a confidential client does nothing without its secret', async () => {
  const { refresh_token } = await signIn(client, user)
  const form = { grant_type: 'refresh_token', refresh_token }
  const { client_id } = client
  expect(await refusal(post('/oauth2/token', { ...form, client_id }))).toEqual({
    status: 401,
    error: 'invalid_client',
  })
  expect(await refusal(post('/oauth2/token', form, basic(client_id, 'wrong')))).toEqual({
    status: 401,
    error: 'invalid_client',
  })
  expect((await refresh(client, refresh_token)).status).toBe(200)
})

it('GHSA-p2fr-6hmx-4528: a refresh reaches no resource that was not granted, and changes nothing', async () => {
  const { resource } = await registerResource()
  const { refresh_token } = await signIn(client, user)
  expect(await refusal(refresh(client, refresh_token, { resource }))).toEqual({
    status: 400,
    error: 'invalid_target',
  })
  expect((await refresh(client, refresh_token)).status).toBe(200)
})

it('GHSA-6mq3-xmgp-pjm5: a token that is cut or lengthened is none', async () => {
  const { access_token, refresh_token } = await signIn(client, user)
  for (const cut of [access_token.slice(0, -1), access_token.slice(0, -10), `${access_token}A`]) {
    expect((await userinfo(cut)).status).toBe(401)
    expect(await (await introspect(client, cut)).json()).toEqual({ active: false })
  }
  for (const cut of [refresh_token.slice(0, -1), `${refresh_token}A`]) {
    expect(await refusal(refresh(client, cut))).toEqual(invalidGrant)
  }
  expect((await refresh(client, refresh_token)).status).toBe(200)
})

it('GHSA-wxg7-w2v3-w38g: an assertion without an end is refused', async () => {
  const own = await registerKeyClient({ grant_types: [jwtBearer], scope: 'openid' })
  const assertion = await assertionOf(own, { sub: user.username, exp: undefined })
  expect(await refusal(post('/oauth2/token', { grant_type: jwtBearer, assertion }))).toEqual(
    invalidGrant,
  )
})

it('GHSA-g5h5-m4hm-xjrr, CVE-2026-55669, workers-oauth-provider#273: an assertion for somebody else, or for several, is refused', async () => {
  const own = await registerKeyClient({ grant_types: [jwtBearer], scope: 'openid' })
  for (const aud of ['https://other.example', [issuer, 'https://other.example'], undefined]) {
    const assertion = await assertionOf(own, { sub: user.username, aud })
    expect(await refusal(post('/oauth2/token', { grant_type: jwtBearer, assertion }))).toEqual(
      invalidGrant,
    )
  }
})

it('CVE-2023-0091: an access token of the client itself can be revoked, too', async () => {
  const { access_token } = await tokensOf(clientCredentials(client))
  expect(await (await introspect(client, access_token)).json()).toMatchObject({ active: true })
  expect((await revoke(client, access_token)).status).toBe(200)
  expect(await (await introspect(client, access_token)).json()).toEqual({ active: false })
})

it('CVE-2026-9097, workers-oauth-provider#249: a revoked token is not exchanged, and no exchange is wider', async () => {
  const service = await registerClient({ grant_types: [exchangeGrant] })
  const { resource } = await registerResource()
  const exchange = (subject_token: string, extra: Record<string, string> = {}) =>
    post(
      '/oauth2/token',
      {
        grant_type: exchangeGrant,
        subject_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        ...extra,
      },
      basic(service.client_id, service.client_secret ?? ''),
    )
  const granted = await signIn(client, user, { scope: 'read' })
  const wider = await exchange(granted.access_token, { resource, scope: 'read write' })
  expect(await wider.json()).toMatchObject({ scope: 'read' })
  await revoke(client, granted.refresh_token)
  expect((await exchange(granted.access_token, { resource })).status).toBe(400)
})

it('CVE-2026-9094: an exchange reaches no resource that nobody registered', async () => {
  const service = await registerClient({ grant_types: [exchangeGrant] })
  const { access_token } = await signIn(client, user)
  const answer = await post(
    '/oauth2/token',
    {
      grant_type: exchangeGrant,
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: 'https://other-organisation.example/api',
    },
    basic(service.client_id, service.client_secret ?? ''),
  )
  expect(await refusal(answer)).toEqual({ status: 400, error: 'invalid_target' })
})

it('CVE-2026-47673: an access token counts under the scheme Bearer alone', async () => {
  const { access_token } = await signIn(client, user)
  for (const scheme of ['Basic', 'Token', 'JWT', 'DPoP', '']) {
    const headers = { Authorization: `${scheme} ${access_token}`.trim() }
    expect((await get('/oauth2/userinfo', headers)).status).toBe(401)
  }
})

it('CVE-2026-22817, CVE-2026-22818, CVE-2026-28498: the header of a token chooses no algorithm', async () => {
  const { access_token } = await signIn(client, user)
  const [, payload = ''] = access_token.split('.')
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
  const jwks = await (await get('/.well-known/jwks.json')).text()
  const { kid } = JSON.parse(jwks).keys[0]
  const forged = [
    new UnsecuredJWT(claims).encode(),
    await signToken(await makeKey('ES256', kid), claims, { typ: 'at+jwt' }),
    await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      .sign(new TextEncoder().encode(jwks)),
    `${btoa(JSON.stringify({ alg: 'XX999', typ: 'at+jwt', kid })).replaceAll('=', '')}.${payload}.AAAA`,
  ]
  for (const token of forged) expect((await userinfo(token)).status).toBe(401)
  expect(claims.exp).toBeGreaterThan(seconds())
})

it('GHSA-2vg6-77g8-24mp: nothing that a deleted user had counts any more', async () => {
  const gone = await registerUser()
  const agent = await signedIn(gone)
  const { access_token, refresh_token } = await signIn(client, gone)
  expect((await admin('DELETE', `/users/${gone.id}`)).ok).toBe(true)
  expect({
    session: (await agent.open('/account')).title,
    refresh: await refusal(refresh(client, refresh_token)),
    userinfo: (await userinfo(access_token)).status,
    token: await read(await introspect(client, access_token)),
  }).toEqual({
    session: expect.stringContaining('Sign in'),
    refresh: invalidGrant,
    userinfo: 401,
    token: { status: 200, body: { active: false } },
  })
})
