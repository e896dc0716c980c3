// Clients of the FAPI 2.0 Security Profile: a key for their assertions and one for their tokens.
import type { JWTPayload } from 'jose'
import {
  assertionOf,
  assertionType,
  registerKeyClient,
  type KeyClient,
} from '../support/assertions.ts'
import {
  boundTokensOf,
  newProofKey,
  proofOf,
  provedUserinfo,
  userinfoProof,
  type ProofFacts,
  type ProofKey,
} from '../support/dpop.ts'
import { formRequest, issuer, postern, type Answerer } from '../support/http.ts'
import { parPath, referenceOf, referredPath } from '../support/pushed.ts'
import { registerUser } from '../support/registry.ts'
import type { UserAgent } from '../support/user-agent.ts'
import {
  authorizationRequest,
  callback,
  codeForm,
  codeOf,
  signedIn,
  type Extra,
} from '../openid/flow.ts'

export type FapiClient = KeyClient & { proofKey: ProofKey }

/** Registers a client with the profile, but for `metadata`. */
export async function registerFapiClient(metadata: object = {}, alg?: string): Promise<FapiClient> {
  const registered = {
    profile: 'fapi2',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirect_uris: [callback],
    scope: 'openid profile email offline_access read',
    ...metadata,
  }
  return { ...(await registerKeyClient(registered, alg)), proofKey: await newProofKey() }
}

/** What most modules begin with: two clients, and a user in a browser that is signed in. */
export async function profileParties() {
  const user = await registerUser()
  return {
    client: await registerFapiClient(),
    other: await registerFapiClient(),
    user,
    agent: await signedIn(user),
  }
}

/** What in a request is not usual. `proof` null = it has no proof of possession. */
type Unusual = {
  claims?: JWTPayload
  header?: object
  proof?: ProofFacts | null
  key?: ProofKey
  to?: Answerer
}

/** Posts a form as the client, with an assertion and a proof of its key. */
export async function postFapi(
  client: FapiClient,
  path: string,
  form: Extra,
  { claims, header, proof = null, key = client.proofKey, to = postern }: Unusual = {},
): Promise<Response> {
  const client_assertion = await assertionOf(client, claims, header)
  const sent = { client_assertion_type: assertionType, client_assertion, ...form }
  const facts = { htu: issuer + path, ...proof }
  return to(formRequest(path, sent, proof === null ? {} : { DPoP: await proofOf(key, facts) }))
}

/** Pushes a usual request, but for `extra`. */
export const pushFapi = (
  client: FapiClient,
  extra: Extra = {},
  unusual: Unusual = {},
): Promise<Response> =>
  postFapi(client, parPath, authorizationRequest(client.client, extra), unusual)

/** Pushes a request and returns where a browser is sent with it. */
export const fapiPath = async (
  client: FapiClient,
  extra: Extra = {},
  unusual: Unusual = {},
): Promise<string> =>
  referredPath(client.client, await referenceOf(pushFapi(client, extra, unusual)))

/** The code that a browser which is signed in brings for a pushed request. */
export const fapiCode = async (
  client: FapiClient,
  agent: UserAgent,
  extra: Extra = {},
  unusual: Unusual = {},
): Promise<string> => codeOf(await agent.open(await fapiPath(client, extra, unusual)))

/** Asks for tokens with a proof, unless that is unusual. */
export const tokenFapi = (
  client: FapiClient,
  form: Extra,
  unusual: Unusual = {},
): Promise<Response> => postFapi(client, '/oauth2/token', form, { proof: {}, ...unusual })

export const redeemFapi = (
  client: FapiClient,
  code: string,
  extra: Extra = {},
  unusual: Unusual = {},
): Promise<Response> => tokenFapi(client, { ...codeForm(code), ...extra }, unusual)

export const refreshFapi = (
  client: FapiClient,
  refresh_token: string,
  unusual: Unusual = {},
): Promise<Response> => tokenFapi(client, { grant_type: 'refresh_token', refresh_token }, unusual)

/** Signs in with a code and returns the tokens. */
export const signInFapi = async (client: FapiClient, agent: UserAgent, extra: Extra = {}) =>
  boundTokensOf(redeemFapi(client, await fapiCode(client, agent, extra)))

/** The status of userinfo with a token and a proof of the client's key, but for `facts`. */
export const userinfoFapi = async (
  { proofKey }: Pick<FapiClient, 'proofKey'>,
  token: string,
  facts: ProofFacts = {},
): Promise<number> =>
  (await provedUserinfo(token, await userinfoProof(proofKey, token, facts))).status
