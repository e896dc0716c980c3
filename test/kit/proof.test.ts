// Proofs of possession at a resource that is not the server itself: RFC 9449 7, 9.
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { type ResourceOptions, protectResource } from '../../src/kit/protect-resource.ts'
import { verifyByKeys } from '../../src/kit/verify-by-keys.ts'
import { digestOf } from '../../src/crypto/secret.ts'
import {
  type ProofFacts,
  boundTokensOf,
  newProofKey,
  postProved,
  proofOf,
} from '../support/dpop.ts'
import { issuer, postern } from '../support/http.ts'
import { registerClient } from '../support/registry.ts'

const resource = 'https://mcp.example/notes'
const verify = verifyByKeys({ fetch: (url, init) => postern(new Request(url, init)) })

function serve(options: Partial<ResourceOptions> = {}) {
  const app = new Hono()
  app.use('*', protectResource({ issuer, resource, verify, ...options }))
  app.all('*', (context) => context.text('served'))
  return (headers: Record<string, string>) => app.request(`${resource}/1?page=2`, { headers })
}

async function boundToken() {
  const [client, key] = await Promise.all([registerClient(), newProofKey()])
  const answer = postProved(client, await proofOf(key), {
    grant_type: 'client_credentials',
    resource,
  })
  const { access_token: token } = await boundTokensOf(answer)
  const proof = async (facts: ProofFacts = {}) =>
    proofOf(key, { htm: 'GET', htu: `${resource}/1`, ath: await digestOf(token), ...facts })
  return { token, proof }
}

const presented = (token: string, proof: string) => ({
  Authorization: `DPoP ${token}`,
  DPoP: proof,
})

const refusalOf = async (answer: Response) => ({
  status: answer.status,
  scheme: answer.headers.get('WWW-Authenticate')?.split(' ', 1)[0],
  error: (await answer.json<{ error: string }>()).error,
})

describe('RS4: a protected resource takes a bound token', () => {
  it('with a proof of its key for this request, once', async () => {
    const { token, proof } = await boundToken()
    const headers = presented(token, await proof())
    const server = serve()
    expect({
      first: (await server(headers)).status,
      again: await refusalOf(await server(headers)),
    }).toEqual({
      first: 200,
      again: { status: 401, scheme: 'DPoP', error: 'invalid_dpop_proof' },
    })
  })

  it.each([
    ['without ath', { ath: undefined }],
    ['for another token', { ath: 'A'.repeat(43) }],
    ['for another method', { htm: 'POST' }],
    ['for another path', { htu: `${resource}/2` }],
    ['for another host', { htu: 'https://other.example/notes/1' }],
    ['of six minutes ago', { iat: Math.floor(Date.now() / 1000) - 360 }],
    ['of two minutes from now', { iat: Math.floor(Date.now() / 1000) + 120 }],
    ['of another type', { header: { typ: 'JWT' } }],
  ] satisfies [string, ProofFacts][])('and refuses a proof %s', async (_, facts) => {
    const { token, proof } = await boundToken()
    const answer = await serve()(presented(token, await proof(facts)))
    expect(await refusalOf(answer)).toEqual({
      status: 401,
      scheme: 'DPoP',
      error: 'invalid_dpop_proof',
    })
  })

  it('and refuses a proof of another key, and none', async () => {
    const { token } = await boundToken()
    const other = await boundToken()
    const theirs = await other.proof({ ath: await digestOf(token) })
    const refused = { status: 401, scheme: 'DPoP', error: 'invalid_dpop_proof' }
    expect({
      another: await refusalOf(await serve()(presented(token, theirs))),
      none: await refusalOf(await serve()({ Authorization: `DPoP ${token}` })),
      bearer: await refusalOf(await serve()({ Authorization: `Bearer ${token}` })),
    }).toEqual({
      another: refused,
      none: refused,
      bearer: { status: 401, scheme: 'Bearer', error: 'invalid_token' },
    })
  })

  it('DP8: with a key for nonces it asks for one, and every answer brings the next', async () => {
    const server = serve({ nonceKey: new Uint8Array(32).fill(7) })
    const { token, proof } = await boundToken()
    const asked = await server(presented(token, await proof()))
    const nonce = asked.headers.get('DPoP-Nonce') ?? ''
    const served = await server(presented(token, await proof({ nonce })))
    expect({
      asked: await refusalOf(asked),
      served: served.status,
      next: served.headers.get('DPoP-Nonce')?.length,
    }).toEqual({
      asked: { status: 401, scheme: 'DPoP', error: 'use_dpop_nonce' },
      served: 200,
      next: nonce.length,
    })
  })
})
