// The token endpoint by every grant, and what clients do with tokens.
import {
  askForCodes,
  allowDevice,
  codesFor,
  poll,
  registerDevice,
} from '../../openid/device-flow.ts'
import { codeFor, codeForm, redeem, registerWebClient } from '../../openid/flow.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../../support/assertions.ts'
import { grant_type as jwtBearer } from '../../support/asserted.ts'
import { newProofKey, postProved, proofOf } from '../../support/dpop.ts'
import { type Answerer, post } from '../../support/http.ts'
import { patchUser, registerClient, registerUser, type TestClient } from '../../support/registry.ts'
import {
  clientCredentials,
  introspect,
  introspectSigned,
  passwordGrant,
  postAs,
  refresh,
  revoke,
  signIn,
  userinfo,
} from '../../support/tokens.ts'
import type { Job } from '../matrix/job.ts'
import type { Stage } from '../matrix/stage.ts'
import { countedTry, lostGrant, refusalWithoutEvent } from './reasons.ts'

const route = 'POST /oauth2/token'
const face = 'oauth'
const isRefused = true

// What KV makes of a refresh while D1 is away is in outage.test.ts.
const withoutKv = { D1_OUTAGE_REFRESH: 'off' }
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A client, a user, and tokens of a grant of theirs. */
async function granted(scope = 'openid read') {
  const client = await registerClient({
    grant_types: ['password', 'refresh_token', 'client_credentials', tokenExchange],
  })
  const user = await registerUser()
  return { client, user, ...(await signIn(client, user, { scope })) }
}

/** Exchanges an access token. */
const exchangeOf = (client: TestClient, subject_token: string, to: Answerer) => {
  const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token'
  const form = { grant_type: tokenExchange, subject_token, subject_token_type }
  return postAs(client, '/oauth2/token', form, to)
}

async function code(stage: Stage, extra = {}) {
  const [client, user] = [await registerWebClient(), await registerUser()]
  return { client, user, code: await codeFor(await stage.signedIn(user), client, extra) }
}

/** A code that its user has allowed. */
async function allowedDevice(stage: Stage) {
  const [device, user] = [await registerDevice(), await registerUser()]
  const { device_code, user_code } = await codesFor(device)
  await allowDevice(await stage.signedIn(user), user_code)
  return { device, device_code }
}

const granting: Job[] = [
  {
    ...{ name: 'client credentials', route, face },
    prepare: async (stage) => {
      const client = await registerClient()
      return stage.request(() => clientCredentials(client, {}, stage.to))
    },
  },
  {
    ...{ name: 'client credentials with a proof of a key', route, face },
    prepare: async (stage) => {
      const [client, key] = [await registerClient(), await newProofKey()]
      const form = { grant_type: 'client_credentials' }
      const again = async () => {
        const proof = await proofOf(key)
        return stage.request(() => postProved(client, proof, form, stage.to))
      }
      return { ...(await again()), again }
    },
    mayRemain: { used_identifiers: 'the proof that failed is spent, too' },
  },
  {
    ...{ name: 'client credentials with an assertion', route, face },
    prepare: async (stage) => {
      const client = await registerKeyClient({ grant_types: ['client_credentials'] })
      const again = async () => {
        const assertion = await assertionOf(client)
        return stage.request(() => tokenWith(assertion, {}, stage.to))
      }
      return { ...(await again()), again }
    },
    mayRemain: { used_identifiers: 'the assertion that failed is spent, too' },
  },
  {
    ...{ name: 'the password grant', route, face, mayRemain: { ...lostGrant, ...countedTry } },
    prepare: async (stage) => {
      const [client, user] = [await registerClient(), await registerUser()]
      return stage.request(() => passwordGrant(client, user, {}, stage.to))
    },
  },
  {
    ...{
      name: 'the password grant, a wrong password',
      route,
      face,
      mayRemain: countedTry,
      mayLack: refusalWithoutEvent,
      isRefused,
    },
    prepare: async (stage) => {
      const [client, user] = [await registerClient(), await registerUser()]
      const wrong = { ...user, password: 'a wrong password' }
      return stage.request(() => passwordGrant(client, wrong, {}, stage.to))
    },
  },
  {
    ...{
      name: 'the password grant of a disabled user',
      route,
      face,
      mayRemain: countedTry,
      mayLack: refusalWithoutEvent,
      isRefused,
    },
    prepare: async (stage) => {
      const [client, user] = [await registerClient(), await registerUser()]
      await patchUser(user, { disabled: true })
      return stage.request(() => passwordGrant(client, user, {}, stage.to))
    },
  },
  {
    ...{ name: 'a refresh', route, face, environment: withoutKv },
    prepare: async (stage) => {
      const { client, refresh_token } = await granted()
      return stage.request(() => refresh(client, refresh_token, {}, stage.to))
    },
  },
  {
    ...{ name: 'a refresh with a narrower scope', route, face, environment: withoutKv },
    prepare: async (stage) => {
      const { client, refresh_token } = await granted()
      return stage.request(() => refresh(client, refresh_token, { scope: 'read' }, stage.to))
    },
  },
  {
    ...{
      name: 'a refresh with a token that was revoked',
      route,
      face,
      isRefused,
      environment: withoutKv,
    },
    prepare: async (stage) => {
      const { client, refresh_token } = await granted()
      await revoke(client, refresh_token)
      return stage.request(() => refresh(client, refresh_token, {}, stage.to))
    },
  },
  {
    ...{ name: 'a code', route, face },
    prepare: async (stage) => {
      const one = await code(stage)
      return stage.request(() => redeem(one.client, one.code, {}, stage.to))
    },
  },
  {
    ...{ name: 'a code too long for a URL', route, face },
    prepare: async (stage) => {
      const one = await code(stage, { nonce: 'n'.repeat(2_000) })
      return stage.request(() => redeem(one.client, one.code, {}, stage.to))
    },
  },
  {
    ...{ name: 'a code with a wrong verifier', route, face, isRefused },
    prepare: async (stage) => {
      const one = await code(stage)
      const form = { ...codeForm(one.code), code_verifier: 'w'.repeat(43) }
      return stage.request(() => postAs(one.client, '/oauth2/token', form, stage.to))
    },
  },
  {
    ...{ name: 'a code that was redeemed before', route, face, isRefused },
    prepare: async (stage) => {
      const one = await code(stage)
      await redeem(one.client, one.code)
      return stage.request(() => redeem(one.client, one.code, {}, stage.to))
    },
  },
  {
    ...{ name: 'a device code that was allowed', route, face },
    prepare: async (stage) => {
      const { device, device_code } = await allowedDevice(stage)
      return stage.request(() => poll(device, device_code, {}, stage.to))
    },
  },
  {
    ...{ name: 'a device code that waits', route, face, isRefused },
    prepare: async (stage) => {
      const device = await registerDevice()
      const { device_code } = await codesFor(device)
      return stage.request(() => poll(device, device_code, {}, stage.to))
    },
  },
  {
    ...{ name: 'token exchange', route, face },
    prepare: async (stage) => {
      const { client, access_token } = await granted()
      return stage.request(() => exchangeOf(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'token exchange of a token that was revoked', route, face, isRefused },
    prepare: async (stage) => {
      const { client, access_token, refresh_token } = await granted()
      await revoke(client, refresh_token)
      return stage.request(() => exchangeOf(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'an assertion about a user', route, face },
    prepare: async (stage) => {
      const client = await registerKeyClient({ grant_types: ['client_credentials', jwtBearer] })
      const user = await registerUser()
      const assertion = await assertionOf(client, { sub: user.sub })
      const form = { grant_type: jwtBearer, assertion }
      return stage.request(() => post('/oauth2/token', form, {}, stage.to))
    },
    mayRemain: lostGrant,
  },
]

const reading: Job[] = [
  {
    ...{ name: 'introspecting an access token', route: 'POST /oauth2/introspect', face },
    prepare: async (stage) => {
      const { client, access_token } = await granted()
      return stage.request(() => introspect(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'introspecting, signed', route: 'POST /oauth2/introspect', face },
    prepare: async (stage) => {
      const { client, access_token } = await granted()
      return stage.request(() => introspectSigned(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'introspecting a refresh token', route: 'POST /oauth2/introspect', face },
    prepare: async (stage) => {
      const { client, refresh_token } = await granted()
      return stage.request(() => introspect(client, refresh_token, stage.to))
    },
  },
  {
    ...{ name: 'introspecting a token that was revoked', route: 'POST /oauth2/introspect', face },
    prepare: async (stage) => {
      const { client, access_token, refresh_token } = await granted()
      await revoke(client, refresh_token, stage.to)
      return stage.request(() => introspect(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'userinfo', route: 'GET /oauth2/userinfo', face },
    prepare: async (stage) => {
      const { access_token } = await granted()
      return stage.request(() => userinfo(access_token, stage.to))
    },
  },
  {
    ...{ name: 'userinfo by a form', route: 'POST /oauth2/userinfo', face },
    prepare: async (stage) => {
      const { access_token } = await granted()
      return stage.request(() => post('/oauth2/userinfo', { access_token }, {}, stage.to))
    },
  },
  {
    ...{ name: 'userinfo of a disabled user', route: 'GET /oauth2/userinfo', face, isRefused },
    prepare: async (stage) => {
      const { user, access_token } = await granted()
      await patchUser(user, { disabled: true })
      return stage.request(() => userinfo(access_token, stage.to))
    },
  },
  {
    ...{
      name: 'userinfo of a grant that was revoked',
      route: 'GET /oauth2/userinfo',
      face,
      isRefused,
    },
    prepare: async (stage) => {
      const { access_token, refresh_token, client } = await granted()
      await revoke(client, refresh_token)
      return stage.request(() => userinfo(access_token, stage.to))
    },
  },
  {
    ...{ name: 'revoking a refresh token', route: 'POST /oauth2/revoke', face },
    prepare: async (stage) => {
      const { client, refresh_token } = await granted()
      return stage.request(() => revoke(client, refresh_token, stage.to))
    },
  },
  {
    ...{ name: 'revoking an access token', route: 'POST /oauth2/revoke', face },
    prepare: async (stage) => {
      const { client, access_token } = await granted()
      return stage.request(() => revoke(client, access_token, stage.to))
    },
  },
  {
    ...{ name: 'codes for a device', route: 'POST /oauth2/device_authorization', face },
    prepare: async (stage) => {
      const device = await registerDevice()
      return stage.request(() => askForCodes(device, {}, {}, stage.to))
    },
    mayRemain: { device_codes: 'codes that were never told are nobody’s, and expire' },
  },
]

export const tokenJobs: Job[] = [...granting, ...reading]
