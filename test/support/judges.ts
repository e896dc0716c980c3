// Certified clients as judges: oauth4webapi and openid-client over a server as it is deployed, under an
// https issuer.
import * as oauth from 'oauth4webapi'
import { allowIfAsked, callback, signInAt } from '../openid/flow.ts'
import { deployed } from './deployment.ts'
import { Server } from './faults.ts'
import type { TestClient, TestUser } from './registry.ts'
import { discoverAt, fetchFrom } from './relying-party.ts'
import { UserAgent } from './user-agent.ts'

export const issuer = deployed.ISSUER

/** A deployed server as the libraries reach it, and a browser that the user has signed in with. */
export async function judgedServer(user: TestUser, settings: Record<string, string> = {}) {
  const { fetch } = new Server({ ...deployed, ...settings })
  const agent = new UserAgent(fetch, issuer)
  await signInAt(agent, await agent.open('/'), user)

  /** Opens the page of a request, allows what it asks for, and returns where the browser is sent. */
  async function allow({ pathname, search }: URL): Promise<URL> {
    const { away } = await allowIfAsked(agent, await agent.open(pathname + search))
    return new URL(away ?? '')
  }

  const options = { [oauth.customFetch]: fetchFrom(fetch) }
  return { agent, allow, options, discover: () => discoverAt(issuer, options) }
}

/** The secret of a client that has one. */
export const secretOf = ({ client_secret = '' }: TestClient): string => client_secret

/** The parameters of a new request, but for `more`, and what its answers are checked against. */
export async function newRequest(more: Record<string, string> = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const parameters = {
    redirect_uri: callback,
    response_type: 'code',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  return { parameters, verifier, state, nonce }
}

/** The same checks under the names of openid-client. */
export const checksOf = ({ verifier, state, nonce }: Awaited<ReturnType<typeof newRequest>>) => ({
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
})

/** A client as oauth4webapi knows it, the server that it asks, and how. */
export type Party = {
  as: oauth.AuthorizationServer
  client: oauth.Client
  auth: oauth.ClientAuth
  options: oauth.TokenEndpointRequestOptions & oauth.UserInfoRequestOptions
}

/** Asks, and once more with the nonce that the first answer brought, as the library's manual says. */
export async function withNonce<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (failure) {
    if (oauth.isDPoPNonceError(failure)) return ask()
    throw failure
  }
}

/** Redeems the code of an answer that was validated. */
export const redeemAs = (
  { as, client, auth, options }: Party,
  answer: URLSearchParams,
  verifier: string,
  checks: oauth.ProcessAuthorizationCodeResponseOptions = {},
): Promise<oauth.TokenEndpointResponse> =>
  withNonce(async () =>
    oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        answer,
        callback,
        verifier,
        options,
      ),
      checks,
    ),
  )

export const refreshAs = (
  { as, client, auth, options }: Party,
  { refresh_token = '' }: oauth.TokenEndpointResponse,
): Promise<oauth.TokenEndpointResponse> =>
  withNonce(async () => {
    const answer = await oauth.refreshTokenGrantRequest(as, client, auth, refresh_token, options)
    return oauth.processRefreshTokenResponse(as, client, answer)
  })

/** Userinfo, which must be about the subject. */
export const userInfoAs = (
  { as, client, options }: Omit<Party, 'auth'>,
  { access_token }: oauth.TokenEndpointResponse,
  subject: string,
): Promise<oauth.UserInfoResponse> =>
  withNonce(async () => {
    const answer = await oauth.userInfoRequest(as, client, access_token, options)
    return oauth.processUserInfoResponse(as, client, subject, answer)
  })
