import { afterEach, describe, expect, it } from 'vitest'
import { DocumentHost } from '../federation/client-documents.ts'
import { makeKey } from '../federation/providers.ts'
import { assertionOf, postWith, registerKeyClient } from '../support/assertions.ts'
import { boundTokensOf, newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server, noFault } from '../support/faults.ts'
import { basic, formRequest, get, issuer, post, postern, read, readAll } from '../support/http.ts'
import { parPath, push, pushedPath, referenceOf, referredPath } from '../support/pushed.ts'
import { patchClient, registerUser, type TestClient } from '../support/registry.ts'
import {
  allowIfAsked,
  authorizationRequest,
  backToNow,
  callback,
  codeForm,
  codeOf,
  registerSpa,
  registerWebClient,
  signedIn,
} from '../openid/flow.ts'

afterEach(backToNow)

const client = await registerWebClient()
const spa = await registerSpa()
const user = await registerUser()
const agent = await signedIn(user)

/** The code of the error that a push is answered with, and that no reference came with it. */
async function refusal(answer: Response | Promise<Response>) {
  const { status, body } = await read(await answer)
  const { error, request_uri } = Object(body)
  return { status, error, request_uri }
}

const refusedWith = (error: string, status = 400) => ({ status, error, request_uri: undefined })

describe('RFC 9126 2: a client pushes its request', () => {
  it.each([
    ['a confidential client', client],
    ['a public client', spa],
  ])('PA1, PA4: %s gets a reference for 300 seconds, not to be kept', async (_whose, pusher) => {
    expect(await readAll(await push(pusher))).toEqual({
      status: 201,
      headers: expect.objectContaining({ 'cache-control': 'no-store' }),
      body: {
        request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w.-]{43,}$/),
        expires_in: 300,
      },
    })
  })

  it('PA1: a client with keys authenticates by an assertion, which counts once', async () => {
    const keyed = await registerKeyClient({
      grant_types: ['authorization_code'],
      redirect_uris: [callback],
    })
    const assertion = await assertionOf(keyed)
    const form = authorizationRequest(keyed.client)
    expect((await postWith(assertion, parPath, form)).status).toBe(201)
    expect(await refusal(postWith(assertion, parPath, form))).toEqual(
      refusedWith('invalid_client', 401),
    )
  })

  it('PA1: the assertion of a refused request is spent, too', async () => {
    const keyed = await registerKeyClient({
      grant_types: ['authorization_code'],
      redirect_uris: [callback],
    })
    const server = new Server()
    const assertion = await assertionOf(keyed)
    const wrong = authorizationRequest(keyed.client, { scope: 'unknown' })
    expect(await refusal(postWith(assertion, parPath, wrong, server.fetch))).toEqual(
      refusedWith('invalid_scope'),
    )
    await server.settled()
    const right = authorizationRequest(keyed.client)
    expect(await refusal(postWith(assertion, parPath, right, server.fetch))).toEqual(
      refusedWith('invalid_client', 401),
    )
  })

  it('PA1: a wrong secret, and a confidential client that only names itself, are 401', async () => {
    const { client_id } = client
    const form = authorizationRequest(client)
    expect({
      wrongSecret: await refusal(post(parPath, form, basic(client_id, 'a wrong secret'))),
      nameAlone: await refusal(post(parPath, form)),
    }).toEqual({
      wrongSecret: refusedWith('invalid_client', 401),
      nameAlone: refusedWith('invalid_client', 401),
    })
  })

  it('PA1: the client_id of the credentials counts where the form has none', async () => {
    const path = await pushedPath(client, { client_id: undefined })
    expect(codeOf(await agent.open(path))).toMatch(/^ac_/)
  })

  it('M061: a request_uri in the form is invalid_request', async () => {
    const request_uri = await referenceOf(push(client))
    expect(await refusal(push(client, { request_uri }))).toEqual(refusedWith('invalid_request'))
  })

  it.each([
    [
      'an unregistered redirect_uri',
      { redirect_uri: 'https://evil.example/cb' },
      'invalid_request',
    ],
    ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    [
      'no challenge',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['unknown scope only', { scope: 'unknown' }, 'invalid_scope'],
    ['malformed scope', { scope: 'a"b' }, 'invalid_scope'],
    ['prompt=none login', { prompt: 'none login' }, 'invalid_request'],
    ['bad claims', { claims: '{' }, 'invalid_request'],
    ['another response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a resource that is none', { resource: 'nowhere' }, 'invalid_target'],
    ['a hint that is not ours', { id_token_hint: 'a.b.c' }, 'invalid_request'],
    ['a request object', { request: 'a.b.c' }, 'request_not_supported'],
    ['a dpop_jkt that is none', { dpop_jkt: 'short' }, 'invalid_request'],
    [
      'a context that cannot be reached',
      { claims: '{"id_token":{"acr":{"essential":true,"values":["9"]}}}' },
      'unmet_authentication_requirements',
    ],
  ])('PA3, M065: %s is refused at once', async (_what, extra, error) => {
    expect(await refusal(push(client, extra))).toEqual(refusedWith(error))
  })

  it('PA3: a client that may not have codes cannot push', async () => {
    const other = await registerWebClient({ grant_types: ['client_credentials'] })
    expect(await refusal(push(other))).toEqual(refusedWith('unauthorized_client'))
  })

  it('PA3: GET is 405, too large a request is 413, another media type is 415', async () => {
    const withHeader = (headers: Record<string, string>) =>
      postern(new Request(issuer + parPath, { method: 'POST', headers, body: '{}' }))
    const got = await get(parPath)
    expect({
      get: { status: got.status, allow: got.headers.get('Allow') },
      large: await refusal(push(client, { state: 's'.repeat(8_192) })),
      json: (await withHeader({ 'Content-Type': 'application/json' })).status,
    }).toEqual({
      get: { status: 405, allow: 'POST, OPTIONS' },
      large: refusedWith('request_too_large', 413),
      json: 415,
    })
  })

  it('is readable by the origin of the client, and tells it of its refusals', async () => {
    const Origin = new URL(callback).origin
    const allowed = async (extra: Record<string, string>) => {
      const form = authorizationRequest(spa, extra)
      const { headers } = await post(parPath, form, { Origin })
      return headers.get('Access-Control-Allow-Origin')
    }
    expect({
      accepted: await allowed({}),
      refused: await allowed({ scope: 'unknown' }),
    }).toEqual({ accepted: Origin, refused: Origin })
  })

  it('keeps neither the secret nor the assertion of the client: its reference is no longer for them', async () => {
    const metadata = { grant_types: ['authorization_code'], redirect_uris: [callback] }
    const keyed = await registerKeyClient(metadata)
    const posting = await registerWebClient({
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: 's'.repeat(200),
    })
    const { client_secret } = posting
    // With either of the two, a request of this size would be parked.
    const state = 's'.repeat(560)
    const references = await Promise.all([
      referenceOf(
        postWith(await assertionOf(keyed), parPath, authorizationRequest(keyed.client, { state })),
      ),
      referenceOf(post(parPath, { ...authorizationRequest(posting, { state }), client_secret })),
    ])
    expect(references.map((text) => text.split(':').at(-1)?.slice(0, 2))).toEqual(['r_', 'r_'])
    const longer = await referenceOf(push(client, { state: `${state}${client_secret}` }))
    expect(longer).toContain(':p_')
  })
})

describe('house.md R1: a request that proves nothing writes nothing', () => {
  const server = new Server()

  /** The statuses of pushes, and the rows that they have written. */
  async function pushes(...requests: readonly (() => Promise<Response>)[]) {
    await server.fetch(formRequest(parPath, authorizationRequest(spa)))
    await server.settled()
    server.plan(noFault)
    const statuses: number[] = []
    for (const request of requests) statuses.push((await request()).status)
    await server.settled()
    return { statuses, rowsWritten: server.rowsWritten }
  }

  it('a public client pushes long requests and proofs of its own making', async () => {
    const key = await newProofKey()
    const proof = await proofOf(key, { htu: issuer + parPath })
    const state = 's'.repeat(2_000)
    const form = authorizationRequest(spa, { state })
    expect(
      await pushes(
        () => push(spa, { state }, server.fetch),
        () => server.fetch(formRequest(parPath, form, { DPoP: proof })),
        () => server.fetch(formRequest(parPath, form, { DPoP: proof })),
        () => push(spa, { state: 's'.repeat(5_000) }, server.fetch),
      ),
    ).toEqual({ statuses: [201, 201, 400, 413], rowsWritten: 0 })
  })

  it('the browser can bring the longest reference of a public client', async () => {
    const state = 's'.repeat(3_000)
    const place = await agent.open(await pushedPath(spa, { state }))
    expect(place.status).toBe(200)
  })

  it('CM6: so does a client with keys whose document nobody has agreed to', async () => {
    const key = await makeKey()
    const host = new DocumentHost()
    const described = { client: host.client, key }
    await host.describe({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.jwk] },
      redirect_uris: [callback],
    })
    const form = authorizationRequest(host.client, { state: 's'.repeat(2_000) })
    const assertion = await assertionOf(described)
    const unknown = await assertionOf(described)
    expect(
      await pushes(
        () => postWith(assertion, parPath, form, server.fetch),
        () => postWith(assertion, parPath, form, server.fetch),
        () => postWith(unknown, parPath, { ...form, scope: 'unknown' }, server.fetch),
      ),
    ).toEqual({ statuses: [201, 401, 400], rowsWritten: 0 })
  })
})

describe('DP7: the key of a pushed request', () => {
  const htu = issuer + parPath

  const pushProved = (
    proof: string,
    extra: Record<string, string> = {},
    pusher: TestClient = spa,
  ) => postern(formRequest(parPath, authorizationRequest(pusher, extra), { DPoP: proof }))

  const redeemWith = async (code: string, key: Awaited<ReturnType<typeof newProofKey>>) =>
    postProved(spa, await proofOf(key), codeForm(code))

  async function codeOfPush(answer: Promise<Response>): Promise<string> {
    const request_uri = await referenceOf(answer)
    return codeOf(await allowIfAsked(agent, await agent.open(referredPath(spa, request_uri))))
  }

  it('a proof binds the code: another key is refused and does not burn it', async () => {
    const [key, other] = [await newProofKey(), await newProofKey()]
    const answer = await pushProved(await proofOf(key, { htu }))
    expect(answer.headers.get('DPoP-Nonce')).not.toBeNull()
    const code = await codeOfPush(Promise.resolve(answer))
    expect(await refusal(redeemWith(code, other))).toEqual(refusedWith('invalid_dpop_proof'))
    await boundTokensOf(redeemWith(code, key))
  })

  it('dpop_jkt binds it alike', async () => {
    const [key, other] = [await newProofKey(), await newProofKey()]
    const code = await codeOfPush(push(spa, { dpop_jkt: key.thumbprint }))
    expect(await refusal(redeemWith(code, other))).toEqual(refusedWith('invalid_dpop_proof'))
    await boundTokensOf(redeemWith(code, key))
  })

  it('M024: dpop_jkt and a proof of another key are invalid_request', async () => {
    const [key, other] = [await newProofKey(), await newProofKey()]
    const proof = await proofOf(key, { htu })
    expect({
      other: await refusal(pushProved(proof, { dpop_jkt: other.thumbprint })),
      own: (await pushProved(proof, { dpop_jkt: key.thumbprint })).status,
    }).toEqual({ other: refusedWith('invalid_request'), own: 201 })
  })

  it('DP10: a proof counts once here, and one for the token endpoint not at all', async () => {
    const key = await newProofKey()
    const proof = await proofOf(key, { htu })
    expect({
      first: (await pushProved(proof)).status,
      again: await refusal(pushProved(proof)),
      forToken: await refusal(pushProved(await proofOf(key))),
    }).toEqual({
      first: 201,
      again: refusedWith('invalid_dpop_proof'),
      forToken: refusedWith('invalid_dpop_proof'),
    })
  })

  it('DP8: a required nonce is asked for here, too', async () => {
    const strict = await registerSpa({ dpop_nonce: 'required' })
    const key = await newProofKey()
    const first = await pushProved(await proofOf(key, { htu }), {}, strict)
    const nonce = first.headers.get('DPoP-Nonce')
    expect(await refusal(first)).toEqual(refusedWith('use_dpop_nonce'))
    expect((await pushProved(await proofOf(key, { htu, nonce }), {}, strict)).status).toBe(201)
  })
})

describe('PA7: require_pushed_authorization_requests', () => {
  it('is off for the server and announced with the address (RFC 9126 5)', async () => {
    const metadata = await (await get('/.well-known/oauth-authorization-server')).json()
    expect(metadata).toMatchObject({
      pushed_authorization_request_endpoint: issuer + parPath,
      require_pushed_authorization_requests: false,
    })
  })

  it('is a member of the client that is shown as it was registered', async () => {
    const made = await registerWebClient({ require_pushed_authorization_requests: true })
    expect(made.require_pushed_authorization_requests).toBe(true)
    expect(
      await patchClient(made, { require_pushed_authorization_requests: null }),
    ).not.toHaveProperty('require_pushed_authorization_requests')
  })
})
