// RFC 9449 10: codes that are bound to a key before they are issued; 8: nonces; 5.2: clients that must.
import { afterEach, describe, expect, it } from 'vitest'
import { proofNonce } from '../../src/crypto/proof-nonce.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { assertionOf, assertionType, registerKeyClient } from '../support/assertions.ts'
import {
  boundSignIn,
  boundTokensOf,
  newProofKey,
  postProved,
  proofOf,
  provedUserinfo,
  userinfoProof,
  type ProofFacts,
} from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { post, read } from '../support/http.ts'
import { admin, registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import {
  authorizePath,
  backToNow,
  codeFor,
  codeForm,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  signedIn,
} from './flow.ts'

const user = await registerUser()
const agent = await signedIn(user)
const client = await registerWebClient()
const demanding = await registerClient({ dpop_nonce: 'required' })
const key = await newProofKey()
const other = await newProofKey()
const { username, password } = user

afterEach(backToNow)

const refusal = (error: string) => ({
  status: 400,
  body: { error, error_description: expect.any(String) },
})

describe('RFC 9449 10: dpop_jkt', () => {
  it('M023: another key, or none, neither redeems the code nor burns it', async () => {
    const code = await codeFor(agent, client, { dpop_jkt: key.thumbprint })
    const wrong = await postProved(client, await proofOf(other), codeForm(code))
    const none = await redeem(client, code)
    const right = await postProved(client, await proofOf(key), codeForm(code))
    expect({ wrong: await read(wrong), none: await read(none), right: right.status }).toEqual({
      wrong: refusal('invalid_dpop_proof'),
      none: refusal('invalid_dpop_proof'),
      right: 200,
    })
  })

  it('DP7: a code that is too long for a URL keeps it', async () => {
    const long = { nonce: 'n'.repeat(2_000), dpop_jkt: key.thumbprint }
    const code = await codeFor(agent, client, long)
    const wrong = await postProved(client, await proofOf(other), codeForm(code))
    const right = await postProved(client, await proofOf(key), codeForm(code))
    expect({ wrong: wrong.status, right: right.status }).toEqual({ wrong: 400, right: 200 })
  })

  it.each([
    ['42 characters', 'k'.repeat(42)],
    ['44 characters', 'k'.repeat(44)],
    ['padding', `${'k'.repeat(42)}=`],
    ['the other alphabet', `${'k'.repeat(42)}+`],
  ])('M030: %s: invalid_request', async (_what, dpop_jkt) => {
    const place = await agent.open(authorizePath(client, { dpop_jkt }))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })

  it('M030: an empty one was not sent', async () => {
    const code = await codeFor(agent, client, { dpop_jkt: '' })
    expect((await redeem(client, code)).status).toBe(200)
  })

  it('a code without it is bound at its redemption', async () => {
    const code = await codeFor(agent, client)
    const { access_token } = await boundTokensOf(
      postProved(client, await proofOf(key), codeForm(code)),
    )
    const answer = await provedUserinfo(access_token, await userinfoProof(key, access_token))
    expect(answer.status).toBe(200)
  })
})

describe('RFC 9449 5.2: dpop_bound_access_tokens', () => {
  const bound = { dpop_bound_access_tokens: true }

  it('M025: no code without a proof, and it is not burnt', async () => {
    const own = await registerWebClient(bound)
    const code = await codeFor(agent, own)
    const without = await redeem(own, code)
    const proved = await postProved(own, await proofOf(key), codeForm(code))
    expect({ without: await read(without), proved: proved.status }).toEqual({
      without: refusal('invalid_dpop_proof'),
      proved: 200,
    })
  })

  it('M025: no refresh, no client_credentials, no password without a proof', async () => {
    const own = await registerClient(bound)
    const { refresh_token } = await boundSignIn(own, user)
    const forms = {
      refresh: { grant_type: 'refresh_token', refresh_token },
      machine: { grant_type: 'client_credentials' },
      password: { grant_type: 'password', username, password },
    }
    const answers = Object.entries(forms).map(async ([name, form]) => [
      name,
      await read(await postProved(own, null, form)),
    ])
    const refused = refusal('invalid_dpop_proof')
    expect(Object.fromEntries(await Promise.all(answers))).toEqual({
      refresh: refused,
      machine: refused,
      password: refused,
    })
    expect((await postProved(own, await proofOf(key), forms.refresh)).status).toBe(200)
  })
})

describe('RFC 9449 8: nonces', () => {
  const machine = { grant_type: 'client_credentials' }
  const ask = async (facts: ProofFacts, to?: Server['fetch'], of = demanding) =>
    postProved(of, await proofOf(key, facts), machine, to)
  const freshNonce = async (to?: Server['fetch']) =>
    (await ask({}, to)).headers.get('DPoP-Nonce') ?? ''
  const told = async (answer: Response) => ({
    ...(await read(answer)),
    nonce: answer.headers.get('DPoP-Nonce'),
  })

  it('DP8: a proof without the required one is told to use the one that comes along', async () => {
    const answer = await told(await ask({}))
    expect(answer).toEqual({ ...refusal('use_dpop_nonce'), nonce: expect.stringMatching(/^\S+$/) })
    expect((await ask({ nonce: answer.nonce })).status).toBe(200)
  })

  it('DP8: the proof that was told to use one has spent nothing', async () => {
    const jti = crypto.randomUUID()
    const nonce = (await ask({ jti })).headers.get('DPoP-Nonce')
    expect((await ask({ jti, nonce })).status).toBe(200)
  })

  it('DP8: a nonce is good for two minutes at least and for three at most', async () => {
    const nonce = await freshNonce()
    pass(119)
    const early = await ask({ nonce })
    pass(61)
    expect({ early: early.status, late: (await told(await ask({ nonce }))).body }).toEqual({
      early: 200,
      late: refusal('use_dpop_nonce').body,
    })
  })

  it('M022: of an hour ago, of another server, of a future step: use_dpop_nonce', async () => {
    const elsewhere = new KeyRing([{ id: 'test', bytes: new Uint8Array(32) }])
    const stale = await freshNonce()
    pass(3_600)
    const fresh = await freshNonce()
    const [id, step = '', mac] = fresh.split('.')
    const nonces = {
      stale,
      foreign: await proofNonce(elsewhere, Date.now() / 1_000),
      future: `${id}.${Number(step) + 1}.${mac}`,
      garbage: 'garbage',
    }
    const answers = Object.entries(nonces).map(async ([name, nonce]) => {
      const { body, nonce: next } = await told(await ask({ nonce }))
      return [name, { body, isFresh: next === fresh }]
    })
    const expected = { body: refusal('use_dpop_nonce').body, isFresh: true }
    expect(Object.fromEntries(await Promise.all(answers))).toEqual({
      stale: expected,
      foreign: expected,
      future: expected,
      garbage: expected,
    })
  })

  it('M022: a real one of a step that has not begun: use_dpop_nonce', async () => {
    pass(600)
    const nonce = await freshNonce()
    backToNow()
    expect((await told(await ask({ nonce }))).body).toEqual(refusal('use_dpop_nonce').body)
  })

  it('M009: an assertion that was told to use a nonce comes again, and then no more', async () => {
    const signer = await registerKeyClient({ dpop_nonce: 'required' })
    const assertion = await assertionOf(signer)
    const send = async (nonce?: string | null) => {
      const form = {
        grant_type: 'client_credentials',
        client_assertion_type: assertionType,
        client_assertion: assertion,
      }
      return post('/oauth2/token', form, {
        DPoP: await proofOf(key, { nonce: nonce ?? undefined }),
      })
    }
    const first = await send()
    const nonce = first.headers.get('DPoP-Nonce')
    expect({
      without: first.status,
      withNonce: (await send(nonce)).status,
      again: (await send(nonce)).status,
    }).toEqual({ without: 400, withNonce: 200, again: 401 })
  })

  it('GR4: an assertion whose proof is refused is spent', async () => {
    const signer = await registerKeyClient()
    const assertion = await assertionOf(signer)
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: assertion,
    }
    const refused = await post('/oauth2/token', form, { DPoP: 'garbage' })
    expect({
      refused: refused.status,
      again: (await post('/oauth2/token', form)).status,
    }).toEqual({ refused: 400, again: 401 })
  })

  it('M022: a number: invalid_dpop_proof', async () =>
    expect(await read(await ask({ nonce: 5 }))).toEqual(refusal('invalid_dpop_proof')))

  it('DP8: a nonce is judged where none is required, too', async () => {
    const relaxed = await registerClient()
    expect({
      none: (await ask({}, undefined, relaxed)).status,
      garbage: (await ask({ nonce: 'garbage' }, undefined, relaxed)).status,
    }).toEqual({ none: 200, garbage: 400 })
  })

  it('DP8: every listed master key is accepted, one that is gone is not', async () => {
    const second = `next:${'A'.repeat(43)}`
    const nonce = await freshNonce()
    const rotated = new Server({ MASTER_KEY: `${second},${testSettings.MASTER_KEY}` })
    const lost = new Server({ MASTER_KEY: second })
    const replaced = await freshNonce(rotated.fetch)
    const unsigned = async (server: Server) => {
      const answer = await ask({ nonce }, server.fetch)
      const body = await answer.json<{ error?: string }>()
      return body.error
    }
    expect({
      keyId: replaced.split('.')[0],
      rotated: (await ask({ nonce }, rotated.fetch)).status,
      lost: await unsigned(lost),
    }).toEqual({ keyId: 'next', rotated: 200, lost: 'use_dpop_nonce' })
  })

  it('DP8: DPOP_NONCE=required is for every client that does not say otherwise', async () => {
    const { fetch } = new Server({ DPOP_NONCE: 'required' })
    const usual = await registerClient()
    const spared = await registerClient({ dpop_nonce: 'offered' })
    const [demanded, offered] = [await ask({}, fetch, usual), await ask({}, fetch, spared)]
    expect({ demanded: (await told(demanded)).body, offered: offered.status }).toEqual({
      demanded: refusal('use_dpop_nonce').body,
      offered: 200,
    })
  })

  it('DP8: userinfo says it by a challenge', async () => {
    const own = await registerPublicClient({ dpop_nonce: 'required' })
    const form = { grant_type: 'password', username, password, scope: 'openid' }
    const nonce = await freshNonce()
    const { access_token } = await boundTokensOf(
      postProved(own, await proofOf(key, { nonce }), form),
    )
    const told = async (facts: ProofFacts) => {
      const proof = await userinfoProof(key, access_token, facts)
      const { status, headers } = await provedUserinfo(access_token, proof)
      return {
        status,
        challenge: headers.get('WWW-Authenticate'),
        nonce: headers.get('DPoP-Nonce'),
      }
    }
    const first = await told({})
    expect({ first, second: await told({ nonce: first.nonce }) }).toEqual({
      first: {
        status: 401,
        challenge: expect.stringMatching(/^DPoP realm="postern", error="use_dpop_nonce", /),
        nonce: expect.any(String),
      },
      second: { status: 200, challenge: null, nonce: expect.any(String) },
    })
  })

  it('an answer to a request without a proof has none', async () =>
    expect((await postProved(demanding, null, machine)).headers.has('DPoP-Nonce')).toBe(false))

  it.each(['dpop_nonce', 'dpop_bound_access_tokens'])('%s is checked at the door', async (name) =>
    expect((await admin('POST', '/clients', { [name]: 'sometimes' })).status).toBe(400),
  )
})
