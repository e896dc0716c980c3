// Dynamic client registration. RFC 7591; rows N119 to N128, O01, M053, M059.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { cursor, registerAt } from './registrant.ts'

const open = new Server({ REGISTRATION: 'open' })
const register = (metadata: unknown) => registerAt(open.fetch, metadata)

describe('POST /oauth2/register', () => {
  it('answers 201 with everything that was registered, defaults included', async () => {
    const { status, headers, body } = await register({
      client_name: 'An app',
      redirect_uris: ['https://app.example/cb'],
    })
    expect({ status, cache: headers['cache-control'], body }).toEqual({
      status: 201,
      cache: 'no-store',
      body: {
        client_id: expect.stringMatching(/^[\w-]{22}$/),
        client_id_issued_at: expect.any(Number),
        client_secret: expect.stringMatching(/^[\w-]{43}$/),
        client_secret_expires_at: 0,
        registration_access_token: expect.stringMatching(/^rat_[\w-]{43}$/),
        registration_client_uri: `http://localhost:8787/oauth2/register/${body['client_id']}`,
        client_name: 'An app',
        redirect_uris: ['https://app.example/cb'],
        post_logout_redirect_uris: [],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
        scope: 'openid profile email offline_access',
        subject_type: 'public',
        id_token_signed_response_alg: 'RS256',
      },
    })
  })

  it('M053, AG10: registers what Cursor sends', async () => {
    const { status, body } = await register(cursor)
    expect({ status, redirects: body['redirect_uris'], secret: body['client_secret'] }).toEqual({
      status: 201,
      redirects: cursor.redirect_uris,
      secret: undefined,
    })
  })
})
