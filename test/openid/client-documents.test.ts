// Clients that nobody registered: their metadata is a document of theirs, and a person's consent is what
// makes them known. Client ID Metadata Document draft-02.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { DocumentHost, callback } from '../federation/client-documents.ts'
import { makeKey } from '../federation/providers.ts'
import { assertionOf, assertionType } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { read, type Answerer } from '../support/http.ts'
import { admin, registerUser, type TestUser } from '../support/registry.ts'
import { introspect, grantOf, refresh, revoke, tokensOf, userinfo } from '../support/tokens.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  codeOf,
  decide,
  outcome,
  pass,
  redeem,
  signedIn,
  type Extra,
} from './flow.ts'

afterEach(backToNow)

const ann = await registerUser()
const ben = await registerUser()

const consentPage = { status: 200, page: 'Allow access? · Postern' }
const redirectRefused = { status: 400, page: 'We will not send you there · Postern' }
const unknown = { status: 400, page: 'This app is not known here · Postern' }
const invalidClient = { status: 401, body: expect.objectContaining({ error: 'invalid_client' }) }
const invalidGrant = { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) }

/** A person who is signed in, as an app meets them. */
class Person {
  readonly #agent: UserAgent
  readonly #host: DocumentHost

  constructor(agent: UserAgent, host: DocumentHost) {
    this.#agent = agent
    this.#host = host
  }

  /** The app sends the person. */
  ask(extra: Extra = {}): Promise<Place> {
    return this.#agent.open(authorizePath(this.#host.client, { redirect_uri: callback, ...extra }))
  }

  /** The person says yes on the page that they see. */
  allow(place: Place): Promise<Place> {
    return decide(this.#agent, place, 'allow')
  }

  /** The app gets a code after a yes. */
  async code(extra: Extra = {}): Promise<string> {
    return codeOf(await this.allow(await this.ask(extra)))
  }
}

/** An app with its document, and an isolate that has not met it. */
async function newApp(members: object = {}, where: { path?: string } = {}) {
  const host = new DocumentHost(where)
  await host.describe(members)
  const to = new Server().fetch
  return {
    host,
    to,
    client: host.client,
    person: async (user: TestUser, by: Answerer = to) => new Person(await signedIn(user, by), host),
    tokens: (code: string, extra: Extra = {}) =>
      redeem(host.client, code, { redirect_uri: callback, ...extra }, to),
    /** The document says something else from now on, and everybody reads it anew. */
    describe: async (now: object) => {
      await host.describe(now)
      pass(120)
    },
  }
}

const stored = ({ address }: DocumentHost) =>
  env.DB.prepare('SELECT origin, metadata, kept_until FROM clients WHERE id = ?1')
    .bind(address)
    .first<{ origin: string; metadata: string; kept_until: number }>()

describe('A client with a metadata document', () => {
  it('CM6: is stored with the consent of a person, and by nothing before', async () => {
    const { host, person, tokens } = await newApp()
    const ann1 = await person(ann)
    const asked = await ann1.ask({ scope: 'openid offline_access' })
    const before = await stored(host)
    const allowed = await ann1.allow(asked)
    const got = await tokensOf(tokens(codeOf(allowed)))
    const after = await stored(host)
    expect({ before, scope: got.scope, after, fetches: await host.fetches() }).toEqual({
      before: null,
      scope: 'openid offline_access',
      after: {
        origin: 'cimd',
        metadata: expect.stringContaining('"client_name":"A described app"'),
        kept_until: expect.any(Number),
      },
      fetches: 1,
    })
  })

  it('CM6: is not stored where the person says no', async () => {
    const { host, to } = await newApp()
    const agent = await signedIn(ann, to)
    const asked = await agent.open(authorizePath(host.client, { redirect_uri: callback }))
    const denied = await decide(agent, asked, 'deny')
    expect({ ...outcome(denied), stored: await stored(host) }).toMatchObject({
      to: callback,
      error: 'access_denied',
      stored: null,
    })
  })

  it('CM9: is known by the host of its document, and its name is a claim', async () => {
    const { host, person } = await newApp()
    const page = await (await person(ann)).ask()
    const { host: name } = new URL(host.address)
    expect(shownText(page)).toContain(
      `A described app asks for access to your account. Identified by ${name} . The name is what this website says. It would be able to know which account is yours You will be sent to app.example . Allow`,
    )
  })

  it('CM5: is not read anew by anything after the consent', async () => {
    const { host, client, person, tokens, to } = await newApp()
    const grant = await grantOf(
      tokens(await (await person(ann)).code({ scope: 'openid offline_access' })),
    )
    await host.serve({ status: 500 })
    pass(86_400)
    const refreshed = await tokensOf(refresh(client, grant.refresh_token, {}, to))
    const told = await read(await introspect(client, refreshed.access_token, to))
    const revoked = await revoke(client, grant.refresh_token, to)
    expect({ told, revoked: revoked.status, fetches: await host.fetches() }).toMatchObject({
      told: { status: 200, body: { active: true } },
      revoked: 200,
      fetches: 1,
    })
  })

  it('RF3: has five minutes to ask for a lost refresh token again', async () => {
    const { client, person, tokens, to } = await newApp()
    const grant = await grantOf(
      tokens(await (await person(ann)).code({ scope: 'openid offline_access' })),
    )
    const first = await grantOf(refresh(client, grant.refresh_token, {}, to))
    pass(290)
    const again = await grantOf(refresh(client, grant.refresh_token, {}, to))
    expect(again.refresh_token).toBe(first.refresh_token)
  })

  it('M048: is unknown at token, revoke and introspect until then, and no request goes out', async () => {
    const { host, client, tokens, to } = await newApp()
    const answers = await Promise.all([
      tokens('a code'),
      revoke(client, 'a token', to),
      introspect(client, 'a token', to),
    ])
    expect({
      answers: await Promise.all(answers.map(read)),
      fetches: await host.fetches(),
    }).toEqual({ answers: [invalidClient, invalidClient, invalidClient], fetches: 0 })
  })

  it('M050: gives itself nothing that is the operator’s to give', async () => {
    const { host, person, tokens } = await newApp({
      trusted: true,
      profile: 'fapi2',
      grant_types: ['authorization_code', 'password'],
      scope: 'openid email secrets:read',
      introspection: 'any',
      access_token_ttl: 31_536_000,
    })
    const ann1 = await person(ann)
    const asked = await ann1.ask({ scope: 'openid email phone secrets:read' })
    const got = await tokensOf(tokens(codeOf(await ann1.allow(asked))))
    const row = await stored(host)
    const { trusted, profile, grant_types, introspection, access_token_ttl } = JSON.parse(
      row?.metadata ?? '{}',
    )
    expect({
      ...{ asked: outcome(asked), scope: got.scope, expires: got.expires_in },
      ...{ trusted, profile, grant_types, introspection, access_token_ttl },
    }).toEqual({
      asked: consentPage,
      scope: 'openid email',
      expires: 600,
      trusted: false,
      grant_types: ['authorization_code'],
      introspection: 'own',
    })
  })

  it('M051: stays out once the operator disables it, and its tokens are dead', async () => {
    const { host, person, tokens, to } = await newApp()
    const ann1 = await person(ann)
    const { access_token } = await tokensOf(tokens(await ann1.code()))
    const path = `/clients/${encodeURIComponent(host.address)}`
    const disabled = await admin('PATCH', path, { disabled: true }, to)
    const during = await ann1.ask()
    const token = await userinfo(access_token, to)
    pass(100)
    const after = await ann1.ask()
    expect({
      disabled: disabled.status,
      during: outcome(during),
      token: token.status,
      after: outcome(after),
      fetches: await host.fetches(),
    }).toEqual({ disabled: 200, during: unknown, token: 401, after: unknown, fetches: 1 })
  })

  it('CM11: loses its access where the operator no longer takes documents of its host', async () => {
    const { client, person, tokens } = await newApp()
    const grant = await grantOf(
      tokens(await (await person(ann)).code({ scope: 'openid offline_access' })),
    )
    const closed = new Server({ CIMD_HOSTS: '*.example' }).fetch
    const answer = await refresh(client, grant.refresh_token, {}, closed)
    expect(await read(answer)).toEqual(invalidClient)
  })

  it('CM11: keeps what the operator gave it when its document changes', async () => {
    const { host, person, describe: change, to } = await newApp()
    await (await person(ann)).code()
    const path = `/clients/${encodeURIComponent(host.address)}`
    await admin('PATCH', path, { access_token_ttl: 120 }, to)
    await change({ client_name: 'Another name' })
    await (await person(ann)).code()
    const row = await stored(host)
    expect(JSON.parse(row?.metadata ?? '{}')).toMatchObject({
      client_name: 'Another name',
      access_token_ttl: 120,
    })
  })
})

describe('A document that changes', () => {
  const elsewhere = 'https://other.example/cb'

  it.each<[string, object]>([
    ['name', { client_name: 'Another name' }],
    ['redirects', { redirect_uris: [callback, elsewhere] }],
    ['keys', { jwks_uri: 'https://app.example/jwks.json' }],
  ])('CM8: asks everybody again about another %s', async (_, members) => {
    const { person, describe: change } = await newApp()
    const [ann1, ben1] = [await person(ann), await person(ben)]
    const firsts = [await ann1.ask(), await ben1.ask()]
    await ann1.code()
    await ben1.code()
    const remembered = [outcome(await ann1.ask()), outcome(await ben1.ask())]
    await change(members)
    const again = outcome(await ann1.ask())
    await ann1.code()
    const others = outcome(await ben1.ask())
    const code = expect.objectContaining({ to: callback, code: expect.any(String) })
    expect({ firsts: firsts.map(outcome), remembered, again, others }).toEqual({
      firsts: [consentPage, consentPage],
      remembered: [code, code],
      again: consentPage,
      others: consentPage,
    })
  })

  it('CM8: forgets what was allowed under another name', async () => {
    const { person, describe: change } = await newApp()
    const ann1 = await person(ann)
    await ann1.code({ scope: 'openid email' })
    await change({ client_name: 'Another name' })
    await ann1.code({ scope: 'openid' })
    expect(outcome(await ann1.ask({ scope: 'openid email' }))).toEqual(consentPage)
  })

  it('CM8: is only stored anew where anything else has changed', async () => {
    const { host, person, tokens, describe: change } = await newApp()
    const ann1 = await person(ann)
    await ann1.code()
    await change({ client_uri: 'https://app.example/about' })
    const got = await tokensOf(tokens(codeOf(await ann1.ask())))
    const row = await stored(host)
    expect({ scope: got.scope, metadata: JSON.parse(row?.metadata ?? '{}') }).toMatchObject({
      scope: 'openid',
      metadata: { client_uri: 'https://app.example/about' },
    })
  })

  it('CM8: asks nothing where a member changes that nobody reads', async () => {
    const { person, tokens, describe: change } = await newApp()
    const ann1 = await person(ann)
    const code = await ann1.code()
    await change({ built_at: 'a moment ago' })
    const again = outcome(await ann1.ask())
    expect({ again, first: (await tokens(code)).status }).toEqual({
      again: expect.objectContaining({ code: expect.any(String) }),
      // The minutes that passed: the code was good for one.
      first: 400,
    })
  })

  it('M047: ends the code that was issued for what it said before', async () => {
    const { host, person, tokens } = await newApp()
    const code = await (await person(ann)).code()
    await host.describe({ redirect_uris: [elsewhere] })
    // At another isolate, which has not read the document before.
    const ben1 = await person(ben, new Server().fetch)
    await ben1.allow(await ben1.ask({ redirect_uri: elsewhere }))
    expect(await read(await tokens(code))).toEqual(invalidGrant)
  })

  it('CM7: ends that code, also where it is the same client in name, redirects and keys', async () => {
    const { host, person, tokens } = await newApp()
    const ann1 = await person(ann)
    const code = await ann1.code()
    await host.describe({ client_uri: 'https://app.example/about' })
    const restarted = new Server().fetch
    const other = await (await person(ben, restarted)).code()
    expect({
      before: await read(await tokens(code)),
      now: (await tokens(other)).status,
      remembered: outcome(await (await person(ann, restarted)).ask()),
    }).toEqual({
      before: invalidGrant,
      now: 200,
      remembered: expect.objectContaining({ code: expect.any(String) }),
    })
  })

  it('CM7: is not stored over what another person has agreed to at the same time', async () => {
    const { host, person } = await newApp()
    const [slow, other] = [new Server(), new Server()]
    const ann1 = await person(ann, slow.fetch)
    const page = await ann1.ask()
    await host.describe({ client_name: 'Another name' })
    const ben1 = await person(ben, other.fetch)
    let codeOfBen: Promise<string> | undefined
    // Right before the batch of Ann's answer, which has read that nothing is stored.
    slow.plan(async ({ text }) => {
      if (text.includes('INSERT INTO clients')) codeOfBen ??= ben1.code()
      await codeOfBen
      return null
    })
    const codeOfAnn = codeOf(await ann1.allow(page))
    const answers = []
    for (const code of [codeOfAnn, (await codeOfBen) ?? '']) {
      answers.push(
        (await redeem(host.client, code, { redirect_uri: callback }, other.fetch)).status,
      )
    }
    const row = await stored(host)
    expect({ answers, metadata: JSON.parse(row?.metadata ?? '{}') }).toMatchObject({
      answers: [400, 200],
      metadata: { client_name: 'Another name' },
    })
  })

  it('CM6: is read anew by an isolate that has an older one than the page', async () => {
    const host = new DocumentHost()
    await host.describe({}, { headers: { 'Cache-Control': 'max-age=300' } })
    const [first, second] = [new Server().fetch, new Server().fetch]
    await new UserAgent(first).open(authorizePath(host.client, { redirect_uri: callback }))
    await host.describe({ client_name: 'Another name' })
    pass(10)
    const agent = await signedIn(ann, second)
    const page = await agent.open(authorizePath(host.client, { redirect_uri: callback }))
    const answered = new UserAgent(first)
    for (const [name, value] of agent.cookies) answered.cookies.set(name, value)
    expect({
      shown: shownText(page).includes('Another name asks'),
      ...outcome(await decide(answered, page, 'allow')),
    }).toMatchObject({ shown: true, to: callback, code: expect.any(String) })
  })

  it('CM6: is shown anew where it changed while its page was open', async () => {
    const { host, person, to } = await newApp()
    const agent = await signedIn(ann, to)
    const path = authorizePath(host.client, { redirect_uri: callback })
    const page = await agent.open(path)
    // Somebody else's consent stores the new one, and this isolate restarts.
    await host.describe({ client_name: 'Another name' })
    const restarted = new Server().fetch
    await (await person(ben, restarted)).code()
    const elsewhereAgent = new UserAgent(restarted)
    for (const [name, value] of agent.cookies) elsewhereAgent.cookies.set(name, value)
    const answered = await decide(elsewhereAgent, page, 'allow')
    expect({ ...outcome(answered), shown: shownText(answered) }).toMatchObject({
      ...consentPage,
      shown: expect.stringContaining('Another name asks for access'),
    })
  })

  it('CM6: cannot take a person who reads its page to another redirect', async () => {
    const { host, to } = await newApp()
    const agent = await signedIn(ann, to)
    const page = await agent.open(authorizePath(host.client, { redirect_uri: callback }))
    await host.describe({ redirect_uris: [elsewhere] })
    const restarted = new UserAgent(new Server().fetch)
    for (const [name, value] of agent.cookies) restarted.cookies.set(name, value)
    expect(outcome(await decide(restarted, page, 'allow'))).toEqual(redirectRefused)
  })

  it('AG9: may be out of reach while its page is open', async () => {
    const { host, to, tokens } = await newApp()
    const agent = await signedIn(ann, to)
    const page = await agent.open(authorizePath(host.client, { redirect_uri: callback }))
    await host.serve({ status: 404 })
    pass(600)
    const code = codeOf(await decide(agent, page, 'allow'))
    expect((await tokens(code)).status).toBe(200)
  })
})

describe('CM3: a document against what the operator has set', () => {
  it('a client of the profile fapi2 does not become public: nobody is sent to it', async () => {
    const key = await makeKey()
    const keyed = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.jwk] },
      id_token_signed_response_alg: 'ES256',
    }
    const { host, person, describe: change } = await newApp(keyed)
    const ann1 = await person(ann)
    await ann1.code()
    const path = `/clients/${encodeURIComponent(host.address)}`
    const patched = await admin('PATCH', path, { profile: 'fapi2' })
    await change({ ...keyed, client_name: 'A renamed app' })
    const renamed = outcome(await ann1.ask())
    await change({ token_endpoint_auth_method: 'none' })
    const asPublic = outcome(await ann1.ask())
    expect({ patched: patched.status, renamed, asPublic }).toEqual({
      patched: 200,
      // It must push its requests.
      renamed: expect.objectContaining({ to: callback, error: 'invalid_request' }),
      asPublic: expect.objectContaining({ status: 400, page: expect.any(String) }),
    })
  })
})

describe('CM8: a document that another isolate has read later', () => {
  it('counts here, too, however long the older one may be cached: nobody is asked to go back', async () => {
    const day = { headers: { 'Cache-Control': 'max-age=86400' } }
    const { host, to, person } = await newApp()
    await host.describe({}, day)
    await (await person(ann)).code()
    await host.describe({ client_name: 'A renamed app' }, day)
    pass(10)
    const elsewhere = new Server().fetch
    const asked = await (await person(ann, elsewhere)).ask()
    await (await person(ann, elsewhere)).code()
    pass(20)
    const here = await (await person(ann, to)).ask()
    expect({ asked: outcome(asked), here: outcome(here) }).toEqual({
      asked: consentPage,
      here: expect.objectContaining({ status: 303, to: callback, code: expect.any(String) }),
    })
  })
})

describe('M046: a client that lists none and private_key_jwt', () => {
  /** Redeems a code, with what is made of the client's key. */
  async function redeemed(form: (client: Parameters<typeof assertionOf>[0]) => Promise<Extra>) {
    const key = await makeKey()
    const { client, person, tokens } = await newApp({
      token_endpoint_auth_method: undefined,
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      jwks: { keys: [key.jwk] },
    })
    const code = await (await person(ann)).code()
    return read(await tokens(code, await form({ client, key })))
  }

  it('is known without an assertion', async () => {
    expect(await redeemed(async () => ({}))).toMatchObject({ status: 200 })
  })

  it('is known by an assertion', async () => {
    const answer = await redeemed(async (client) => ({
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(client),
    }))
    expect(answer).toMatchObject({ status: 200 })
  })

  it.each<[string, (client: Parameters<typeof assertionOf>[0]) => Promise<string>]>([
    ['expired', (client) => assertionOf(client, { exp: 1 })],
    ['signed by another key', async (client) => assertionOf({ ...client, key: await makeKey() })],
    ['empty', async () => ''],
  ])('is not known by an assertion that is %s', async (_, made) => {
    const answer = await redeemed(async (client) => ({
      client_assertion_type: assertionType,
      client_assertion: await made(client),
    }))
    expect(answer).toEqual(invalidClient)
  })
})
