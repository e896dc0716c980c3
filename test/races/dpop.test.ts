// M021: one proof of possession, many at once: one request counts, whatever it asks for, and the
// others change nothing (RFC 9449 11.1).
import { describe, expect, it } from 'vitest'
import { codeFor, codeForm, registerSpa, registerWebClient, signedIn } from '../openid/flow.ts'
import {
  boundSignIn,
  boundTokensOf,
  newProofKey,
  postProved,
  proofOf,
  provedUserinfo,
  userinfoProof,
} from '../support/dpop.ts'
import { noFault, Server } from '../support/faults.ts'
import { grantsOf } from '../support/grants.ts'
import { registerClient, registerUser } from '../support/registry.ts'

const atOnce = 50

const client = await registerClient()
const webClient = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)
const key = await newProofKey()

/** How the answers to many equal requests differ. */
async function outcomes(
  ask: (index: number) => Promise<Response>,
): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: atOnce }, (_none, index) => ask(index)))
  const counts: Record<string, number> = {}
  for (const answer of answers) {
    const { error = 'granted' } = await answer.json<{ error?: string }>()
    const outcome = `${answer.status} ${error}`
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

const oneWins = { '200 granted': 1, '400 invalid_dpop_proof': atOnce - 1 }

describe(`M021: one proof in ${atOnce} requests at once`, () => {
  it('client_credentials', async () => {
    const proof = await proofOf(key)
    const form = { grant_type: 'client_credentials' }
    expect(await outcomes(() => postProved(client, proof, form))).toEqual(oneWins)
  })

  it('one code: one grant, which no loser revokes', async () => {
    const own = await registerWebClient()
    const form = codeForm(await codeFor(agent, own))
    const proof = await proofOf(key)
    expect(await outcomes(() => postProved(own, proof, form))).toEqual(oneWins)
    expect(await grantsOf(own)).toEqual({ grants: 1, revoked: 0 })
  })

  it('many codes: no loser burns its own', async () => {
    const codes: string[] = []
    for (let index = 0; index < atOnce; index++) codes.push(await codeFor(agent, webClient))
    const proof = await proofOf(key)
    const spent = (index: number) => postProved(webClient, proof, codeForm(codes[index] ?? ''))
    expect(await outcomes(spent)).toEqual(oneWins)
    const again = await outcomes(async (index) =>
      postProved(webClient, await proofOf(key), codeForm(codes[index] ?? '')),
    )
    expect(again).toEqual({ '200 granted': atOnce - 1, '400 invalid_grant': 1 })
  })

  it.each([
    ['a confidential client', registerWebClient],
    ['a public client', registerSpa],
  ])('refresh of %s: the refresh token that it got works afterwards', async (_whose, register) => {
    const own = await register({ trusted: true })
    const code = await codeFor(agent, own, { scope: 'openid offline_access' })
    const bound = await boundTokensOf(postProved(own, await proofOf(key), codeForm(code)))
    const form = { grant_type: 'refresh_token', refresh_token: bound.refresh_token }
    const proof = await proofOf(key)
    expect(await outcomes(() => postProved(own, proof, form))).toEqual(oneWins)
    const retry = await postProved(own, await proofOf(key), form)
    expect(retry.status).toBe(200)
  })

  it('userinfo', async () => {
    const { access_token } = await boundSignIn(client, user, { scope: 'openid' }, key)
    const proof = await userinfoProof(key, access_token)
    expect(await outcomes(() => provedUserinfo(access_token, proof))).toEqual({
      '200 granted': 1,
      '401 invalid_dpop_proof': atOnce - 1,
    })
  })

  it('with one key each, all of them count: the jti is single use for its key', async () => {
    const jti = crypto.randomUUID()
    const form = { grant_type: 'client_credentials' }
    const ask = async () => postProved(client, await proofOf(await newProofKey(), { jti }), form)
    expect(await outcomes(ask)).toEqual({ '200 granted': atOnce })
  })
})

describe('A request that proves nothing writes nothing', () => {
  it('a proof of a request that is refused is not spent: anyone can sign one', async () => {
    const spa = await registerSpa()
    const server = new Server()
    server.plan(noFault)
    const answer = await postProved(spa, await proofOf(key), codeForm('ac_garbage'), server.fetch)
    await server.settled()
    const written = server.calls.filter(({ text }) => text.includes('INSERT'))
    expect({ status: answer.status, written }).toEqual({ status: 400, written: [] })
  })
})
