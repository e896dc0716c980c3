// F28: the clocks of two isolates differ. A client was revoked by one that is ahead, and the other is
// asked for what would count for nothing. It says so, makes nothing that is dead, and spends nothing.
import { describe, expect, it } from 'vitest'
import * as korap from '../dialects/korap.ts'
import { allowDevice, codesFor, deviceGrant, poll, registerDevice } from '../openid/device-flow.ts'
import {
  authorizePath,
  codeFor,
  outcome,
  redeem,
  registerWebClient,
  signedIn,
} from '../openid/flow.ts'
import { sessionOf } from '../races/person.ts'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { bearer, get } from '../support/http.ts'
import {
  registerClient,
  registerResource,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { grantOf, introspect, passwordGrant, postAs } from '../support/tokens.ts'
import { ahead, early, minute, revoke, told } from './ahead.ts'

aDayForEachTest()

const isActive = async (client: TestClient, token: string): Promise<unknown> =>
  Object(await (await introspect(client, token)).json()).active

describe('F28: a client that was revoked by a clock that is a minute ahead', () => {
  it('gets no dead code, and a browser that comes again gets one that counts', async () => {
    const [client, agent] = [await registerWebClient(), await signedIn(await registerUser())]
    await ahead(() => revoke(client))
    const first = outcome(await agent.open(authorizePath(client)))
    setClock(minute + 1_000)
    const code = await codeFor(agent, client)
    expect({ first, then: (await redeem(client, code)).status }).toEqual({
      first: { status: 503, page: 'We will be right back · Postern' },
      then: 200,
    })
  })

  it('gets no dead code by Kustvakt’s service', async () => {
    const kalamar = await korap.registerKalamar()
    const { token } = await korap.signedInUser(kalamar)
    const client = await korap.registered200(token)
    const { client_id } = client
    await ahead(() => revoke(client))
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id, scope: 'search' },
      redirect_uri: korap.redirectUri,
    })
    const first = await get(`/api/v1.0/oauth2/authorize?${query}`, bearer(token))
    setClock(minute + 1_000)
    const then = (await korap.codeFor(client, token)) !== ''
    expect({ first: first.status, then }).toEqual({ first: 503, then: true })
  })

  it('a code from the clock that is ahead is redeemed once this one is there', async () => {
    const client = await registerWebClient()
    const user = await registerUser()
    await ahead(() => revoke(client))
    setClock(minute + 1_000)
    const code = await codeFor(await signedIn(user), client)
    setClock(minute - 1_000)
    const first = await told(await redeem(client, code))
    setClock(minute + 2_000)
    expect({ first, then: (await redeem(client, code)).status }).toEqual({
      first: { ...early, retryAfter: '1' },
      then: 200,
    })
  })

  it('a code from before the revocation is dead, and nobody is asked to wait', async () => {
    const client = await registerWebClient()
    const user = await registerUser()
    setClock(1_000)
    const code = await codeFor(await signedIn(user), client)
    await ahead(() => revoke(client))
    expect(await told(await redeem(client, code))).toEqual({
      status: 400,
      retryAfter: null,
      error: 'invalid_grant',
    })
  })

  it('a device of it is answered again', async () => {
    const [device, agent] = [await registerDevice(), await sessionOf(await registerUser())]
    const codes = await codesFor(device)
    await ahead(() => revoke(device))
    await allowDevice(agent, codes.user_code).catch(() => undefined)
    const { error } = await told(await poll(device, codes.device_code))
    setClock(minute + 2_000)
    await allowDevice(agent, codes.user_code)
    const then = (await poll(device, codes.device_code)).status
    expect({ error, then }).toEqual({ error: 'authorization_pending', then: 200 })
  })
})

describe('F28: a device that was answered by the clock that is ahead', () => {
  it('gets its tokens, and keeps its proof, once this clock is there', async () => {
    const [device, user] = [await registerDevice(), await registerUser()]
    const codes = await codesFor(device)
    await ahead(() => revoke(device))
    setClock(minute + 1_000)
    await allowDevice(await sessionOf(user), codes.user_code)
    setClock(minute - 1_000)
    const proof = await proofOf(await newProofKey())
    const form = { grant_type: deviceGrant, device_code: codes.device_code }
    const first = await told(await postProved(device, proof, form))
    setClock(minute + 2_000)
    const then = (await postProved(device, proof, form)).status
    expect({ first, then }).toEqual({ first: { ...early, retryAfter: '2' }, then: 200 })
  })
})

describe('F28, RFC 8693: a token of another client', () => {
  const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token'

  async function exchanging() {
    const service = await registerClient({ grant_types: [tokenExchange] })
    const { resource } = await registerResource()
    return {
      service,
      ask: (subject_token: string) => {
        const form = { grant_type: tokenExchange, subject_token, subject_token_type, resource }
        return postAs(service, '/oauth2/token', form)
      },
    }
  }

  it('becomes no dead one of a client that was revoked ahead', async () => {
    const { service, ask } = await exchanging()
    const subject = await grantOf(passwordGrant(await registerClient(), await registerUser()))
    await ahead(() => revoke(service))
    const first = await told(await ask(subject.access_token))
    setClock(minute)
    const then = await (await ask(subject.access_token)).json<{ access_token: string }>()
    expect({ first, then: await isActive(service, then.access_token) }).toEqual({
      first: early,
      then: true,
    })
  })

  it('becomes one that counts where it was issued after the revocation', async () => {
    const { service, ask } = await exchanging()
    const [app, user] = [await registerClient(), await registerUser()]
    await ahead(() => revoke(service))
    setClock(minute + 1_000)
    const subject = await grantOf(passwordGrant(app, user))
    setClock(0)
    const then = await (await ask(subject.access_token)).json<{ access_token: string }>()
    expect(await isActive(service, then.access_token)).toBe(true)
  })
})
