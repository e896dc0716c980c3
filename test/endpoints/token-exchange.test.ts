// RFC 8693: a token for one resource out of a token for another, with no more rights than that one.
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { claimsOf, forge } from '../support/forge.ts'
import { basic, issuer, post, postern, read, type Answerer } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerResource,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { fetchFrom } from '../support/relying-party.ts'
import {
  clientCredentials,
  introspect,
  passwordGrant,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

const exchanging = { grant_types: [grantType, 'password', 'refresh_token', 'client_credentials'] }

/** An app whose users' tokens others exchange. */
const app = await registerClient()
/** A service that exchanges them. */
const service = await registerClient(exchanging)
const user = await registerUser()
const { resource: calendar } = await registerResource()
const { resource: mail } = await registerResource()

type Extra = Record<string, string | string[] | undefined>

const exchangeForm = (subjectToken: string, extra: Extra = {}) => ({
  grant_type: grantType,
  subject_token: subjectToken,
  subject_token_type: accessTokenType,
  ...extra,
})

const exchange = (
  by: TestClient,
  subjectToken: string,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => {
  const { client_id, client_secret = '' } = by
  const form = exchangeForm(subjectToken, extra)
  return post('/oauth2/token', form, basic(client_id, client_secret), to)
}

async function exchanged(...request: Parameters<typeof exchange>): Promise<string> {
  const { status, body } = await read(await exchange(...request))
  if (status !== 200) throw new Error(JSON.stringify(body))
  return String(Object(body).access_token)
}

const refusal = (error: string) => ({
  status: 400,
  body: { error, error_description: expect.any(String) },
})

const appToken = async (extra = {}): Promise<string> =>
  (await signIn(app, user, extra)).access_token
const ownToken = async (extra = {}): Promise<string> =>
  (await signIn(service, user, extra)).access_token

describe('a client with require_acr', () => {
  it('P23: exchanges no token of a sign-in that is less than it needs', async () => {
    const strict = await registerClient({ ...exchanging, require_acr: 'urn:postern:acr:2' })
    const form = { resource: calendar }
    const ofUser = await read(await exchange(strict, await appToken(), form))
    const own = (await tokensOf(clientCredentials(strict))).access_token
    const ofNobody = await exchange(strict, own, form)
    expect({ ofUser, ofNobody: ofNobody.status }).toEqual({
      ofUser: refusal('invalid_request'),
      ofNobody: 200,
    })
  })
})

describe('the answer', () => {
  it('TX2: is an access token with its type, its lifetime and its scope, and no refresh token', async () => {
    const answer = await exchange(service, await ownToken({ scope: 'openid read' }), {
      resource: calendar,
    })
    expect(await read(answer)).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        issued_token_type: accessTokenType,
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        scope: 'openid read',
      },
    })
  })

  it('TX5: the token is the asking client’s, and says whose grant it stands on', async () => {
    const token = await appToken({ scope: 'openid read' })
    const { sub, grant_id, auth_time, jti } = claimsOf(token)
    const claims = claimsOf(await exchanged(service, token, { resource: calendar }))
    expect(claims).toEqual({
      ...{ iss: issuer, sub, aud: calendar, scope: 'openid read', auth_time, grant_id },
      ...{ acr: 'urn:postern:acr:1', amr: ['pwd'] },
      client_id: service.client_id,
      grant_client_id: app.client_id,
      ...{ exp: expect.any(Number), iat: expect.any(Number), jti: expect.any(String) },
    })
    expect(claims.jti).not.toBe(jti)
  })

  it('DP5: a resource that demands a proof gets no bearer token', async () => {
    const { resource: demanding } = await registerResource({ dpop_required: true })
    const answer = await exchange(service, await ownToken(), { resource: demanding })
    expect(await read(answer)).toEqual(refusal('invalid_dpop_proof'))
  })

  it('TX2: jwt is another name for the same kind of token', async () => {
    const answer = await exchange(service, await ownToken(), {
      resource: calendar,
      subject_token_type: jwtType,
      requested_token_type: jwtType,
    })
    expect(await read(answer)).toMatchObject({
      status: 200,
      body: { issued_token_type: jwtType, token_type: 'Bearer' },
    })
  })

  it('audience names a resource as resource does, and both may be repeated', async () => {
    const { access_token } = Object(
      (await read(await exchange(service, await ownToken(), { audience: [calendar, mail] }))).body,
    )
    expect(claimsOf(access_token).aud).toEqual([calendar, mail])
  })

  it('without a resource the token is for whom the subject token is for', async () => {
    const resource = 'https://unregistered.example/a'
    const tokens = [await ownToken(), await ownToken({ resource })]
    const answers = await Promise.all(tokens.map((token) => exchanged(service, token)))
    expect(answers.map((token) => claimsOf(token).aud)).toEqual([issuer, resource])
  })

  it('a machine’s own token keeps its subject', async () => {
    const { access_token } = await tokensOf(clientCredentials(app, { scope: 'read' }))
    const claims = claimsOf(await exchanged(service, access_token, { resource: calendar }))
    expect(claims).toMatchObject({ sub: app.client_id, client_id: service.client_id })
    expect(claims).not.toHaveProperty('grant_id')
  })

  it('openid-client gets it by its generic grant', async () => {
    const { client_id, client_secret = '' } = service
    const config = await openid.discovery(
      new URL(issuer),
      client_id,
      {},
      openid.ClientSecretBasic(client_secret),
      { [openid.customFetch]: fetchFrom(postern), execute: [openid.allowInsecureRequests] },
    )
    expect(config.serverMetadata().grant_types_supported).toContain(grantType)
    const { grant_type, ...parameters } = exchangeForm(await appToken({ scope: 'read' }))
    const tokens = await openid.genericGrantRequest(config, grant_type, {
      ...parameters,
      resource: calendar,
    })
    expect(tokens).toMatchObject({
      issued_token_type: accessTokenType,
      token_type: 'bearer',
      scope: 'read',
    })
  })
})

describe('TX1: what is asked', () => {
  it.each([
    ['no subject token', { subject_token: undefined }],
    ['M082: an empty subject token', { subject_token: '' }],
    ['M082: a malformed subject token', { subject_token: 'a.b.c' }],
    ['M082: a subject token of an unknown type', { subject_token_type: 'urn:example:saml' }],
    [
      'M082: an ID token as its type',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
    ],
    ['no type of the subject token', { subject_token_type: undefined }],
    ['M083: an actor_token_type without actor_token', { actor_token_type: accessTokenType }],
    ['M083: an actor_token without actor_token_type', { actor_token: 'a.b.c' }],
    [
      'an actor token that cannot be read',
      { actor_token: 'a.b.c', actor_token_type: accessTokenType },
    ],
    [
      'a refresh token for an answer',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    ],
  ])('%s is invalid_request', async (_what, extra) => {
    const answer = await exchange(service, await ownToken(), extra)
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('an ID token is no subject token, whatever it is called', async () => {
    const token = await ownToken()
    const idToken = await forge(token, {}, 'JWT')
    const answer = await exchange(service, idToken, { subject_token_type: jwtType })
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('a refresh token is no subject token', async () => {
    const { refresh_token } = await signIn(service, user)
    expect(await read(await exchange(service, refresh_token))).toEqual(refusal('invalid_request'))
  })

  it.each([
    ['expired', { exp: 1 }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['of another client’s grant', { grant_client_id: 'x' }],
  ])('a subject token that is %s is invalid_request', async (_what, claims) => {
    const token = await forge(await ownToken(), claims)
    expect(await read(await exchange(service, token))).toEqual(refusal('invalid_request'))
  })

  it('a subject token that was revoked is invalid_request', async () => {
    const token = await ownToken()
    await revoke(service, token)
    expect(await read(await exchange(service, token))).toEqual(refusal('invalid_request'))
  })

  it('GR9: audience repeated in any other grant is invalid_request', async () => {
    const form = { grant_type: 'client_credentials', audience: [calendar, mail] }
    const { client_id, client_secret = '' } = service
    const answer = await post('/oauth2/token', form, basic(client_id, client_secret))
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })
})

describe('TX3: who may exchange what', () => {
  it('M084: another client’s token without a target is refused', async () => {
    const answer = await exchange(service, await appToken())
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('M084: another client’s token for a registered resource is accepted', async () => {
    const answer = await exchange(service, await appToken(), { resource: calendar })
    expect(answer.status).toBe(200)
  })

  it('M084: another client’s token, by a client of token_exchange “own”, is refused', async () => {
    const own = await registerClient({ ...exchanging, token_exchange: 'own' })
    const answer = await exchange(own, await appToken(), { resource: calendar })
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('its own token such a client may exchange', async () => {
    const own = await registerClient({ ...exchanging, token_exchange: 'own' })
    const { access_token } = await signIn(own, user)
    expect((await exchange(own, access_token, { resource: calendar })).status).toBe(200)
  })

  it('M084: another client’s token that is meant for a third resource is refused', async () => {
    const token = await appToken({ resource: mail })
    const answer = await exchange(service, token, { resource: calendar })
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('one that is meant for a resource of the client is accepted, in any spelling', async () => {
    const resources = [mail.replace('https:', 'HTTPS:'), calendar]
    const server = await registerClient({ ...exchanging, resources })
    const answer = await exchange(server, await appToken({ resource: mail }), {
      resource: calendar,
    })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['whose tokens', { clients: ['another'] }, 400],
    ['whose tokens', { clients: [app.client_id] }, 200],
    ['for which resources', { resources: [mail] }, 400],
    ['for which resources', { resources: [calendar, mail] }, 200],
    ['both', { clients: [app.client_id], resources: [mail] }, 400],
  ])('token_exchange limits %s: %j is %i', async (_what, limits, status) => {
    const limited = await registerClient({ ...exchanging, token_exchange: limits })
    expect((await exchange(limited, await appToken(), { resource: calendar })).status).toBe(status)
  })

  it('a client that is not registered for the grant is unauthorized_client', async () => {
    const answer = await exchange(app, await appToken(), { resource: calendar })
    expect(await read(answer)).toEqual(refusal('unauthorized_client'))
  })

  it('a public client cannot be registered for it', async () => {
    const answer = await admin('POST', '/clients', {
      client_name: 'An app',
      token_endpoint_auth_method: 'none',
      grant_types: [grantType],
    })
    expect(answer.status).toBe(400)
  })
})

describe('TX4: no more than the subject token', () => {
  it.each([
    ['asks for nothing', undefined, 'openid read'],
    ['asks for more', 'openid read write', 'openid read'],
    ['asks for less', 'read', 'read'],
  ])('a request that %s gets the scope that both have', async (_what, scope, expected) => {
    const token = await appToken({ scope: 'openid read' })
    const answer = await exchange(service, token, { resource: calendar, scope })
    expect(await read(answer)).toMatchObject({ status: 200, body: { scope: expected } })
  })

  it('a scope that the subject token lacks is invalid_scope', async () => {
    const token = await appToken({ scope: 'read' })
    const answer = await exchange(service, token, { resource: calendar, scope: 'write' })
    expect(await read(answer)).toEqual(refusal('invalid_scope'))
  })

  it('a scope that the asking client lacks is not given', async () => {
    const narrow = await registerClient({ ...exchanging, scope: 'openid' })
    const token = await appToken({ scope: 'read' })
    expect(await read(await exchange(narrow, token, { resource: calendar }))).toEqual(
      refusal('invalid_scope'),
    )
  })

  it('it expires no later', async () => {
    const long = await registerClient({ ...exchanging, access_token_ttl: 86_400 })
    const token = await appToken()
    const { exp } = claimsOf(await exchanged(long, token, { resource: calendar }))
    expect(exp).toBe(claimsOf(token).exp)
  })

  it('nor later than the resource takes it', async () => {
    const { resource: brief } = await registerResource({ access_token_ttl: 60 })
    const { body } = await read(await exchange(service, await appToken(), { resource: brief }))
    expect(body).toMatchObject({ expires_in: 60 })
  })

  it.each(['resource', 'audience'])('an unknown %s is invalid_target', async (name) => {
    const answer = await exchange(service, await ownToken(), {
      [name]: 'https://unknown.example/api',
    })
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it('an audience that is no URI is invalid_target', async () => {
    const answer = await exchange(service, await ownToken(), { audience: 'mail' })
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it('a token for a resource gives none for this server', async () => {
    const token = await ownToken({ resource: mail })
    const next = await exchanged(service, token)
    expect({ aud: claimsOf(next).aud, userinfo: (await userinfo(next)).status }).toEqual({
      aud: mail,
      userinfo: 401,
    })
  })

  it('auth_time, acr and amr are those of the subject token', async () => {
    const told = { auth_time: 1_700_000_000, acr: 'phr', amr: ['hwk'] }
    const token = await forge(await ownToken(), told)
    expect(claimsOf(await exchanged(service, token, { resource: calendar }))).toMatchObject(told)
  })
})

describe('TX5: what ends an exchanged token', () => {
  type Parties = {
    subject: { refresh_token: string; access_token: string }
    owner: TestClient
    asking: TestClient
    of: { id: number }
  }
  const endings: [string, (parties: Parties) => Promise<unknown>][] = [
    [
      'the grant of the subject token is revoked',
      ({ owner, subject }) => revoke(owner, subject.refresh_token),
    ],
    ['the user is disabled', ({ of }) => admin('PATCH', `/users/${of.id}`, { disabled: true })],
    ['the client of the grant is disabled', ({ owner }) => patchClient(owner, { disabled: true })],
    ['the client that asked is disabled', ({ asking }) => patchClient(asking, { disabled: true })],
    [
      'the client that asked is deleted',
      ({ asking }) => admin('DELETE', `/clients/${asking.client_id}`),
    ],
  ]

  it.each(endings)('M085: %s', async (_what, end) => {
    const [owner, asking, of] = [
      await registerClient(),
      await registerClient(exchanging),
      await registerUser(),
    ]
    const subject = await signIn(owner, of)
    const token = await exchanged(asking, subject.access_token, { resource: calendar })
    const isActive = async () => Object((await read(await introspect(app, token))).body).active
    const before = await isActive()
    await end({ subject, owner, asking, of })
    expect({ before, after: await isActive() }).toEqual({ before: true, after: false })
  })

  it('M085: of a machine’s token, that either client is disabled', async () => {
    const outcomes = []
    for (const which of ['owner', 'asking'] as const) {
      const parties = { owner: await registerClient(), asking: await registerClient(exchanging) }
      const { access_token } = await tokensOf(clientCredentials(parties.owner, { scope: 'read' }))
      const token = await exchanged(parties.asking, access_token, { resource: calendar })
      const before = Object((await read(await introspect(app, token))).body).active
      await patchClient(parties[which], { disabled: true })
      outcomes.push({ before, after: (await read(await introspect(app, token))).body })
    }
    expect(outcomes).toEqual(outcomes.map(() => ({ before: true, after: { active: false } })))
  })

  it('lives on when the grant is refreshed', async () => {
    const { access_token, refresh_token } = await signIn(app, user)
    const token = await exchanged(service, access_token, { resource: calendar })
    await refresh(app, refresh_token)
    expect(await read(await introspect(app, token))).toMatchObject({ body: { active: true } })
  })

  it('may be exchanged once more, and stands on the same grant', async () => {
    const third = await registerClient({ ...exchanging, resources: [calendar, mail] })
    const token = await exchanged(service, await appToken(), { resource: calendar })
    const next = claimsOf(await exchanged(third, token, { resource: mail }))
    expect(next).toMatchObject({
      client_id: third.client_id,
      grant_client_id: app.client_id,
      grant_id: claimsOf(token).grant_id,
    })
  })

  it('what the user may no longer have is not given', async () => {
    const of = await registerUser()
    const { access_token } = await signIn(app, of, { scope: 'openid read' })
    await patchUser(of, { scope: 'openid' })
    const answer = await exchange(service, access_token, { resource: calendar })
    expect(await read(answer)).toMatchObject({ status: 200, body: { scope: 'openid' } })
  })
})

describe('TX6: who acts for the subject', () => {
  const acting = (actorToken: string) => ({
    actor_token: actorToken,
    actor_token_type: accessTokenType,
    resource: calendar,
  })
  const machine = async (of = service) =>
    (await tokensOf(clientCredentials(of, { scope: 'read' }))).access_token

  it('act names the actor, and introspection tells', async () => {
    const token = await exchanged(service, await appToken(), acting(await machine()))
    const act = { sub: service.client_id, client_id: service.client_id }
    expect({
      claim: claimsOf(token).act,
      introspected: Object((await read(await introspect(service, token))).body).act,
    }).toEqual({ claim: act, introspected: act })
  })

  it('the actors of the subject token nest in it, and stay without a new actor', async () => {
    const act = { sub: 'before', act: { sub: 'long before' } }
    const token = await forge(await appToken(), { act })
    const tokens = [
      await exchanged(service, token, acting(await machine())),
      await exchanged(service, token, { resource: calendar }),
    ]
    expect(tokens.map((one) => claimsOf(one).act)).toEqual([
      { sub: service.client_id, client_id: service.client_id, act },
      act,
    ])
  })

  it('M087: five actors are accepted, six are not', async () => {
    const chain = (length: number): object =>
      length === 1 ? { sub: 'a1' } : { sub: `a${length}`, act: chain(length - 1) }
    const answerAfter = async (length: number) => {
      const token = await forge(await appToken(), { act: chain(length) })
      return read(await exchange(service, token, acting(await machine())))
    }
    expect({ five: await answerAfter(4), six: await answerAfter(5) }).toMatchObject({
      five: { status: 200 },
      six: refusal('invalid_request'),
    })
  })

  it.each([
    ['the actor', { sub: service.client_id }, 200],
    ['M087: another subject', { sub: 'another' }, 400],
    ['M087: another client', { sub: service.client_id, client_id: 'another' }, 400],
    ['something that we do not know', { email: 'a@example.com' }, 400],
    ['nobody', {}, 400],
    ['nothing readable', 'x', 400],
  ])('a may_act that names %s: %j is %i', async (_whom, mayAct, status) => {
    const token = await forge(await appToken(), { may_act: mayAct })
    const answer = await read(await exchange(service, token, acting(await machine())))
    expect(answer).toMatchObject(status === 200 ? { status } : refusal('invalid_request'))
  })

  it('M087: without an actor token may_act must name the client that asks', async () => {
    const answerFor = async (client_id: string) => {
      const token = await forge(await appToken(), { may_act: { client_id } })
      return read(await exchange(service, token, { resource: calendar }))
    }
    expect({
      itself: await answerFor(service.client_id),
      another: await answerFor('another'),
    }).toMatchObject({ itself: { status: 200 }, another: refusal('invalid_request') })
  })

  it('the token of another client is no actor token, nor is a revoked one', async () => {
    const revoked = await machine()
    await revoke(service, revoked)
    const answerTo = async (actor: string) =>
      read(await exchange(service, await appToken(), acting(actor)))
    expect({
      another: await answerTo(await machine(app)),
      revoked: await answerTo(revoked),
    }).toEqual({ another: refusal('invalid_request'), revoked: refusal('invalid_request') })
  })
})

describe('TX7: tokens that are bound to a key', async () => {
  const key = await newProofKey()
  const other = await newProofKey()
  const { username, password } = user
  const bound = async (): Promise<string> => {
    const form = { grant_type: 'password', username, password, scope: 'read' }
    return Object((await read(await postProved(service, await proofOf(key), form))).body)
      .access_token
  }
  const exchangeProved = async (token: string, by: typeof key | null) => {
    const form = { ...exchangeForm(token), resource: calendar }
    return postProved(service, by === null ? null : await proofOf(by), form)
  }

  it('M086: without a proof or with another key 400; never a bearer token', async () => {
    const token = await bound()
    const answers = [await exchangeProved(token, null), await exchangeProved(token, other)]
    expect(await Promise.all(answers.map(read))).toEqual([
      refusal('invalid_request'),
      refusal('invalid_request'),
    ])
  })

  it('M025: a client registered for DPoP gets nothing without a proof, whatever it exchanges', async () => {
    const own = await registerClient({ ...exchanging, dpop_bound_access_tokens: true })
    const form = exchangeForm(await appToken(), { resource: calendar })
    const without = await read(await postProved(own, null, form))
    const proved = await read(await postProved(own, await proofOf(key), form))
    expect({ without, proved }).toMatchObject({
      without: refusal('invalid_dpop_proof'),
      proved: { status: 200, body: { token_type: 'DPoP' } },
    })
  })

  it('with its key the new token is bound to it', async () => {
    const { status, body } = await read(await exchangeProved(await bound(), key))
    const { access_token, token_type } = Object(body)
    expect({ status, token_type, cnf: claimsOf(access_token).cnf }).toEqual({
      status: 200,
      token_type: 'DPoP',
      cnf: { jkt: key.thumbprint },
    })
  })

  it('a token that is not bound becomes one that is, if a key is proved', async () => {
    const { body } = await read(await exchangeProved(await ownToken({ scope: 'read' }), key))
    expect(claimsOf(Object(body).access_token).cnf).toEqual({ jkt: key.thumbprint })
  })

  it('GR2: one proof is good for one exchange', async () => {
    const form = { ...exchangeForm(await bound()), resource: calendar }
    const proof = await proofOf(key)
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await postProved(service, proof, form)).status),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })
})

describe('what it costs', () => {
  it('one wait for storage, and nothing is written', async () => {
    const server = new Server()
    const to = server.fetch
    const { access_token } = await tokensOf(passwordGrant(service, user, {}, to))
    await exchange(service, access_token, { resource: calendar }, to)
    server.plan(() => null)
    await exchange(service, access_token, { resource: calendar }, to)
    const writes = server.calls.filter(({ text }) => /\b(INSERT|UPDATE|DELETE)\b/.test(text))
    expect({ waits: server.waits, writes }).toEqual({ waits: 1, writes: [] })
  })
})

describe('what an exchange must not add', () => {
  it('OpenID Connect Core 8.1: the token of a pairwise client names its user to nobody else', async () => {
    const pairwise = await registerClient({ subject_type: 'pairwise' })
    const { access_token } = await signIn(pairwise, user, { scope: 'openid read' })
    const token = await exchanged(service, access_token, { resource: calendar })
    const told = async (caller: TestClient) => {
      const { body } = await read(await introspect(caller, token))
      return Object(body).username
    }
    expect({ pairwise: await told(pairwise), service: await told(service) }).toEqual({
      pairwise: user.username,
      service: undefined,
    })
  })

  it('a scope of first parties alone is not given to another client', async () => {
    const scope = 'authorize read'
    const kalamar = await registerClient({ scope })
    const other = await registerClient({ ...exchanging, scope, trusted: false })
    const { access_token } = await signIn(kalamar, user, { scope })
    const given = async (by: TestClient) =>
      claimsOf(await exchanged(by, access_token, { resource: calendar }))['scope']
    const trusted = await registerClient({ ...exchanging, scope })
    expect({ trusted: await given(trusted), other: await given(other) }).toEqual({
      trusted: scope,
      other: 'read',
    })
  })
})
