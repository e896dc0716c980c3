// Authorization codes: who may redeem one, when, with what, and how often.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { digestOf } from '../../src/crypto/secret.ts'
import { always, atCall, Server } from '../support/faults.ts'
import { post, read } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { introspect, postAs, refresh, revoke, tokensOf, userinfo } from '../support/tokens.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeFor,
  codeOf,
  decide,
  pass,
  redeem,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
  verifiedIdToken,
  verifier,
} from './flow.ts'

const client = await registerWebClient()
const other = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

const refusal = (error: string, status = 400) => ({
  status,
  body: { error, error_description: expect.any(String) },
})
const invalidGrant = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'the authorization code is not valid' },
}

afterEach(backToNow)

describe('RFC 6749 4.1.3: redeeming a code', () => {
  it('gives access, refresh and ID token, and nobody may keep the answer', async () => {
    const answer = await redeem(client, await codeFor(agent, client, { scope: 'openid read' }))
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await read(answer)).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'Bearer',
        expires_in: 600,
        refresh_token: expect.stringMatching(/^rt_/),
        id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        scope: 'openid read',
      },
    })
  })

  it('gives no ID token where openid was not granted', async () => {
    const { id_token } = await signInTo(agent, client, { scope: 'read' })
    expect(id_token).toBeUndefined()
  })

  it('gives no refresh token to a client that is not registered for one', async () => {
    const without = await registerWebClient({ grant_types: ['authorization_code'] })
    expect((await signInTo(agent, without)).refresh_token).toBeUndefined()
  })

  it('is for public clients, too: the client_id must be the one that asked', async () => {
    const spa = await registerSpa()
    const page = await agent.open(authorizePath(spa))
    const code = codeOf(await decide(agent, page, 'allow'))
    const stranger = await registerSpa()
    expect(await read(await redeem(stranger, code))).toEqual(invalidGrant)
    expect((await redeem(spa, code)).status).toBe(200)
  })

  it('needs the redirect URI where the request named one', async () => {
    const code = await codeFor(agent, client)
    const answer = await redeem(client, code, { redirect_uri: undefined })
    expect(await read(answer)).toEqual(invalidGrant)
  })

  it('needs none where the request named none, but never takes another', async () => {
    const code = await codeFor(agent, client, { redirect_uri: undefined, scope: 'read' })
    const evil = await redeem(client, code, { redirect_uri: 'https://evil.example/cb' })
    expect(await read(evil)).toEqual(invalidGrant)
    expect((await redeem(client, code, { redirect_uri: undefined })).status).toBe(200)
  })

  it('one that was too long for a URL is redeemed once, with all that it stands for, like any other', async () => {
    const nonce = 'n'.repeat(2_000)
    const code = await codeFor(agent, client, { nonce })
    expect(code).toMatch(/^acp_[\w-]{43}$/)
    const answer = await redeem(client, code)
    expect(answer.status).toBe(200)
    const tokens = await tokensOf(Promise.resolve(answer))
    expect((await verifiedIdToken(tokens)).payload).toMatchObject({ nonce })
    expect((await userinfo(tokens.access_token)).status).toBe(200)
    expect(await read(await redeem(client, code))).toEqual(invalidGrant)
    expect((await userinfo(tokens.access_token)).status).toBe(401)
  })

  // `acr` came into format 4 later: a release that does not know it states the lowest class.
  it('has these facts sealed in it: a fact that restricts what the code gives needs another name of the format', async () => {
    const rare = { claims: '{}', nonce: 'n', dpop_jkt: 'k'.repeat(43) }
    const code = await codeFor(agent, client, rare)
    const outcome = configurationFrom(env)
    if ('faults' in outcome) throw new Error(outcome.faults.join())
    const keys = new KeyRing(outcome.settings.masterKeys)
    const opened = await keys.open('authorization code', code.slice('ac_'.length), 'code 4')
    const facts: object = JSON.parse(new TextDecoder().decode(opened ?? undefined))
    expect(Object.keys(facts).sort()).toEqual([
      'acr',
      'amr',
      'authTime',
      'claimsRequest',
      'clientId',
      'codeChallenge',
      'documentDigest',
      'expiresAt',
      'id',
      'issuedAt',
      'keyThumbprint',
      'needsConsent',
      'nonce',
      'redirectUri',
      'redirectUriNamed',
      'resource',
      'scope',
      'sessionId',
      'userId',
    ])
  })

  it('names only a resource that was granted', async () => {
    const resource = 'https://api.example/v1'
    const code = await codeFor(agent, client, { resource })
    const wider = await redeem(client, code, { resource: 'https://other.example/' })
    expect(await read(wider)).toEqual(refusal('invalid_target'))
    const { access_token } = await tokensOf(redeem(client, code, { resource }))
    expect(await read(await introspect(client, access_token))).toMatchObject({
      body: { active: true, aud: resource },
    })
  })
})

describe('RFC 6749 4.1.2, 10.5: nothing but a valid request burns a code', () => {
  const wrong: [string, Record<string, string | undefined>, string][] = [
    ['another redirect URI', { redirect_uri: `${callback}?x=1` }, 'invalid_grant'],
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_grant'],
    ['a wrong verifier', { code_verifier: 'v'.repeat(43) }, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['a malformed verifier', { code_verifier: 'short' }, 'invalid_request'],
    ['a resource that was not granted', { resource: 'https://a.example/' }, 'invalid_target'],
  ]

  it.each(wrong)('%s is refused, and the code still works', async (_what, extra, error) => {
    const code = await codeFor(agent, client)
    expect(await read(await redeem(client, code, extra))).toEqual(refusal(error))
    expect((await redeem(client, code)).status).toBe(200)
  })

  it.each(wrong)('after the redemption %s revokes nothing', async (_what, extra, error) => {
    const code = await codeFor(agent, client)
    const { access_token } = await tokensOf(redeem(client, code))
    expect(await read(await redeem(client, code, extra))).toEqual(refusal(error))
    expect((await userinfo(access_token)).status).toBe(200)
  })

  it('another client with its own secret gets nothing, burns nothing and revokes nothing', async () => {
    const code = await codeFor(agent, client)
    expect(await read(await redeem(other, code))).toEqual(invalidGrant)
    const { access_token } = await tokensOf(redeem(client, code))
    expect(await read(await redeem(other, code))).toEqual(invalidGrant)
    expect((await userinfo(access_token)).status).toBe(200)
  })

  it('the client with a wrong secret gets nothing, burns nothing and revokes nothing', async () => {
    const thief = { ...client, client_secret: 'a wrong secret' }
    const code = await codeFor(agent, client)
    expect(await read(await redeem(thief, code))).toEqual(refusal('invalid_client', 401))
    const { access_token } = await tokensOf(redeem(client, code))
    expect(await read(await redeem(thief, code))).toEqual(refusal('invalid_client', 401))
    expect((await userinfo(access_token)).status).toBe(200)
  })
})

describe('RFC 6749 4.1.2: a code is used once', () => {
  it('a fully valid replay is refused and ends all that the code gave', async () => {
    const code = await codeFor(agent, client)
    const tokens = await tokensOf(redeem(client, code))
    const rotated = await tokensOf(refresh(client, tokens.refresh_token ?? ''))
    expect(await read(await redeem(client, code))).toEqual(invalidGrant)
    const after = [
      (await userinfo(tokens.access_token)).status,
      (await userinfo(rotated.access_token)).status,
      (await refresh(client, rotated.refresh_token ?? '')).status,
      await (await introspect(client, rotated.access_token)).json(),
    ]
    expect(after).toEqual([401, 401, 400, { active: false }])
  })

  it('is one code however its last character is written (RFC 4648 3.5)', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const nonce of ['n', 'no', 'non']) {
      const code = await codeFor(agent, client, { nonce })
      expect((await redeem(client, code)).status).toBe(200)
      const spellings = [...alphabet].map((last) => code.slice(0, -1) + last)
      const answers = await Promise.all(spellings.map((one) => redeem(client, one)))
      expect(answers.map(({ status }) => status)).toEqual(spellings.map(() => 400))
    }
  })

  it('is one authorization, whatever other code has the same facts sealed in it', async () => {
    const code = await codeFor(agent, client)
    const outcome = configurationFrom(env)
    if ('faults' in outcome) throw new Error(outcome.faults.join())
    const keys = new KeyRing(outcome.settings.masterKeys)
    const facts = await keys.open('authorization code', code.slice('ac_'.length), 'code 4')
    const resealed = await keys.seal('authorization code', facts ?? new Uint8Array(), 'code 4')
    const { access_token } = await tokensOf(redeem(client, code))
    expect(await read(await redeem(client, `ac_${resealed}`))).toEqual(invalidGrant)
    expect((await userinfo(access_token)).status).toBe(401)
  })

  it.each([
    ['nothing', ''],
    ['a prefix', 'ac_'],
    ['a parked one that is not there', `acp_${'A'.repeat(43)}`],
    ['one of an unknown key', `ac_other.${'A'.repeat(400)}`],
    ['an inherited name', 'ac___proto__.AAAA'],
    ['text', 'code'],
    ['1,000 characters', 'x'.repeat(1_000)],
  ])('%s is no code', async (_what, code) => {
    const answer = await redeem(client, code)
    expect(await read(answer)).toEqual(code === '' ? refusal('invalid_request') : invalidGrant)
  })

  it('is not redeemed with any of its characters changed or cut off', async () => {
    const code = await codeFor(agent, client)
    const altered = [5, 20, 60, 200].map(
      (at) => code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1),
    )
    const all = [...altered, code.slice(0, -1), code.slice(0, -4), `${code}A`, ` ${code}`]
    const answers = await Promise.all(all.map((one) => redeem(client, one)))
    expect(answers.map(({ status }) => status)).toEqual(all.map(() => 400))
    expect((await redeem(client, code)).status).toBe(200)
  })
})

describe('RFC 6749 4.1.2: a code is short-lived and stands on what it was issued for', () => {
  it('works for less than a minute', async () => {
    const [early, late] = [await codeFor(agent, client), await codeFor(agent, client)]
    pass(59)
    expect((await redeem(client, early)).status).toBe(200)
    pass(2)
    expect(await read(await redeem(client, late))).toEqual(invalidGrant)
  })

  it('does not work at the very millisecond at which it expires', async () => {
    pass(0)
    const [early, late] = [await codeFor(agent, client), await codeFor(agent, client)]
    pass(59.999)
    expect((await redeem(client, early)).status).toBe(200)
    pass(0.001)
    expect(await read(await redeem(client, late))).toEqual(invalidGrant)
  })

  it('a parked one works no longer', async () => {
    const code = await codeFor(agent, client, { nonce: 'n'.repeat(2_000) })
    pass(61)
    expect(await read(await redeem(client, code))).toEqual(invalidGrant)
  })

  it('dies with its browser session', async () => {
    const second = await signedIn(await registerUser())
    const code = await codeFor(second, client)
    await second.submit(await second.open('/'), {}, { action: '/sign-out' })
    expect(await read(await redeem(client, code))).toEqual(invalidGrant)
  })

  it('dies with its user, disabled or deleted', async () => {
    const [first, second] = [await registerUser(), await registerUser()]
    const codes = [
      await codeFor(await signedIn(first), client),
      await codeFor(await signedIn(second), client),
    ]
    await patchUser(first, { disabled: true })
    await admin('DELETE', `/users/${second.id}`)
    const answers = await Promise.all(codes.map(async (code) => read(await redeem(client, code))))
    expect(answers).toEqual([invalidGrant, invalidGrant])
  })

  it('stays dead after its user was enabled again', async () => {
    const one = await registerUser()
    const code = await codeFor(await signedIn(one), client)
    await patchUser(one, { disabled: true })
    await patchUser(one, { disabled: false })
    expect(await read(await redeem(client, code))).toEqual(invalidGrant)
  })

  it('dies when the operator signs its user out, or gives him a new password', async () => {
    const [first, second] = [await registerUser(), await registerUser()]
    const codes = [
      await codeFor(await signedIn(first), client),
      await codeFor(await signedIn(second), client),
    ]
    await admin('POST', `/users/${first.id}/logout`)
    await patchUser(second, { password: crypto.randomUUID() })
    const answers = await Promise.all(codes.map(async (code) => read(await redeem(client, code))))
    expect(answers).toEqual([invalidGrant, invalidGrant])
  })

  it('dies with its client, disabled or deleted', async () => {
    const [disabled, deleted] = [await registerWebClient(), await registerWebClient()]
    const codes = [await codeFor(agent, disabled), await codeFor(agent, deleted)] as const
    await patchClient(disabled, { disabled: true })
    await admin('DELETE', `/clients/${deleted.client_id}`)
    expect({
      disabled: await read(await redeem(disabled, codes[0])),
      deleted: await read(await redeem(deleted, codes[1])),
    }).toEqual({
      disabled: refusal('invalid_client', 401),
      deleted: refusal('invalid_client', 401),
    })
  })

  it('is not inherited by a client that was made anew under the same id', async () => {
    const first = await registerWebClient()
    const code = await codeFor(agent, first)
    const { client_id, client_secret } = first
    await admin('DELETE', `/clients/${client_id}`)
    const second = await registerWebClient({ client_id, client_secret })
    expect(await read(await redeem(second, code))).toEqual(invalidGrant)
  })

  it('dies with its consent, withdrawn', async () => {
    const asking = await registerWebClient({ trusted: false })
    const page = await agent.open(authorizePath(asking))
    const code = codeOf(await decide(agent, page, 'allow'))
    const account = await agent.open('/account')
    const access = { grant: `client:${asking.client_id}` }
    await agent.submit(account, access, { action: '/account/access' })
    expect(await read(await redeem(asking, code))).toEqual(invalidGrant)
  })

  it('stays dead where the consent was withdrawn just while it was given once more', async () => {
    const asking = await registerWebClient({ trusted: false })
    const server = new Server()
    const browser = await signedIn(user, server.fetch)
    const path = authorizePath(asking, { prompt: 'consent' })
    const before = codeOf(await decide(browser, await browser.open(path), 'allow'))
    pass(1)
    const page = await browser.open(path)
    server.plan(({ method }) => {
      if (method === 'batch') void env.DB.prepare('DELETE FROM resource_consents').run()
      return null
    })
    const after = codeOf(await decide(browser, page, 'allow'))
    expect(await read(await redeem(asking, before))).toEqual(invalidGrant)
    expect((await redeem(asking, after)).status).toBe(200)
  })

  it('stays dead after the consent was given anew', async () => {
    const asking = await registerWebClient({ trusted: false })
    const code = codeOf(await decide(agent, await agent.open(authorizePath(asking)), 'allow'))
    const access = { grant: `client:${asking.client_id}` }
    await agent.submit(await agent.open('/account'), access, { action: '/account/access' })
    pass(1)
    const anew = codeOf(await decide(agent, await agent.open(authorizePath(asking)), 'allow'))
    expect(await read(await redeem(asking, code))).toEqual(invalidGrant)
    expect((await redeem(asking, anew)).status).toBe(200)
  })
})

describe('Codes and faults of the storage', () => {
  async function world(): Promise<{ server: Server; code: string }> {
    const server = new Server()
    await introspect(client, 'x', server.fetch)
    return { server, code: await codeFor(agent, client) }
  }

  it('a connection that was lost after the commit is answered by what the row says', async () => {
    const { server, code } = await world()
    server.plan((call) => (call.method === 'batch' ? 'fails after the commit' : null))
    const tokens = await tokensOf(redeem(client, code, {}, server.fetch))
    expect((await userinfo(tokens.access_token)).status).toBe(200)
    expect((await refresh(client, tokens.refresh_token ?? '')).status).toBe(200)
  })

  it('a failure before the commit is 503 with Retry-After, and the code still works', async () => {
    const { server, code } = await world()
    server.plan(always('fails', 'DB'))
    const answer = await redeem(client, code, {}, server.fetch)
    expect({ retryAfter: answer.headers.get('Retry-After'), answer: await read(answer) }).toEqual({
      retryAfter: '2',
      answer: refusal('temporarily_unavailable', 503),
    })
    expect((await redeem(client, code)).status).toBe(200)
  })

  it('an unknown outcome that cannot be looked up is 503, never a refusal', async () => {
    const { server, code } = await world()
    server.plan((call) => (call.method === 'batch' ? 'fails after the commit' : 'fails'))
    const answer = await redeem(client, code, {}, server.fetch)
    expect(await read(answer)).toEqual(refusal('temporarily_unavailable', 503))
  })

  it('KV that takes nothing changes nothing', async () => {
    const { server, code } = await world()
    server.plan(always('fails', 'KV'))
    const tokens = await tokensOf(redeem(client, code, {}, server.fetch))
    await server.settled()
    expect((await refresh(client, tokens.refresh_token ?? '')).status).toBe(200)
  })

  it('the first call failing is 503: D1 is asked before anything is said', async () => {
    const { server, code } = await world()
    server.plan(atCall(0, 'fails'))
    const answer = await redeem(client, code, {}, server.fetch)
    expect({ status: answer.status, askedStorage: server.calls.length > 0 }).toEqual({
      status: 503,
      askedStorage: true,
    })
  })
})

describe('What is kept of a code', () => {
  it('what stands in the row of a parked one is no code, nor part of one', async () => {
    const code = await codeFor(agent, client, { nonce: 'n'.repeat(2_000) })
    const row = await env.DB.prepare('SELECT digest, sealed FROM parked_codes WHERE digest = ?')
      .bind(await digestOf(code))
      .first<{ digest: string; sealed: string }>()
    expect(row).not.toBeNull()
    const made = [
      row?.sealed ?? '',
      `ac_${row?.sealed}`,
      `acp_${row?.sealed}`,
      `acp_${row?.digest}`,
    ]
    const answers = await Promise.all(made.map(async (one) => read(await redeem(client, one))))
    expect(answers).toEqual(made.map(() => invalidGrant))
    expect((await redeem(client, code)).status).toBe(200)
  })

  it('no table and no column holds the code or a token of it', async () => {
    const code = await codeFor(agent, client, { nonce: 'n'.repeat(2_000) })
    const { access_token, refresh_token = '', id_token = '' } = await tokensOf(redeem(client, code))
    const { results: tables } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    ).all<{ name: string }>()
    const rows = await Promise.all(
      tables.map(
        async ({ name }) => (await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results,
      ),
    )
    const text = JSON.stringify(rows)
    expect(text.length).toBeGreaterThan(1_000)
    const found = [code, access_token, refresh_token, id_token].filter((one) => text.includes(one))
    expect(found).toEqual([])
  })

  it('a redemption, and nothing else, is in the audit', async () => {
    const own = await registerWebClient()
    const code = await codeFor(agent, own)
    await redeem(own, code, { code_verifier: 'v'.repeat(43) })
    await redeem(own, code)
    const { results } = await env.DB.prepare('SELECT kind FROM audit_events WHERE client_id = ?1')
      .bind(own.client_id)
      .all()
    expect(results).toEqual([{ kind: 'client.created' }, { kind: 'code.redeemed' }])
  })
})

describe('RFC 6749 4.1: a line of a code', () => {
  it('ends with its browser session, unless offline_access was granted', async () => {
    const one = await signedIn(await registerUser())
    const online = await signInTo(one, client, { scope: 'openid' })
    const offline = await signInTo(one, client, { scope: 'openid offline_access' })
    await one.submit(await one.open('/'), {}, { action: '/sign-out' })
    expect({
      onlineUserinfo: (await userinfo(online.access_token)).status,
      onlineRefresh: (await refresh(client, online.refresh_token ?? '')).status,
      offlineUserinfo: (await userinfo(offline.access_token)).status,
      offlineRefresh: (await refresh(client, offline.refresh_token ?? '')).status,
    }).toEqual({
      onlineUserinfo: 401,
      onlineRefresh: 400,
      offlineUserinfo: 200,
      offlineRefresh: 200,
    })
  })

  it('is revoked by its refresh token alone, whatever client of the same session there is', async () => {
    const [first, second] = [await signInTo(agent, client), await signInTo(agent, other)]
    await revoke(client, first.refresh_token ?? '')
    expect({
      first: (await userinfo(first.access_token)).status,
      second: (await userinfo(second.access_token)).status,
    }).toEqual({ first: 401, second: 200 })
  })

  it('never narrows or widens: what the request asked for beside is ignored', async () => {
    const code = await codeFor(agent, client, { scope: 'openid' })
    const { scope } = await tokensOf(redeem(client, code, { scope: 'openid email read' }))
    expect(scope).toBe('openid')
  })
})

describe('The epoch, after a database was restored', () => {
  it('takes codes in front of it along, and sessions too', async () => {
    const [own, one] = [await registerWebClient(), await registerUser()]
    const browser = await signedIn(one)
    const code = await codeFor(browser, own)
    await admin('POST', '/epoch')
    try {
      expect(await read(await redeem(own, code))).toEqual(invalidGrant)
      const place = await browser.open(authorizePath(own))
      expect(place.title).toBe('Sign in · Postern')
      const fresh = codeOf(await signInAt(browser, place, one))
      expect((await redeem(own, fresh)).status).toBe(200)
    } finally {
      await env.DB.prepare('DELETE FROM epoch').run()
    }
  })
})

describe('N085: parameters of the token request', () => {
  it.each(['code', 'redirect_uri', 'code_verifier', 'client_id'])('%s twice', async (name) => {
    const code = await codeFor(agent, client)
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: callback,
      code,
      code_verifier: verifier,
    }
    const twice = { ...form, [name]: ['a', 'b'] }
    expect(await read(await postAs(client, '/oauth2/token', twice))).toEqual(
      refusal('invalid_request'),
    )
    expect((await redeem(client, code)).status).toBe(200)
  })

  it('without code, or without being registered for codes', async () => {
    const form = { grant_type: 'authorization_code' }
    expect(await read(await postAs(client, '/oauth2/token', form))).toEqual(
      refusal('invalid_request'),
    )
    const unregistered: TestClient = await registerClient()
    expect(await read(await redeem(unregistered, 'ac_x'))).toEqual(refusal('unauthorized_client'))
  })

  it('a confidential client that sends its id alone is not authenticated', async () => {
    const code = await codeFor(agent, client)
    const form = { grant_type: 'authorization_code', code, client_id: client.client_id }
    expect(await read(await post('/oauth2/token', form))).toEqual(refusal('invalid_client', 401))
  })
})
