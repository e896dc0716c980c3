// Storage that fails while a proof of possession is spent: never an answer about the proof.
import { describe, expect, it } from 'vitest'
import {
  boundSignIn,
  newProofKey,
  postProved,
  proofOf,
  provedUserinfo,
  userinfoProof,
} from '../support/dpop.ts'
import { type Fault, noFault, Server } from '../support/faults.ts'
import { registerClient, registerUser } from '../support/registry.ts'

const client = await registerClient()
const user = await registerUser()
const key = await newProofKey()
const form = { grant_type: 'client_credentials' }
const server = new Server()
await postProved(client, await proofOf(key), form, server.fetch)

const whenSpending = (fault: Fault) =>
  server.plan(({ text }) => (text.includes('INSERT INTO used_identifiers') ? fault : null))

const told = async (answer: Response | Promise<Response>) => {
  const { status, headers } = await answer
  return { status, retryAfter: headers.get('Retry-After'), nonce: headers.has('DPoP-Nonce') }
}
const unavailable = { status: 503, retryAfter: '2', nonce: true }

describe('D1 fails while a proof is spent', () => {
  it('client_credentials: 503, and the same request works later', async () => {
    const proof = await proofOf(key)
    whenSpending('fails')
    const failed = await told(postProved(client, proof, form, server.fetch))
    server.plan(noFault)
    const { status } = await postProved(client, proof, form, server.fetch)
    expect({ failed, status }).toEqual({ failed: unavailable, status: 200 })
  })

  it('client_credentials, and only the word of it is lost: the row tells whose write it was', async () => {
    const proof = await proofOf(key)
    whenSpending('fails after the commit')
    const { status } = await told(postProved(client, proof, form, server.fetch))
    server.plan(noFault)
    const replayed = await postProved(client, proof, form, server.fetch)
    expect({ status, replayed: replayed.status }).toEqual({ status: 200, replayed: 400 })
  })

  it('userinfo: 503, and the same request works later', async () => {
    const { access_token } = await boundSignIn(client, user, { scope: 'openid' }, key)
    const proof = await userinfoProof(key, access_token)
    whenSpending('fails')
    const failed = await told(provedUserinfo(access_token, proof, server.fetch))
    server.plan(noFault)
    const { status } = await provedUserinfo(access_token, proof, server.fetch)
    expect({ failed, status }).toEqual({ failed: unavailable, status: 200 })
  })
})
