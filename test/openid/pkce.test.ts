// RFC 7636 with RFC 9700 2.1.1: S256 or nothing, and no way around it.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import {
  authorizePath,
  challenge,
  codeFor,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  verifier,
} from './flow.ts'

const client = await registerWebClient()
const lenient = await registerWebClient({ require_pkce: false })
const spa = await registerSpa()
const agent = await signedIn(await registerUser())

const refusal = (error: string) => ({
  status: 400,
  body: { error, error_description: expect.any(String) },
})

const without = { code_challenge: undefined, code_challenge_method: undefined }

describe('RFC 7636 4.3: the challenge', () => {
  it.each([
    ['none', without],
    ['an empty one', { code_challenge: '', code_challenge_method: '' }],
    ['a method alone', { code_challenge: undefined }],
    ['no method, which would mean plain', { code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain', code_challenge: verifier }],
    ['s256', { code_challenge_method: 's256' }],
    ['S512', { code_challenge_method: 'S512' }],
    ['42 characters', { code_challenge: challenge.slice(1) }],
    ['44 characters', { code_challenge: `${challenge}A` }],
    ['129 characters', { code_challenge: 'A'.repeat(129) }],
    ['padding', { code_challenge: `${challenge.slice(1)}=` }],
    ['a plus sign', { code_challenge: `+${challenge.slice(1)}` }],
    ['a slash', { code_challenge: `/${challenge.slice(1)}` }],
    ['a space', { code_challenge: ` ${challenge.slice(1)}` }],
  ])('%s is invalid_request', async (_what, extra) => {
    const place = await agent.open(authorizePath(client, extra))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })

  it('is required of every public client, whatever it sends instead', async () => {
    const place = await agent.open(authorizePath(spa, { ...without, nonce: 'a nonce' }))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })

  it('is required of a confidential client that is registered to use it', async () => {
    const strict = await registerWebClient({ require_pkce: true })
    const place = await agent.open(authorizePath(strict, without))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })

  it('is required of a public client whatever its stored metadata says', async () => {
    const loose = await registerSpa()
    await env.DB.prepare(
      `UPDATE clients SET metadata = json_set(metadata, '$.require_pkce', json('false'))
       WHERE id = ?1`,
    )
      .bind(loose.client_id)
      .run()
    const place = await agent.open(authorizePath(loose, without))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })

  it('may be turned off for a confidential client', async () => {
    const place = await agent.open(authorizePath(lenient, without))
    expect(outcome(place)).toEqual(granted())
  })

  it('cannot be turned off for a public client, neither at once nor later', async () => {
    const metadata = { token_endpoint_auth_method: 'none', require_pkce: false }
    const sent = { redirect_uris: ['https://client.example/cb'], ...metadata }
    const answers = [
      await admin('POST', '/clients', sent),
      await admin('PATCH', `/clients/${spa.client_id}`, { require_pkce: false }),
      await admin('PATCH', `/clients/${lenient.client_id}`, { token_endpoint_auth_method: 'none' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
  })

  it('is held even where it need not be sent: plain is refused there, too', async () => {
    const plain = { code_challenge: verifier, code_challenge_method: 'plain' }
    expect(outcome(await agent.open(authorizePath(lenient, plain)))).toEqual(
      refusedWith('invalid_request'),
    )
  })
})

describe('RFC 7636 4.6: the verifier', () => {
  it.each([
    ['another', 'v'.repeat(43), 'invalid_grant'],
    ['the challenge itself', challenge, 'invalid_grant'],
    ['none', undefined, 'invalid_grant'],
    ['an empty one', '', 'invalid_grant'],
    ['42 characters', 'v'.repeat(42), 'invalid_request'],
    ['129 characters', 'v'.repeat(129), 'invalid_request'],
    ['a character outside of unreserved', `${verifier}!`, 'invalid_request'],
    ['a line break at its end', `${verifier}\n`, 'invalid_request'],
    ['a letter that only looks alike', `${verifier.slice(0, -1)}К`, 'invalid_request'],
  ])('%s is refused and burns nothing', async (_what, code_verifier, error) => {
    const code = await codeFor(agent, client)
    expect(await read(await redeem(client, code, { code_verifier }))).toEqual(refusal(error))
    expect((await redeem(client, code)).status).toBe(200)
  })

  it('of 128 characters is the longest', async () => {
    const longest = '~'.repeat(128)
    const bytes = new TextEncoder().encode(longest)
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    const encoded = btoa(String.fromCharCode(...hash))
    const code_challenge = encoded.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')
    const code = await codeFor(agent, client, { code_challenge })
    expect((await redeem(client, code, { code_verifier: longest })).status).toBe(200)
  })
})

describe('RFC 9700 2.1.1, 4.8: PKCE downgrade', () => {
  it('a code that was asked for without a challenge is not redeemed with a verifier', async () => {
    const code = await codeFor(agent, lenient, without)
    expect(await read(await redeem(lenient, code))).toEqual(refusal('invalid_grant'))
    expect((await redeem(lenient, code, { code_verifier: undefined })).status).toBe(200)
  })

  it('a code that was asked for with a challenge is not redeemed without a verifier', async () => {
    const code = await codeFor(agent, lenient)
    const answer = await redeem(lenient, code, { code_verifier: undefined })
    expect(await read(answer)).toEqual(refusal('invalid_grant'))
  })
})
