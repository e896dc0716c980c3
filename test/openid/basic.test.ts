// The modules of the OpenID Connect Basic OP certification plan, black box: each module's request and
// the outcome that it requires. The plan's client sends no PKCE, so it is one that need not.
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { basic, bearer, get, issuer, post, read } from '../support/http.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { refresh, tokensOf, userinfo, type Tokens } from '../support/tokens.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  authorizationRequest,
  backToNow,
  callback,
  challenge,
  codeOf,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
  verifiedIdToken,
  verifier,
  type Extra,
} from './flow.ts'

const registered = {
  require_pkce: false,
  scope: 'openid profile email address phone offline_access',
}
const client = await registerWebClient(registered)
const second = await registerWebClient(registered)

const profile = {
  name: 'Ann Beate Example',
  given_name: 'Ann',
  family_name: 'Example',
  middle_name: 'Beate',
  nickname: 'Annie',
  profile: 'https://ann.example/',
  picture: 'https://ann.example/picture',
  website: 'https://ann.example/blog',
  gender: 'female',
  birthdate: '0000-03-22',
  zoneinfo: 'Europe/Berlin',
  locale: 'de-DE',
}
const address = { formatted: 'A Street 1\nBerlin', country: 'DE' }
const phone = { phone_number: '+49 30 1234567', phone_number_verified: true }
const { name, ...further } = profile

const user = await registerUser({
  name,
  email_verified: true,
  claims: { ...further, ...phone, address },
})
const agent = await signedIn(user)

const profileClaims = {
  ...profile,
  preferred_username: user.username,
  updated_at: expect.any(Number),
}
const emailClaims = { email: user.email, email_verified: true }

afterEach(backToNow)

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }
const pathOf = (extra: Extra = {}, of = client): string =>
  authorizePath(of, { ...withoutPkce, ...extra })

const tokensFrom = (place: Place, of: TestClient = client): Promise<Tokens> =>
  tokensOf(redeem(of, codeOf(place), { code_verifier: undefined }))

/** What every module checks of a flow that succeeds. */
async function completed(place: Place) {
  expect(outcome(place)).toEqual(granted())
  const tokens = await tokensFrom(place)
  const { payload } = await verifiedIdToken(tokens)
  const claims = await (await userinfo(tokens.access_token)).json()
  expect({ nonce: payload.nonce, aud: payload.aud, claims }).toEqual({
    nonce: 'a nonce',
    aud: client.client_id,
    claims: expect.objectContaining({ sub: payload.sub }),
  })
  return { tokens, idToken: payload, claims }
}

const claimsFor = async (scope: string): Promise<unknown> =>
  (await completed(await agent.open(pathOf({ scope })))).claims

describe('oidcc-server', () => {
  it('code, token response, ID token and userinfo, from the sign-in on', async () => {
    const browser = new UserAgent()
    const place = await signInAt(browser, await browser.open(pathOf()), user)
    const { tokens, idToken } = await completed(place)
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid' })
    const { iat = 0 } = idToken
    expect(idToken).toEqual({
      iss: issuer,
      sub: user.sub,
      aud: client.client_id,
      exp: iat + 600,
      iat: expect.any(Number),
      auth_time: expect.any(Number),
      nonce: 'a nonce',
      acr: 'urn:postern:acr:1',
      amr: ['pwd'],
      at_hash: await halfHash(tokens.access_token),
      sid: expect.any(String),
    })
  })
})

async function halfHash(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const half = btoa(String.fromCharCode(...new Uint8Array(hash, 0, 16)))
  return half.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

describe('oidcc-response-type-missing', () => {
  it('invalid_request at the client', async () => {
    const place = await agent.open(pathOf({ response_type: undefined }))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })
})

describe('oidcc-idtoken-signature', () => {
  it('RS256 by default, with a key that the JWKS holds once', async () => {
    const { tokens } = await completed(await agent.open(pathOf()))
    const jwks: { keys: { kid: string }[] } = await (await get('/.well-known/jwks.json')).json()
    const verified = await jwtVerify(tokens.id_token ?? '', createLocalJWKSet(jwks), {
      algorithms: ['RS256'],
    })
    const { kid } = verified.protectedHeader
    expect(jwks.keys.filter((key) => key.kid === kid).length).toBe(1)
  })
})

describe('oidcc-idtoken-unsigned', () => {
  it('does not apply: there are no unsigned ID tokens, and discovery lists none', async () => {
    const metadata: { id_token_signing_alg_values_supported: string[] } = await (
      await get('/.well-known/openid-configuration')
    ).json()
    expect(metadata.id_token_signing_alg_values_supported).toEqual(['ES256', 'RS256'])
    const unsigned = { redirect_uris: [callback], id_token_signed_response_alg: 'none' }
    expect((await admin('POST', '/clients', unsigned)).status).toBe(400)
  })
})

describe('oidcc-userinfo-get', () => {
  it('GET with the token in the header', async () => {
    const { tokens } = await completed(await agent.open(pathOf()))
    expect(await read(await userinfo(tokens.access_token))).toEqual({
      status: 200,
      body: { sub: user.sub },
    })
  })
})

describe('oidcc-userinfo-post-header', () => {
  it('POST with the token in the header', async () => {
    const { tokens } = await completed(await agent.open(pathOf()))
    const answer = await post('/oauth2/userinfo', '', bearer(tokens.access_token))
    expect(await read(answer)).toEqual({ status: 200, body: { sub: user.sub } })
  })
})

describe('oidcc-userinfo-post-body', () => {
  it('POST with the token in the body', async () => {
    const { tokens } = await completed(await agent.open(pathOf()))
    const answer = await post('/oauth2/userinfo', { access_token: tokens.access_token })
    expect(await read(answer)).toEqual({ status: 200, body: { sub: user.sub } })
  })
})

describe('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', () => {
  it('without nonce and PKCE a code, and no nonce in the ID token', async () => {
    const place = await agent.open(pathOf({ nonce: undefined }))
    const { payload } = await verifiedIdToken(await tokensFrom(place))
    expect(payload.nonce).toBeUndefined()
  })
})

describe('oidcc-scope-profile', () => {
  it('the claims of the profile', async () => {
    expect(await claimsFor('openid profile')).toEqual({ sub: user.sub, ...profileClaims })
  })
})

describe('oidcc-scope-email', () => {
  it('the address and whether it is verified', async () => {
    expect(await claimsFor('openid email')).toEqual({ sub: user.sub, ...emailClaims })
  })
})

describe('oidcc-scope-address', () => {
  it('the postal address, as an object', async () => {
    expect(await claimsFor('openid address')).toEqual({ sub: user.sub, address })
  })
})

describe('oidcc-scope-phone', () => {
  it('the number and whether it is verified', async () => {
    expect(await claimsFor('openid phone')).toEqual({ sub: user.sub, ...phone })
  })
})

const all = { ...profileClaims, ...emailClaims, ...phone, address }

describe('oidcc-scope-all', () => {
  it('all of them', async () => {
    const scope = 'openid profile email address phone'
    expect(await claimsFor(scope)).toEqual({ sub: user.sub, ...all })
  })
})

describe('oidcc-alternate-happy-flow, before oidcc-ensure-other-scope-order-succeeds', () => {
  it('the same with scopes and parameters in another order', async () => {
    const request = { ...authorizationRequest(client, withoutPkce), scope: 'email openid' }
    const reversed = new URLSearchParams(Object.entries(request).reverse())
    const { claims } = await completed(await agent.open(`/oauth2/authorize?${reversed}`))
    expect(claims).toEqual({ sub: user.sub, ...emailClaims })
  })
})

describe.each(['page', 'popup'])('oidcc-display-%s', (display) => {
  it('is no error; the sign-in page shows and may be framed by nobody', async () => {
    const browser = new UserAgent()
    const page = await browser.open(pathOf({ display }))
    expect(outcome(page)).toEqual({ status: 200, page: 'Sign in · Postern' })
    await completed(await signInAt(browser, page, user))
  })
})

describe('oidcc-prompt-login', () => {
  it('asks again, and the second ID token has a later auth_time', async () => {
    const before = await completed(await agent.open(pathOf()))
    pass(2)
    const page = await agent.open(pathOf({ prompt: 'login' }))
    expect(page.forms.map(({ action }) => action)).toContain('/login')
    const after = await completed(await signInAt(agent, page, user))
    expect(after.idToken.sub).toBe(before.idToken.sub)
    expect(Number(after.idToken.auth_time)).toBeGreaterThan(Number(before.idToken.auth_time))
  })
})

describe('oidcc-prompt-none-not-logged-in', () => {
  it('login_required at the client, and no page', async () => {
    const place = await new UserAgent().open(pathOf({ prompt: 'none' }))
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })
})

describe('oidcc-prompt-none-logged-in', () => {
  it('a code without a page, for the same sub and auth_time', async () => {
    const before = await completed(await agent.open(pathOf()))
    const after = await completed(await agent.open(pathOf({ prompt: 'none' })))
    expect({ sub: after.idToken.sub, authTime: after.idToken.auth_time }).toEqual({
      sub: before.idToken.sub,
      authTime: before.idToken.auth_time,
    })
  })
})

describe('oidcc-max-age-1', () => {
  it('later than that asks again; auth_time is there and later', async () => {
    const before = await completed(await agent.open(pathOf()))
    // The sign-in of the module before was two seconds ahead.
    pass(4)
    const page = await agent.open(pathOf({ max_age: '1' }))
    const after = await completed(await signInAt(agent, page, user))
    expect(Number(after.idToken.auth_time)).toBeGreaterThan(Number(before.idToken.auth_time))
  })
})

describe('oidcc-max-age-10000', () => {
  it('asks nothing; auth_time is there and the same', async () => {
    const before = await completed(await agent.open(pathOf()))
    const after = await completed(await agent.open(pathOf({ max_age: '10000' })))
    expect(after.idToken.auth_time).toBe(before.idToken.auth_time)
  })
})

describe('oidcc-ensure-request-with-unknown-parameter-succeeds', () => {
  it('extra=foobar is ignored', async () => {
    await completed(await agent.open(pathOf({ extra: 'foobar' })))
  })
})

describe('oidcc-id-token-hint', () => {
  it('with prompt=none a code for the same sub', async () => {
    const { tokens, idToken } = await completed(await agent.open(pathOf()))
    const hinted = { prompt: 'none', id_token_hint: tokens.id_token }
    const after = await completed(await agent.open(pathOf(hinted)))
    expect(after.idToken.sub).toBe(idToken.sub)
  })
})

describe('oidcc-login-hint', () => {
  it('is no error; the username is filled in', async () => {
    const browser = new UserAgent()
    const page = await browser.open(pathOf({ login_hint: user.username }))
    expect(page.html).toContain(`value="${user.username}"`)
    await completed(await signInAt(browser, page, user))
  })
})

describe('oidcc-ui-locales', () => {
  it('is no error; a language that we have is spoken', async () => {
    const browser = new UserAgent()
    const page = await browser.open(pathOf({ ui_locales: 'se de' }))
    expect(page.title).toBe('Anmelden · Postern')
    await completed(await signInAt(browser, page, user))
  })
})

describe('oidcc-claims-locales', () => {
  it('is no error', async () => {
    await completed(await agent.open(pathOf({ claims_locales: 'se' })))
  })
})

describe('oidcc-ensure-request-with-acr-values-succeeds', () => {
  it('is no error; the ID token has one of the values', async () => {
    const { idToken } = await completed(await agent.open(pathOf({ acr_values: '1 2' })))
    expect(idToken.acr).toBe('1')
  })
})

describe.each([
  ['oidcc-codereuse', 0],
  ['oidcc-codereuse-30seconds', 30],
])('%s', (_module, seconds) => {
  it('the second time is invalid_grant, and the access token of the first is dead', async () => {
    const code = codeOf(await agent.open(pathOf()))
    const once = { code_verifier: undefined }
    const { access_token } = await tokensOf(redeem(client, code, once))
    expect((await userinfo(access_token)).status).toBe(200)
    if (seconds > 0) pass(seconds)
    expect(await read(await redeem(client, code, once))).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: expect.any(String) },
    })
    expect((await userinfo(access_token)).status).toBe(401)
  })
})

describe('oidcc-ensure-registered-redirect-uri', () => {
  it('an address that is not registered gets an error page and no redirect', async () => {
    const place = await agent.open(pathOf({ redirect_uri: `${callback}/unregistered` }))
    expect({ outcome: outcome(place), trail: place.trail }).toEqual({
      outcome: { status: 400, page: 'We will not send you there · Postern' },
      trail: [],
    })
  })
})

describe('oidcc-ensure-post-request-succeeds', () => {
  it('the request as a form', async () => {
    const request = authorizationRequest(client, withoutPkce)
    await completed(await agent.post('/oauth2/authorize', request))
  })
})

describe('oidcc-server-client-secret-post', () => {
  it('the same with the secret in the body', async () => {
    const posting = await registerWebClient({
      ...registered,
      token_endpoint_auth_method: 'client_secret_post',
    })
    const code = codeOf(await agent.open(pathOf({}, posting)))
    const { client_id, client_secret } = posting
    const form = { grant_type: 'authorization_code', code, redirect_uri: callback }
    const tokens = await tokensOf(post('/oauth2/token', { ...form, client_id, client_secret }))
    const { payload } = await verifiedIdToken(tokens)
    expect({ sub: payload.sub, aud: payload.aud }).toEqual({ sub: user.sub, aud: client_id })
  })
})

describe('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', () => {
  it('request_uri_not_supported, as discovery says', async () => {
    const place = await agent.open(pathOf({ request_uri: 'https://client.example/request.jwt' }))
    expect(outcome(place)).toEqual(refusedWith('request_uri_not_supported'))
  })
})

const requestObject = (claims: object): string =>
  `${btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '')}.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.`

describe('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', () => {
  it('request_not_supported, as discovery says', async () => {
    const request = requestObject({ client_id: client.client_id, scope: 'openid profile' })
    const place = await agent.open(pathOf({ request }))
    expect(outcome(place)).toEqual(refusedWith('request_not_supported'))
  })
})

describe('oidcc-claims-essential', () => {
  it('name, asked for as essential, is in userinfo without the scope profile', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const done = await completed(await agent.open(pathOf({ claims })))
    expect(done.claims).toEqual({ sub: user.sub, name })
  })
})

describe('oidcc-ensure-request-object-with-redirect-uri', () => {
  it('a redirect_uri in a request object is never followed', async () => {
    const request = await new SignJWT({ redirect_uri: 'https://evil.example/cb' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(client.client_secret ?? ''))
    const place = await agent.open(pathOf({ request }))
    expect(outcome(place)).toEqual(refusedWith('request_not_supported'))
  })
})

describe('oidcc-refresh-token', () => {
  const offline = { scope: 'openid offline_access', prompt: 'consent' }

  async function offlineTokens(of: TestClient): Promise<Tokens> {
    const page = await agent.open(pathOf(offline, of))
    return tokensFrom(await agent.submit(page, { decision: 'allow' }), of)
  }

  it('gives tokens whose ID token has the same iss, sub, aud and auth_time', async () => {
    const first = await offlineTokens(client)
    pass(1)
    const again = await tokensOf(refresh(client, first.refresh_token ?? ''))
    const [before, after] = [await verifiedIdToken(first), await verifiedIdToken(again)]
    const { iss, sub, aud, auth_time } = before.payload
    expect(after.payload).toMatchObject({ iss, sub, aud, auth_time })
    expect(Number(after.payload.iat)).toBeGreaterThan(Number(before.payload.iat))
    expect(again.refresh_token).toMatch(/^[\x20-\x7e]+$/)
    expect((await userinfo(again.access_token)).status).toBe(200)
  })

  it('of one client is invalid_grant for the other', async () => {
    const { refresh_token = '' } = await offlineTokens(client)
    const form = { grant_type: 'refresh_token', refresh_token }
    const other = basic(second.client_id, second.client_secret ?? '')
    expect(await read(await post('/oauth2/token', form, other))).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: expect.any(String) },
    })
    expect((await refresh(client, refresh_token)).status).toBe(200)
  })
})

describe('oidcc-ensure-request-with-valid-pkce-succeeds', () => {
  it('S256, by a client that need not', async () => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    const code = codeOf(await agent.open(pathOf(pkce)))
    expect((await redeem(client, code, { code_verifier: verifier })).status).toBe(200)
  })
})
