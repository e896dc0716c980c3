// Certified clients as judges of authorization details (RFC 9396): oauth4webapi and openid-client,
// against the server as it is deployed.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import {
  checksOf,
  issuer,
  judgedServer,
  newRequest,
  redeemAs,
  refreshAs,
} from '../support/judges.ts'
import { registerWebClient } from './flow.ts'
import { details, payment, type, user } from './rich-authorization.ts'

const { agent, options, discover } = await judgedServer(user)

const made = await registerWebClient({
  token_endpoint_auth_method: 'client_secret_post',
  id_token_signed_response_alg: 'ES256',
  authorization_details_types: [type],
})
const { client_id, client_secret = '' } = made
const metadata = { client_id, id_token_signed_response_alg: 'ES256' }
const entries = [payment(), payment({ payee: 'Bob' })]

const request = () =>
  newRequest({ client_id, scope: 'openid offline_access', ...details(...entries) })

/** The answer to a request once its user has allowed what the page shows. */
async function allowed({ pathname, search }: URL): Promise<URL> {
  const page = await agent.open(pathname + search)
  const { away } = await agent.submit(page, { decision: 'allow' })
  return new URL(away ?? '')
}

describe('authorization details, in every answer', () => {
  it('of oauth4webapi', async () => {
    const as = await discover()
    const auth = oauth.ClientSecretPost(client_secret)
    const party = { as, client: metadata, auth, options }
    const { parameters, verifier, state, nonce } = await request()
    const url = new URL(`${as.authorization_endpoint}?${new URLSearchParams(parameters)}`)
    const answer = oauth.validateAuthResponse(as, metadata, await allowed(url), state)
    const redeemed = await redeemAs(party, answer, verifier, { expectedNonce: nonce })
    const refreshed = await refreshAs(party, redeemed)
    const { access_token } = redeemed
    const told = await oauth.processIntrospectionResponse(
      as,
      metadata,
      await oauth.introspectionRequest(as, metadata, auth, access_token, options),
    )
    const headers = { Authorization: `Bearer ${access_token}` }
    const received = new Request('https://api.example/', { headers })
    const token = await oauth.validateJwtAccessToken(as, received, issuer, options)
    expect({
      code: redeemed.authorization_details,
      refresh: refreshed.authorization_details,
      introspection: told['authorization_details'],
      token: token.authorization_details,
    }).toEqual({ code: entries, refresh: entries, introspection: entries, token: entries })
  })

  it('of openid-client, which narrows them at the refresh', async () => {
    const config = await openid.discovery(
      new URL(issuer),
      client_id,
      { ...metadata, client_secret },
      undefined,
      options,
    )
    const asked = await request()
    const answer = await allowed(openid.buildAuthorizationUrl(config, asked.parameters))
    const redeemed = await openid.authorizationCodeGrant(config, answer, checksOf(asked))
    const { access_token, refresh_token = '' } = redeemed
    const part = details(payment())
    expect({
      types: config.serverMetadata()['authorization_details_types_supported'],
      code: redeemed.authorization_details,
      refresh: (await openid.refreshTokenGrant(config, refresh_token, part)).authorization_details,
      introspection: (await openid.tokenIntrospection(config, access_token))[
        'authorization_details'
      ],
    }).toEqual({
      types: expect.arrayContaining([type]),
      code: entries,
      refresh: [payment()],
      introspection: entries,
    })
  })
})
