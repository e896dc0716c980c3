import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { issuer } from '../support/http.ts'
import {
  registerClient,
  registerPublicClient,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { discover, options, relyingParty } from '../support/relying-party.ts'
import { grantOf, passwordGrant } from '../support/tokens.ts'

const server = await discover()
const user = await registerUser({ name: 'Dory' })
const resourceServer = relyingParty(await registerClient())

const clients: [string, TestClient][] = [
  ['confidential', await registerClient()],
  ['public', await registerPublicClient()],
]

/** Refreshes and lets the library judge the answer. */
async function refreshed(
  { client, authentication }: ReturnType<typeof relyingParty>,
  token: string,
) {
  const answer = await oauth.refreshTokenGrantRequest(
    server,
    client,
    authentication,
    token,
    options,
  )
  return oauth.processRefreshTokenResponse(server, client, answer)
}

async function introspected(token: string): Promise<oauth.IntrospectionResponse> {
  const { client, authentication } = resourceServer
  const answer = await oauth.introspectionRequest(server, client, authentication, token, options)
  return oauth.processIntrospectionResponse(server, client, answer)
}

describe('the life of a token, judged by oauth4webapi', () => {
  it.each(clients)(
    'of a %s client: get, ask, use, refresh, lose an answer, revoke, ask again',
    async (_kind, registered) => {
      const party = relyingParty(registered)
      const { client, authentication } = party
      const first = await grantOf(passwordGrant(registered, user, { scope: 'openid profile' }))
      expect(await introspected(first.access_token)).toMatchObject({ active: true, sub: user.sub })

      const asked = await oauth.userInfoRequest(server, client, first.access_token, options)
      const claims = await oauth.processUserInfoResponse(server, client, user.sub, asked)
      expect(claims).toMatchObject({ sub: user.sub, name: 'Dory' })

      const second = await refreshed(party, first.refresh_token)
      const again = await refreshed(party, first.refresh_token)
      expect(again.refresh_token).toBe(second.refresh_token)

      const current = second.refresh_token ?? ''
      const revoked = await oauth.revocationRequest(
        server,
        client,
        authentication,
        current,
        options,
      )
      await oauth.processRevocationResponse(revoked)
      expect(await introspected(second.access_token)).toEqual({ active: false })
      await expect(refreshed(party, current)).rejects.toMatchObject({ error: 'invalid_grant' })
    },
  )

  it('of a client itself: client credentials, and a resource server that needs only the JWKS', async () => {
    const { client, authentication } = relyingParty(await registerClient())
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      authentication,
      { scope: 'read' },
      options,
    )
    const { access_token } = await oauth.processClientCredentialsResponse(server, client, answer)
    const request = new Request('https://api.example/', {
      headers: { Authorization: `Bearer ${access_token}` },
    })
    expect(await oauth.validateJwtAccessToken(server, request, issuer, options)).toMatchObject({
      iss: issuer,
      client_id: client.client_id,
      scope: 'read',
    })
  })

  it('wrong credentials: the library reads the challenge', async () => {
    const { client } = relyingParty(await registerClient())
    const wrong = oauth.ClientSecretBasic('wrong')
    const answer = await oauth.clientCredentialsGrantRequest(server, client, wrong, {}, options)
    await expect(
      oauth.processClientCredentialsResponse(server, client, answer),
    ).rejects.toMatchObject({ cause: [{ scheme: 'basic' }] })
  })

  it('a token that is not known: the library reads the challenge', async () => {
    const { client } = relyingParty(await registerClient())
    const answer = await oauth.userInfoRequest(server, client, 'unknown', options)
    await expect(
      oauth.processUserInfoResponse(server, client, user.sub, answer),
    ).rejects.toMatchObject({
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    })
  })
})
