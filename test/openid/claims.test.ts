// What ID tokens and userinfo say: subjects, requested and custom claims, roles, signatures; and the
// hints that come back.
import { type JWTPayload, SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { bearer, get, issuer, post, read } from '../support/http.ts'
import {
  admin,
  patchUser,
  registerClient,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import {
  clientCredentials,
  introspect,
  postAs,
  refresh,
  signIn as passwordSignIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  pass,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
  verifiedIdToken,
  verifiedJwt,
  verifier,
  type Extra,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser({
  name: 'Ann Example',
  role: 'editor',
  claims: { team: 'blue', level: 3, given_name: 'Ann' },
})
const agent = await signedIn(user)

afterEach(backToNow)

const claimsRequest = (request: object): Extra => ({ claims: JSON.stringify(request) })

const userinfoFor = async (of: TestClient, extra: Extra = {}): Promise<unknown> => {
  const { access_token } = await signInTo(agent, of, extra)
  return (await userinfo(access_token)).json()
}

const idTokenFor = async (of: TestClient, extra: Extra = {}) =>
  (await verifiedIdToken(await signInTo(agent, of, extra))).payload

describe('OpenID Connect Core 8: pairwise subjects', () => {
  const pairwise = (host: string, more: object = {}) =>
    registerWebClient({
      subject_type: 'pairwise',
      redirect_uris: [`https://${host}/cb`],
      ...more,
    })
  const subjectAt = async (of: TestClient, host: string): Promise<unknown> => {
    const place = await agent.open(authorizePath(of, { redirect_uri: `https://${host}/cb` }))
    const code = new URL(place.away ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: `https://${host}/cb` }
    const tokens = await tokensOf(postAs(of, '/oauth2/token', { ...form, code_verifier: verifier }))
    return (await verifiedIdToken(tokens)).payload.sub
  }

  it('are the same in a sector, others in another, and never the user’s own', async () => {
    const subjects = [
      await subjectAt(await pairwise('one.example'), 'one.example'),
      await subjectAt(await pairwise('one.example'), 'one.example'),
      await subjectAt(await pairwise('two.example'), 'two.example'),
    ]
    expect(subjects[0]).toMatch(/^pws_[\w-]{32}$/)
    expect({
      sameSector: subjects[1] === subjects[0],
      otherSector: subjects[2] === subjects[0],
    }).toEqual({ sameSector: true, otherSector: false })
  })

  it('are the same in ID token, access token, userinfo, introspection and after a refresh', async () => {
    const own = await registerWebClient({ subject_type: 'pairwise' })
    const tokens = await signInTo(agent, own)
    const { sub } = (await verifiedIdToken(tokens)).payload
    const { refresh_token = '' } = tokens
    const told = async (token: string) => (await introspect(own, token)).json<{ sub: string }>()
    const after = await tokensOf(refresh(own, refresh_token))
    expect({
      accessToken: (await verifiedJwt(tokens.access_token)).payload.sub,
      userinfo: (await (await userinfo(tokens.access_token)).json<{ sub: string }>()).sub,
      introspection: (await told(tokens.access_token)).sub,
      refreshToken: (await told(after.refresh_token ?? '')).sub,
      idToken: (await verifiedIdToken(after)).payload.sub,
      userinfoAfterRefresh: (await (await userinfo(after.access_token)).json<{ sub: string }>())
        .sub,
    }).toEqual({
      accessToken: sub,
      userinfo: sub,
      introspection: sub,
      refreshToken: sub,
      idToken: sub,
      userinfoAfterRefresh: sub,
    })
  })

  it('are of this client alone where no host is proved', async () => {
    const redirect_uris = ['http://127.0.0.1/cb', 'com.example.app:/cb']
    const subjects = await Promise.all(
      [1, 2].map(async () => {
        const own = await registerClient({ subject_type: 'pairwise', redirect_uris })
        return (await verifiedJwt((await passwordSignIn(own, user)).access_token)).payload.sub
      }),
    )
    expect(subjects[0]).not.toBe(subjects[1])
  })

  it('a sector of several hosts must be named', async () => {
    const redirect_uris = ['https://one.example/cb', 'https://two.example/cb']
    const sent = { subject_type: 'pairwise', redirect_uris }
    expect((await admin('POST', '/clients', sent)).status).toBe(400)
    const sector_identifier_uri = 'https://sector.example/uris.json'
    const named = await admin('POST', '/clients', { ...sent, sector_identifier_uri })
    expect(named.status).toBe(201)
  })

  it('a hint that names the user so is understood', async () => {
    const own = await registerWebClient({ subject_type: 'pairwise' })
    const { id_token } = await signInTo(agent, own)
    const place = await agent.open(authorizePath(own, { prompt: 'none', id_token_hint: id_token }))
    expect(outcome(place)).toEqual(granted())
  })
})

describe('OpenID Connect Core 5.5: the claims parameter', () => {
  it('releases single claims where they were asked for, and nowhere else', async () => {
    const request = { userinfo: { given_name: null }, id_token: { email: { essential: true } } }
    const tokens = await signInTo(agent, client, claimsRequest(request))
    const { payload } = await verifiedIdToken(tokens)
    expect({ email: payload.email, givenName: payload.given_name }).toEqual({
      email: user.email,
      givenName: undefined,
    })
    expect(await (await userinfo(tokens.access_token)).json()).toEqual({
      sub: user.sub,
      given_name: 'Ann',
    })
  })

  it('holds for refreshed tokens, too', async () => {
    const request = { userinfo: { given_name: null }, id_token: { email: null } }
    const { refresh_token = '' } = await signInTo(agent, client, claimsRequest(request))
    const tokens = await tokensOf(refresh(client, refresh_token))
    expect((await verifiedIdToken(tokens)).payload.email).toBe(user.email)
    expect(await (await userinfo(tokens.access_token)).json()).toEqual({
      sub: user.sub,
      given_name: 'Ann',
    })
  })

  it('ignores claims that nobody has, and members that it does not know', async () => {
    const request = {
      userinfo: {
        nothing: null,
        __proto__: null,
        constructor: null,
        toString: { essential: true },
      },
      other: { name: null },
    }
    expect(await userinfoFor(client, claimsRequest(request))).toEqual({ sub: user.sub })
  })

  it('never replaces what the server states', async () => {
    const request = {
      id_token: { iss: { value: 'x' }, aud: null, exp: null, nonce: { value: 'x' }, amr: null },
    }
    const payload = await idTokenFor(client, claimsRequest(request))
    expect({ iss: payload.iss, aud: payload.aud, nonce: payload.nonce, amr: payload.amr }).toEqual({
      iss: issuer,
      aud: client.client_id,
      nonce: 'a nonce',
      amr: ['pwd'],
    })
  })

  it('gives no claim of a scope that the client may not have', async () => {
    const narrow = await registerWebClient({ scope: 'openid' })
    const request = { userinfo: { email: null, name: null }, id_token: { email: null } }
    const tokens = await signInTo(agent, narrow, claimsRequest(request))
    expect((await verifiedIdToken(tokens)).payload.email).toBeUndefined()
    expect(await (await userinfo(tokens.access_token)).json()).toEqual({ sub: user.sub })
  })

  it('gives no claim of a scope that the user may not give', async () => {
    const one = await registerUser({ name: 'Bo', scope: 'openid read' })
    const browser = await signedIn(one)
    const request = claimsRequest({ userinfo: { name: null } })
    const { access_token } = await signInTo(browser, client, request)
    expect(await (await userinfo(access_token)).json()).toEqual({ sub: one.sub })
  })

  it('gives no custom claim, nor the role, that the client is not registered for', async () => {
    const request = { userinfo: { team: null, roles: null } }
    expect(await userinfoFor(client, claimsRequest(request))).toEqual({ sub: user.sub })
  })

  const own = user.sub
  const bindings: [string, object, boolean][] = [
    ['the ID token’s value', { id_token: { sub: { value: own } } }, true],
    ['another value for the ID token', { id_token: { sub: { value: 'usr_another' } } }, false],
    ['values among them', { id_token: { sub: { values: ['usr_another', own] } } }, true],
    ['other values', { id_token: { sub: { values: ['usr_another', 'usr_third'] } } }, false],
    ['the value for userinfo', { userinfo: { sub: { value: own } } }, true],
    ['another value for userinfo', { userinfo: { sub: { value: 'usr_another' } } }, false],
    ['other values for userinfo', { userinfo: { sub: { values: ['usr_another'] } } }, false],
    [
      'another for userinfo than for the ID token',
      { id_token: { sub: { value: own } }, userinfo: { sub: { value: 'usr_another' } } },
      false,
    ],
    [
      'a value that is not among the values',
      { id_token: { sub: { value: own, values: ['usr_another'] } } },
      false,
    ],
    ['no value', { id_token: { sub: { essential: true } }, userinfo: { sub: null } }, true],
  ]

  it.each(bindings)('5.5.1: sub binds the user: %s', async (_what, request, isGranted) => {
    const extra = { ...claimsRequest(request), prompt: 'none' }
    const place = await agent.open(authorizePath(client, extra))
    expect(outcome(place)).toEqual(isGranted ? granted() : refusedWith('login_required'))
  })

  it.each([
    ['a number', { value: 5 }],
    ['values that are no list', { values: own }],
    ['a list of numbers', { values: [5] }],
    ['an empty list', { values: [] }],
  ])('5.5.1: sub with %s can be nobody, and is refused', async (_what, sub) => {
    for (const member of ['id_token', 'userinfo']) {
      const place = await agent.open(authorizePath(client, claimsRequest({ [member]: { sub } })))
      expect(outcome(place)).toEqual(refusedWith('invalid_request'))
    }
  })

  it('3.1.2.2: sub binds the user beside an id_token_hint of somebody else, too', async () => {
    const { id_token } = await signInTo(agent, client)
    const sub = { value: 'usr_another' }
    const hinted = { ...claimsRequest({ id_token: { sub } }), id_token_hint: id_token }
    const place = await agent.open(authorizePath(client, { ...hinted, prompt: 'none' }))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })

  it('a sign-in of somebody else than was asked for is access_denied, not a circle', async () => {
    const extra = claimsRequest({ userinfo: { sub: { values: ['usr_another'] } } })
    const browser = new UserAgent()
    const place = await signInAt(browser, await browser.open(authorizePath(client, extra)), user)
    expect(outcome(place)).toEqual(refusedWith('access_denied'))
  })

  it('5.5.1.1: an essential acr that cannot be given is a failed sign-in', async () => {
    const acr = { essential: true, values: ['urn:mace:incommon:iap:silver'] }
    const place = await agent.open(authorizePath(client, claimsRequest({ id_token: { acr } })))
    expect(outcome(place)).toEqual(refusedWith('unmet_authentication_requirements'))
  })

  it.each([
    ['that can be given', { essential: true, values: ['2', 'urn:postern:acr:1'] }],
    ['that is only wished for', { values: ['urn:mace:incommon:iap:silver'] }],
    ['of whatever value', { essential: true }],
    ['null', null],
  ])('an acr %s is granted', async (_what, acr) => {
    const extra = claimsRequest({ id_token: { acr } })
    expect((await idTokenFor(client, extra)).acr).toBe('urn:postern:acr:1')
  })

  it('as long as a request may be makes a code that is parked, and works', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`claim_${at}`, null]))
    const request = { userinfo: { ...many, given_name: null } }
    const place = await agent.post('/oauth2/authorize', {
      ...Object.fromEntries(new URL(issuer + authorizePath(client)).searchParams),
      ...claimsRequest(request),
    })
    expect(outcome(place)).toEqual(granted())
  })
})

describe('Custom claims: per user, and per client into which token', () => {
  const registered = {
    claims: {
      id_token: ['team', 'roles'],
      access_token: ['level', 'roles'],
      userinfo: ['team', 'level'],
    },
  }

  it('go where the client is registered for them, roles included', async () => {
    const own = await registerWebClient(registered)
    const tokens = await signInTo(agent, own)
    const { payload: idToken } = await verifiedIdToken(tokens)
    const { payload: accessToken } = await verifiedJwt(tokens.access_token)
    const pickOwn = ({ team, level, roles }: JWTPayload) => ({ team, level, roles })
    expect({
      idToken: pickOwn(idToken),
      accessToken: pickOwn(accessToken),
      userinfo: await (await userinfo(tokens.access_token)).json(),
    }).toEqual({
      idToken: { team: 'blue', roles: ['editor'] },
      accessToken: { level: 3, roles: ['editor'] },
      userinfo: { sub: user.sub, team: 'blue', level: 3 },
    })
  })

  it('of the user’s own claims, `roles` goes before the role', async () => {
    const one = await registerUser({ role: 'editor', claims: { roles: ['admin', 'auditor'] } })
    const tokens = await signInTo(await signedIn(one), await registerWebClient(registered))
    expect((await verifiedIdToken(tokens)).payload.roles).toEqual(['admin', 'auditor'])
  })

  it('are those of now after a refresh, not those of then', async () => {
    const one = await registerUser({ role: 'editor' })
    const own = await registerWebClient(registered)
    const { refresh_token = '' } = await signInTo(await signedIn(one), own)
    await patchUser(one, { role: 'reader' })
    const tokens = await tokensOf(refresh(own, refresh_token))
    expect((await verifiedIdToken(tokens)).payload.roles).toEqual(['reader'])
  })

  it('never stand in for what the server states, whatever a client registers', async () => {
    const claims = { id_token: ['sub', 'iss', 'aud', 'acr', 'auth_time', 'sid', '__proto__'] }
    const own = await registerWebClient({ claims })
    const payload = await idTokenFor(own)
    expect({ sub: payload.sub, iss: payload.iss, aud: payload.aud, acr: payload.acr }).toEqual({
      sub: user.sub,
      iss: issuer,
      aud: own.client_id,
      acr: 'urn:postern:acr:1',
    })
    const evil = {
      ...{ sub: 'x', iss: 'x', aud: 'x', client_id: 'x', scope: 'x', email: 'x' },
      ...{ act: 'x', may_act: 'x', cnf: 'x', grant_id: 'x', grant_client_id: 'x' },
    }
    for (const [name, value] of Object.entries(evil)) {
      const answer = await admin('PATCH', `/users/${user.id}`, { claims: { [name]: value } })
      expect(answer.status).toBe(400)
    }
  })
})

describe('OpenID Connect Core 5.3: userinfo', () => {
  it.each(['ES256', 'RS256'])('signed with %s where the client is registered so', async (alg) => {
    const own = await registerWebClient({ userinfo_signed_response_alg: alg })
    const { access_token } = await signInTo(agent, own, { scope: 'openid email' })
    const answer = await userinfo(access_token)
    expect(answer.headers.get('Content-Type')).toBe('application/jwt')
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    const { payload, header } = await verifiedJwt(text)
    expect({ alg: header.alg, payload }).toEqual({
      alg,
      payload: {
        iss: issuer,
        aud: own.client_id,
        sub: user.sub,
        email: user.email,
        email_verified: false,
      },
    })
  })

  it('is kept by nobody', async () => {
    const { access_token } = await signInTo(agent, client)
    const { headers } = await userinfo(access_token)
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  it('without openid is insufficient_scope', async () => {
    const { access_token } = await signInTo(agent, client, { scope: 'email read' })
    expect((await userinfo(access_token)).status).toBe(403)
  })

  it('takes no token of a client, no ID token, and no token in the query', async () => {
    const machine = await registerClient({ grant_types: ['client_credentials'] })
    const { access_token } = await tokensOf(clientCredentials(machine))
    const tokens = await signInTo(agent, client)
    const answers = [
      await userinfo(access_token),
      await userinfo(tokens.id_token ?? ''),
      await get(`/oauth2/userinfo?access_token=${tokens.access_token}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 401, 401])
  })

  it('takes a token from the header or the form, not from both', async () => {
    const { access_token } = await signInTo(agent, client)
    const answer = await post('/oauth2/userinfo', { access_token }, bearer(access_token))
    expect((await read(answer)).status).toBe(400)
  })
})

describe('OpenID Connect Core 2: the ID token', () => {
  it.each(['ES256', 'RS256'])(
    'is signed with %s where the client is registered so',
    async (alg) => {
      const own = await registerWebClient({ id_token_signed_response_alg: alg })
      const tokens = await signInTo(agent, own)
      const again = await tokensOf(refresh(own, tokens.refresh_token ?? ''))
      expect({
        first: (await verifiedIdToken(tokens)).header,
        refreshed: (await verifiedIdToken(again)).header,
      }).toEqual({
        first: { alg, typ: 'JWT', kid: expect.any(String) },
        refreshed: { alg, typ: 'JWT', kid: expect.any(String) },
      })
    },
  )

  describe('carries the claims of the granted scopes', () => {
    const scope = 'openid profile email'
    const profile = {
      name: 'Ann Example',
      given_name: 'Ann',
      preferred_username: user.username,
      updated_at: expect.any(Number),
    }
    const email = { email: user.email, email_verified: false }
    const bare = {
      ...{
        iss: issuer,
        sub: user.sub,
        aud: expect.any(String),
        nonce: 'a nonce',
        acr: 'urn:postern:acr:1',
      },
      ...{ exp: expect.any(Number), iat: expect.any(Number), auth_time: expect.any(Number) },
      ...{ amr: ['pwd'], at_hash: expect.any(String), sid: expect.any(String) },
    }

    it('by default, and userinfo says the same', async () => {
      const tokens = await signInTo(agent, client, { scope })
      expect((await verifiedIdToken(tokens)).payload).toEqual({ ...bare, ...profile, ...email })
      const { sub } = user
      expect(await read(await userinfo(tokens.access_token))).toEqual({
        status: 200,
        body: { sub, ...profile, ...email },
      })
    })

    it('not to a client that registered id_token_claims: minimal; userinfo is the same', async () => {
      const own = await registerWebClient({ id_token_claims: 'minimal' })
      const tokens = await signInTo(agent, own, { scope })
      expect((await verifiedIdToken(tokens)).payload).toEqual(bare)
      const { sub } = user
      expect(await read(await userinfo(tokens.access_token))).toEqual({
        status: 200,
        body: { sub, ...profile, ...email },
      })
    })

    it('of no scope that was not granted, and of none that a refresh left out', async () => {
      const { nonce: _, ...again } = bare
      const tokens = await signInTo(agent, client, { scope })
      const line = tokens.refresh_token ?? ''
      const narrowed = await tokensOf(refresh(client, line, { scope: 'openid email' }))
      expect((await verifiedIdToken(narrowed)).payload).toEqual({ ...again, ...email })
    })
  })

  it('has the session’s sid, one for all clients of a browser, another in another', async () => {
    const other = await registerWebClient()
    const sids = [
      (await idTokenFor(client)).sid,
      (await idTokenFor(other)).sid,
      (await verifiedIdToken(await signInTo(await signedIn(user), client))).payload.sid,
    ]
    expect({ sameSession: sids[0] === sids[1], otherSession: sids[0] === sids[2] }).toEqual({
      sameSession: true,
      otherSession: false,
    })
  })

  it('is given for no password grant, which has no authentication request', async () => {
    const trusted = await registerClient()
    expect((await passwordSignIn(trusted, user)).id_token).toBeUndefined()
  })

  it('auth_time is that of the sign-in, also after a refresh', async () => {
    const before = await idTokenFor(client)
    pass(100)
    const after = await signInTo(agent, client)
    const refreshed = await tokensOf(refresh(client, after.refresh_token ?? ''))
    const { payload } = await verifiedIdToken(refreshed)
    expect({ authTime: payload.auth_time, nonce: payload.nonce }).toEqual({
      authTime: before.auth_time,
      nonce: undefined,
    })
  })

  it('default_max_age of the client counts where the request says nothing', async () => {
    const strict = await registerWebClient({ default_max_age: 10 })
    pass(20)
    expect((await agent.open(authorizePath(strict))).title).toBe('Confirm it’s you · Postern')
    const lenient = await agent.open(authorizePath(strict, { max_age: '100000' }))
    expect(outcome(lenient)).toEqual(granted())
  })
})

describe('N028, OpenID Connect Core 3.1.2.1: id_token_hint', () => {
  const silent = async (id_token_hint: string) =>
    outcome(await agent.open(authorizePath(client, { prompt: 'none', id_token_hint })))

  it('our own is taken, also when it has expired', async () => {
    const { id_token = '' } = await signInTo(agent, client)
    pass(3_600)
    expect(await silent(id_token)).toEqual(granted())
  })

  it('of another client of ours is taken: it says who the user is', async () => {
    const { id_token = '' } = await signInTo(agent, await registerWebClient())
    expect(await silent(id_token)).toEqual(granted())
  })

  it('of another user is login_required', async () => {
    const other = await signedIn(await registerUser())
    const { id_token = '' } = await signInTo(other, client)
    expect(await silent(id_token)).toEqual(refusedWith('login_required'))
  })

  it('of another user, with a page, asks for that user; another is access_denied', async () => {
    const second = await registerUser()
    const { id_token } = await signInTo(await signedIn(second), client)
    const path = authorizePath(client, { id_token_hint: id_token })
    const browser = await signedIn(user)
    expect(outcome(await signInAt(browser, await browser.open(path), user))).toEqual(
      refusedWith('access_denied'),
    )
    expect(outcome(await signInAt(browser, await browser.open(path), second))).toEqual(granted())
  })

  it('nothing else is one', async () => {
    const tokens = await signInTo(agent, client)
    const { id_token = '', access_token, refresh_token = '' } = tokens
    const [header = '', payload = '', signature = ''] = id_token.split('.')
    const forged = await new SignJWT({ sub: user.sub, aud: client.client_id, iss: issuer })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(client.client_secret ?? ''))
    const hints = [
      'x',
      `${btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '')}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}..${signature}`,
      forged,
      access_token,
      refresh_token,
      'null',
      `${btoa('null')}.${btoa('[]')}.x`,
    ]
    const outcomes = await Promise.all(hints.map(silent))
    expect(outcomes).toEqual(hints.map(() => refusedWith('invalid_request')))
  })
})
