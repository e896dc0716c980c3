// A client of the profile fapi2 at the ways to a token that FAPI 2.0 does not have: no way is easier.
import { describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import { assertionOf, assertionType, tokenWith } from '../support/assertions.ts'
import { grant_type, invalidGrant } from '../support/asserted.ts'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { basic, post, read } from '../support/http.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { codeForm, signedIn } from '../openid/flow.ts'
import { fapiCode, registerFapiClient, tokenFapi } from './client.ts'

const user = await registerUser()

/** The status of an answer and the members of its body, which must not be a token. */
async function told(answer: Promise<Response>) {
  const { status, body } = await read(await answer)
  return { refused: status >= 400 && status < 500, token: Object(body).access_token }
}
const refused = { refused: true, token: undefined }

describe('M099: a dialect gives no bearer token', () => {
  it('to a client of the profile fapi2', async () => {
    const client = await registerFapiClient()
    const code = await fapiCode(client, await signedIn(user))
    const form = { ...codeForm(code), client_assertion_type: assertionType }
    const client_assertion = await assertionOf(client)
    expect(await told(post('/api/oauth2/token', { ...form, client_assertion }))).toEqual(refused)
    expect((await tokenFapi(client, form, {})).status).toBe(200)
  })

  it.each(['/oauth/token/', '/api/v1/login', '/api/oauth2/token'])(
    'at %s to a client that is registered for bound tokens',
    async (path) => {
      const client = await registerClient({ dpop_bound_access_tokens: true })
      const { username, password } = user
      const form = { grant_type: 'password', username, password, scope: 'read' }
      const credentials = basic(client.client_id, client.client_secret ?? '')
      expect(await told(post(path, form, credentials))).toEqual(refused)
      const bound = postProved(client, await proofOf(await newProofKey()), form)
      expect((await bound).status).toBe(200)
    },
  )
})

describe('FAPI 2.0 5.3.2.1, 5.4.1: an assertion about a user', () => {
  const metadata = { grant_types: [grant_type], redirect_uris: [], scope: 'read' }

  it('does not stand for the authentication of the client', async () => {
    const client = await registerFapiClient(metadata)
    const assertion = await assertionOf(client, { sub: user.username })
    const alone = await read(await post('/oauth2/token', { grant_type, assertion }))
    const proof = { proof: {} }
    expect({
      alone,
      beside: (await tokenFapi(client, { grant_type, assertion }, proof)).status,
    }).toEqual({
      alone: { status: 401, body: expect.objectContaining({ error: 'invalid_client' }) },
      beside: 200,
    })
  })

  it('is not signed with RS256', async () => {
    const [own, rsa] = [await makeKey('ES256'), await makeKey('RS256')]
    const jwks = { keys: [own.jwk, rsa.jwk] }
    const client = { ...(await registerFapiClient({ ...metadata, jwks })), key: own }
    const assertion = await assertionOf({ ...client, key: rsa }, { sub: user.username })
    expect(await read(await tokenFapi(client, { grant_type, assertion }))).toEqual(
      invalidGrant('is not a JWT with an acceptable header (alg, typ)'),
    )
  })

  it('suffices alone for any other client', async () => {
    const { client, key } = await registerFapiClient({ ...metadata, profile: undefined })
    const assertion = await assertionOf({ client, key }, { sub: user.username })
    const named = await tokenWith(await assertionOf({ client, key }), { grant_type, assertion })
    const again = await assertionOf({ client, key }, { sub: user.username })
    const alone = await post('/oauth2/token', { grant_type, assertion: again })
    expect({ named: named.status, alone: alone.status }).toEqual({ named: 200, alone: 200 })
  })
})
