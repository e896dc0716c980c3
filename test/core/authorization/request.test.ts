// What makes an authorization request valid for its client, and what its client is told otherwise.
import { describe, expect, it } from 'vitest'
import type { AuthorizationGoal } from '../../../src/core/authorization/goal.ts'
import {
  checkLength,
  readAuthorizationRequest,
  requireProfile,
  requirePushed,
} from '../../../src/core/authorization/request.ts'
import type { ResponseTarget } from '../../../src/core/authorization/response-target.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import { type Parameters, encodeParameters } from '../../../src/protocol/parameters.ts'
import { challenge, type Extra } from '../../openid/flow.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { goalOf, requestParameters, signInClient } from '../../support/goals.ts'
import { now } from '../../support/records.ts'

const as = requestToCore({ now })
const client = signInClient()
const lenient = signInClient({ require_pkce: false })
const strict = signInClient({ require_pkce: true })
const publicClient = signInClient({ token_endpoint_auth_method: 'none', require_pkce: false })

/** What a request is told: null = it is valid. */
async function refusal(decide: () => unknown): Promise<string | null> {
  try {
    await decide()
    return null
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    return thrown.message
  }
}
const told = (extra: Extra, of = client) =>
  refusal(() => readAuthorizationRequest(as, of, requestParameters(of, extra)))

type Request = AuthorizationGoal['request']
const read = async <Name extends keyof Request>(
  name: Name,
  extra: Extra,
  of = client,
): Promise<Request[Name]> => (await goalOf(as, of, extra)).request[name]

const withoutChallenge = { code_challenge: undefined, code_challenge_method: undefined }

describe('RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1: a request', () => {
  it('is read whole', async () => {
    const extra = {
      login_hint: 'ann',
      id_token_hint: 'a token',
      ui_locales: 'de',
      dpop_jkt: challenge,
      claims: '{"userinfo":{"email":null}}',
    }
    expect((await goalOf(as, client, extra)).request).toMatchObject({
      scope: 'openid',
      resource: [],
      details: [],
      nonce: 'a nonce',
      codeChallenge: challenge,
      keyThumbprint: challenge,
      prompt: [],
      loginHint: 'ann',
      idTokenHint: 'a token',
      uiLocales: 'de',
      claims: { userinfo: ['email'] },
      claimsText: extra.claims,
    })
  })

  it.each<[string, Extra]>([
    ['request_uri_not_supported: this value of request_uri is not supported', { request_uri: 'a' }],
    ['request_not_supported: this value of request is not supported', { request: 'a' }],
    [
      'registration_not_supported: this value of registration is not supported',
      { registration: '{}' },
    ],
    ['invalid_request: the response_type is missing', { response_type: undefined }],
    [
      'unsupported_response_type: this value of response_type is not supported',
      { response_type: 'token' },
    ],
    ['invalid_request: the response_mode is not supported', { response_mode: 'web_message' }],
    ['invalid_scope: the scope is malformed', { scope: 'a"b' }],
    ['invalid_request: the dpop_jkt is not the thumbprint of a key', { dpop_jkt: 'short' }],
    ['invalid_request: the prompt is not supported', { prompt: 'login whatever' }],
    ['invalid_request: the prompt is not supported', { prompt: 'enrolment' }],
    [
      'invalid_request: the prompt none cannot be combined with other values',
      { prompt: 'none login' },
    ],
    ['invalid_request: the max_age is not a number of seconds', { max_age: '-1' }],
    ['invalid_request: the max_age is not a number of seconds', { max_age: '1s' }],
    ['invalid_request: the max_age is not a number of seconds', { max_age: '12345678901' }],
  ])('is refused: %s', async (words, extra) => expect(await told(extra)).toBe(words))

  it.each<Extra>([
    { scope: undefined },
    { response_mode: 'fragment' },
    { response_mode: 'form_post.jwt' },
    { prompt: 'none' },
    { prompt: 'login consent' },
    { prompt: 'login login' },
    { max_age: '1234567890' },
  ])('with %j is valid', async (extra) => expect(await told(extra)).toBe(null))

  it('is of a client that is registered for codes', async () => {
    const other = signInClient({ grant_types: ['refresh_token'] })
    expect(await told({}, other)).toBe(
      'unauthorized_client: the client is not registered for the authorization code grant',
    )
  })

  it('RFC 6749 3.1: repeats no parameter but resource', async () => {
    const repeating = (...names: string[]): Parameters =>
      Object.assign(requestParameters(client), {
        repeated: new Map(names.map((name) => [name, []])),
      })
    const of = (parameters: Parameters) =>
      refusal(() => readAuthorizationRequest(as, client, parameters))
    const repeated = 'invalid_request: a parameter is repeated'
    expect({
      resource: await of(repeating('resource')),
      scope: await of(repeating('scope')),
      both: await of(repeating('resource', 'scope')),
    }).toEqual({ resource: null, scope: repeated, both: repeated })
  })

  it('names the seconds since the sign-in, or its client does', async () => {
    const registered = signInClient({ default_max_age: 60 })
    expect({
      none: await read('maxAge', {}),
      named: await read('maxAge', { max_age: '30' }, registered),
      zero: await read('maxAge', { max_age: '0' }, registered),
      registered: await read('maxAge', {}, registered),
    }).toEqual({ none: undefined, named: 30, zero: 0, registered: 60 })
  })

  it('names steps in the order in which they are taken', async () => {
    expect(await read('prompt', { prompt: 'consent login' })).toEqual(['login', 'consent'])
  })
})

describe('8,192 bytes', () => {
  it('are the longest request', async () => {
    const sized = (bytes: number) => {
      const parameters = new Map([['state', '']])
      const rest = bytes - encodeParameters(parameters).length
      return refusal(() => checkLength(new Map([['state', 'a'.repeat(rest)]])))
    }
    expect({ longest: await sized(8192), longer: await sized(8193) }).toEqual({
      longest: null,
      longer: 'invalid_request: the request is longer than 8192 bytes',
    })
  })
})

describe('RFC 7636 4.3: the challenge', () => {
  const required = 'invalid_request: a code_challenge is required'

  it.each<[string, Extra]>([
    ['the code_challenge is missing', { code_challenge: undefined }],
    ['the code_challenge_method must be S256', { code_challenge_method: undefined }],
    ['the code_challenge_method must be S256', { code_challenge_method: 'plain' }],
    ['the code_challenge is malformed', { code_challenge: challenge.slice(1) }],
  ])('%s', async (words, extra) =>
    expect(await told(extra, lenient)).toBe(`invalid_request: ${words}`),
  )

  it('is required of public clients, and of those that are registered to use it', async () => {
    expect({
      lenient: await told(withoutChallenge, lenient),
      strict: await told(withoutChallenge, strict),
      public: await told(withoutChallenge, publicClient),
    }).toEqual({ lenient: null, strict: required, public: required })
  })

  it('is not required of confidential clients by a face that leaves it to them', async () => {
    const at = (of: typeof client) => {
      const sent = requestParameters(of, withoutChallenge)
      const policy = { pkceOfConfidential: 'optional' } as const
      return refusal(() => readAuthorizationRequest(as, of, sent, policy))
    }
    expect({ strict: await at(strict), public: await at(publicClient) }).toEqual({
      strict: null,
      public: required,
    })
  })
})

describe('what a client is held to', () => {
  const fapi = signInClient({ profile: 'fapi2' })
  const pushing = signInClient({ require_pushed_authorization_requests: true })
  const pushed = { id: 'a', answerBy: now + 60 }

  it('RFC 9126 6: to push its requests, if it is registered for that or for fapi2', async () => {
    const unpushed = (of: typeof client) =>
      refusal(() => requirePushed({ client: of, pushed: null }))
    const words = 'invalid_request: the client must push its authorization requests (RFC 9126)'
    expect({
      usual: await unpushed(client),
      pushing: await unpushed(pushing),
      fapi: await unpushed(fapi),
      pushed: await refusal(() => requirePushed({ client: pushing, pushed })),
      pushedByFapi: await refusal(() => requirePushed({ client: fapi, pushed })),
    }).toEqual({ usual: null, pushing: words, fapi: words, pushed: null, pushedByFapi: null })
  })

  it('FAPI 2.0 5.3.2.2: to name its redirect_uri, and never to be answered in a fragment', async () => {
    const { target } = await goalOf(as, client)
    const judged = (facts: Partial<ResponseTarget>) =>
      refusal(() => requireProfile({ ...target, client: fapi, ...facts }))
    expect({
      right: await judged({}),
      unnamed: await judged({ redirectUriNamed: false }),
      fragment: await judged({ responseMode: 'fragment' }),
      usual: await judged({ client, redirectUriNamed: false, responseMode: 'fragment' }),
    }).toEqual({
      right: null,
      unnamed: 'invalid_request: the redirect_uri is missing',
      fragment: 'invalid_request: the response_mode must not be fragment',
      usual: null,
    })
  })
})
