// Kustvakt's services that list and revoke the tokens of a user: operator.md section 2, row O11.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { basic, post, read } from '../support/http.ts'
import { patchClient, type TestClient } from '../support/registry.ts'
import { age } from '../support/time.ts'
import { introspect, refresh, revoke, userinfo } from '../support/tokens.ts'
import { transcript } from '../support/transcript.ts'
import { always, Server } from '../support/faults.ts'
import {
  answer,
  ask,
  asSuper,
  codeFor,
  confidential,
  kustvakt,
  oauth,
  redeem,
  register,
  registered200,
  registerKalamar,
  signedInUser,
  tokensOf,
  type KorapTokens,
  success,
  headers,
  aDate,
  prefixes,
} from './korap.ts'

const kalamar = await registerKalamar()
const { token: owner } = await signedInUser(kalamar)
const app = await registered200(owner)

type Person = { token: string; tokens: KorapTokens }

/** Somebody who is signed in at the super client, and whose tokens another client has. */
async function person(client: TestClient = app): Promise<Person> {
  const { token } = await signedInUser(kalamar)
  return { token, tokens: await tokensOf(client, token) }
}

const entry = z.looseObject({ token: z.string(), client_id: z.string() })

const list = (token: string, form: Record<string, string> = {}, root = '/api/v1.0') => {
  const all = { ...asSuper(kalamar), token_type: 'refresh_token', ...form }
  return ask(`${root}/oauth2/token/list`, all, token)
}
const listed = async (token: string, form: Record<string, string> = {}) =>
  z.array(entry).parse(await (await list(token, form)).json())

async function handleOf(token: string, client: TestClient = app): Promise<string> {
  const entries = await listed(token, { client_id: client.client_id })
  const [found] = entries
  if (found === undefined || entries.length > 1) throw new Error('there is not one handle')
  return found.token
}

const isAlive = async ({ access_token }: KorapTokens, client: TestClient = app) => {
  const { body } = await read(await introspect(client, access_token))
  return z.looseObject({ active: z.boolean() }).parse(body).active
}

const bySuper = (token: string, form: Record<string, string>, root = '/api/v1.0') =>
  answer(ask(`${root}/oauth2/revoke/super`, { ...asSuper(kalamar), ...form }, token))
const allBySuper = (token: string, form: Record<string, string>, root = '/api/v1.0') =>
  answer(ask(`${root}/oauth2/revoke/super/all`, { ...asSuper(kalamar), ...form }, token))

describe('KorAP: POST oauth2/token/list', () => {
  const date = expect.stringMatching(aDate)

  it.each(prefixes)('lists a handle of each grant at %s, and nothing of its own', async (root) => {
    const { token } = await person()
    const answered = await transcript(list(token, {}, root))
    const body: unknown = JSON.parse(answered.body)
    const [first = {}] = z.array(z.looseObject({})).parse(body)
    expect({ ...answered, names: Object.keys(first), body }).toEqual({
      status: 200,
      headers,
      names: [
        'token',
        'created_date',
        'expires_in',
        'user_authentication_time',
        'scope',
        'client_id',
        'client_name',
        'client_description',
        'client_url',
      ],
      body: [
        {
          token: expect.stringMatching(/^grant_[\w-]{22}$/),
          created_date: date,
          expires_in: expect.any(Number),
          user_authentication_time: date,
          scope: ['search'],
          client_id: app.client_id,
          client_name: confidential.name,
          client_description: confidential.description,
          client_url: confidential.url,
        },
      ],
    })
  })

  it('says when the token of the kind expires', async () => {
    const { token } = await person()
    const expiresIn = async (form: Record<string, string>) =>
      z.array(z.looseObject({ expires_in: z.int() })).parse(await listed(token, form))[0]
    const { expires_in: ofRefreshToken = 0 } = (await expiresIn({})) ?? {}
    const { expires_in: ofAccessToken = 0 } =
      (await expiresIn({ token_type: 'access_token' })) ?? {}
    expect({
      // 30 days without use, and 10 minutes.
      refresh: ofRefreshToken > 2_590_000 && ofRefreshToken <= 2_592_000,
      access: ofAccessToken > 500 && ofAccessToken <= 600,
    }).toEqual({ refresh: true, access: true })
  })

  it('lists a public client, which has no refresh token, by its access token alone', async () => {
    const { token } = await person()
    const open = await registered200(token, { type: 'PUBLIC' })
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const code = await codeFor(open, token, 'search', {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const { client_id } = open
    const redeemed = await redeem({ client_id }, code, { client_id, code_verifier: verifier })
    expect({
      redeemed: redeemed.status,
      refreshTokens: await listed(token, { client_id }),
      accessTokens: (await listed(token, { client_id, token_type: 'access_token' })).length,
    }).toEqual({ redeemed: 200, refreshTokens: [], accessTokens: 1 })
  })

  it('lists no other user, no grant that ended, and of one client if asked', async () => {
    const { token, tokens } = await person()
    const second = await registered200(owner)
    await tokensOf(second, token)
    const clients = async (form: Record<string, string> = {}) =>
      (await listed(token, form)).map(({ client_id }) => client_id)
    const both = await clients()
    const one = await clients({ client_id: second.client_id })
    await revoke(app, tokens.refresh_token ?? '')
    const left = await clients()
    const others = await listed((await person()).token)
    expect({ both, one, left, others: others.length }).toEqual({
      both: [second.client_id, app.client_id],
      one: [second.client_id],
      left: [second.client_id],
      others: 1,
    })
  })

  it('lists no grant that has expired, or whose client is disabled', async () => {
    const client = await registered200(owner)
    const expired = await person(client)
    await age(expired.tokens.refresh_token ?? '', 'idle', 2_592_001)
    const disabled = await person(client)
    const before = (await listed(disabled.token)).length
    await patchClient(client, { disabled: true })
    expect({
      expired: await listed(expired.token),
      before,
      disabled: await listed(disabled.token),
    }).toEqual({ expired: [], before: 1, disabled: [] })
  })

  it.each([{ token_type: 'id_token' }, { token_type: '' }])('refuses %j', async (form) => {
    const { token } = await person()
    expect(await answer(list(token, form))).toEqual(
      oauth('invalid_request', 'Missing token_type parameter value'),
    )
  })

  it('is for super clients', async () => {
    const { token } = await person()
    expect(await answer(list(token, asSuper(app)))).toEqual(
      oauth('unauthorized_client', 'Only super client is allowed.', 401),
    )
  })
})

describe('KorAP: handles', () => {
  it('O11: a handle is no bearer token, and nobody else takes it', async () => {
    const { token, tokens } = await person()
    const handle = await handleOf(token)
    const shown = {
      bearer: await answer(register(handle)),
      userinfo: (await userinfo(handle)).status,
      introspection: (await read(await introspect(app, handle))).body,
      refresh: (await refresh(app, handle)).status,
      standardRevocation: (await revoke(app, handle)).status,
      stillAlive: await isAlive(tokens),
    }
    expect(shown).toEqual({
      bearer: kustvakt(2011, 'Access token is invalid', 'invalid_token'),
      userinfo: 401,
      introspection: { active: false },
      refresh: 400,
      standardRevocation: 200,
      stillAlive: true,
    })
  })

  it.each(prefixes)(
    'end their grant at %s/oauth2/revoke for the client that has it',
    async (root) => {
      const { token, tokens } = await person()
      const handle = await handleOf(token)
      const { client_id, client_secret = '' } = app
      const form = { token: handle, token_type: 'refresh_token' }
      const revoked = await answer(
        post(`${root}/oauth2/revoke`, form, basic(client_id, client_secret)),
      )
      expect({ revoked, alive: await isAlive(tokens) }).toEqual({ revoked: success, alive: false })
    },
  )

  it('have no effect for another client', async () => {
    const { token, tokens } = await person()
    const { client_id, client_secret = '' } = await registered200(owner)
    const form = { token: await handleOf(token) }
    const revoked = await answer(
      post('/api/v1.0/oauth2/revoke', form, basic(client_id, client_secret)),
    )
    expect({ revoked, alive: await isAlive(tokens) }).toEqual({ revoked: success, alive: true })
  })
})

describe('KorAP: POST oauth2/revoke/super', () => {
  it.each(prefixes)('ends a grant by its handle at %s', async (root) => {
    const { token, tokens } = await person()
    const revoked = await bySuper(token, { token: await handleOf(token) }, root)
    expect({ revoked, alive: await isAlive(tokens), left: await listed(token) }).toEqual({
      revoked: success,
      alive: false,
      left: [],
    })
  })

  it('ends a refresh token with its access tokens, an access token alone', async () => {
    const first = await person()
    await bySuper(first.token, { token: first.tokens.refresh_token ?? '' })
    const second = await person()
    await bySuper(second.token, { token: second.tokens.access_token })
    const refreshed = await refresh(app, second.tokens.refresh_token ?? '')
    expect({
      first: await isAlive(first.tokens),
      second: await isAlive(second.tokens),
      refreshed: refreshed.status,
    }).toEqual({ first: false, second: false, refreshed: 200 })
  })

  it("says SUCCESS of another user's token, which stays", async () => {
    const victim = await person()
    const thief = await person()
    const handle = await handleOf(victim.token)
    const sent = [handle, victim.tokens.refresh_token ?? '', victim.tokens.access_token, 'nothing']
    const answers = await Promise.all(sent.map((token) => bySuper(thief.token, { token })))
    const refreshed = await refresh(app, victim.tokens.refresh_token ?? '')
    expect({ answers, alive: await isAlive(victim.tokens), refreshed: refreshed.status }).toEqual({
      answers: sent.map(() => success),
      alive: true,
      refreshed: 200,
    })
  })

  it('names what is missing in its own format, in this order', async () => {
    const { token } = await person()
    const { super_client_id, super_client_secret } = asSuper(kalamar)
    const send = (form: Record<string, string>) =>
      answer(ask('/api/v1.0/oauth2/revoke/super', form, token))
    expect({
      id: await send({}),
      secret: await send({ super_client_id }),
      token: await send({ super_client_id, super_client_secret }),
      wrong: await send({ super_client_id, super_client_secret: 'wrong', token: 'x' }),
      third: await send({ ...asSuper(app), token: 'x' }),
    }).toEqual({
      id: kustvakt(107, 'super_client_id is null', 'super_client_id'),
      secret: kustvakt(107, 'super_client_secret is null', 'super_client_secret'),
      token: kustvakt(107, 'token is null', 'token'),
      wrong: oauth('invalid_client', 'Invalid super_client credentials', 401),
      third: kustvakt(1803, null, null),
    })
  })
})

describe('KorAP: POST oauth2/revoke/super/all', () => {
  it.each(prefixes)("ends the user's grants of one client, and no others, at %s", async (root) => {
    const victim = await person()
    const again = await tokensOf(app, victim.token)
    const second = await registered200(owner)
    const atSecond = await tokensOf(second, victim.token)
    const bystander = await person()
    const revoked = await allBySuper(victim.token, { client_id: app.client_id }, root)
    expect({
      revoked,
      first: await isAlive(victim.tokens),
      again: await isAlive(again),
      atSecond: await isAlive(atSecond, second),
      bystander: await isAlive(bystander.tokens),
      signedIn: (await list(victim.token)).status,
    }).toEqual({
      revoked: success,
      first: false,
      again: false,
      atSecond: true,
      bystander: true,
      signedIn: 200,
    })
  })

  it('refuses an unknown client and a missing one', async () => {
    const { token } = await person()
    expect({
      unknown: await allBySuper(token, { client_id: 'nobody' }),
      missing: await allBySuper(token, {}),
    }).toEqual({
      unknown: oauth('invalid_client', 'Unknown client: nobody', 401),
      missing: kustvakt(107, 'client_id is null', 'client_id'),
    })
  })
})

describe('KorAP: while storage is away', () => {
  it('revokes nothing and says so', async () => {
    const { token, tokens } = await person()
    const handle = await handleOf(token)
    const server = new Server()
    server.plan(always('fails', 'DB', 'batch'))
    const form = { ...asSuper(kalamar), token: handle }
    const failed = await ask('/api/v1.0/oauth2/revoke/super', form, token, server.fetch)
    const retried = await ask('/api/v1.0/oauth2/revoke/super', form, token)
    expect({
      failed: failed.status,
      retryAfter: failed.headers.get('Retry-After'),
      retried: retried.status,
      alive: await isAlive(tokens),
    }).toEqual({ failed: 503, retryAfter: '2', retried: 200, alive: false })
  })
})
