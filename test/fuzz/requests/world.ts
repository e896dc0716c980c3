// A server with every door open, and those who use it: what right requests are made of.
import { registerKalamar, signedInUser } from '../../dialects/korap.ts'
import { administrator } from '../../console/administrator.ts'
import { seconds } from '../../federation/providers.ts'
import { authorizationRequest, codeFor, registerWebClient, signedIn } from '../../openid/flow.ts'
import { registerType } from '../../openid/rich-authorization.ts'
import { registerKeyClient } from '../../support/assertions.ts'
import { newProofKey } from '../../support/dpop.ts'
import { Server } from '../../support/faults.ts'
import { issuer, post } from '../../support/http.ts'
import { beginImport } from '../../support/imports.ts'
import { mailSettings } from '../../support/mails.ts'
import { registerResource, registerUser } from '../../support/registry.ts'
import { testSettings } from '../../support/settings.ts'
import { grantOf, passwordGrant } from '../../support/tokens.ts'
import type { UserAgent } from '../../support/user-agent.ts'

export const server = new Server({
  ...mailSettings,
  REGISTRATION: 'open',
  SIGN_UP: 'open',
  SIGN_IN_BY_MAIL: 'true',
  MAILS_PER_ADDRESS: '1000000',
  MAILS_PER_ADDRESS_DAY: '1000000',
})

const cookieOf = ({ cookies }: UserAgent): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

/** Makes the clients, people, tokens and keys. */
export async function makeWorld() {
  const type = await registerType()
  const { resource } = await registerResource({ scope: 'tools:read' })
  const metadata = {
    grant_types: [
      ...['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    authorization_details_types: [type],
    post_logout_redirect_uris: ['https://client.example/bye'],
    introspection: 'any',
  }
  const web = await registerWebClient(metadata)
  const signer = await registerKeyClient({
    ...metadata,
    redirect_uris: ['https://client.example/cb'],
    scope: 'openid read',
  })
  const user = await registerUser()
  const agent = await signedIn(user, server.fetch)
  const admin = await administrator('admin', server.fetch)
  const tokens = await grantOf(passwordGrant(web, user, { scope: 'openid offline_access read' }))
  const code = await codeFor(agent, web, { scope: 'openid read' })
  const proofKey = await newProofKey()
  const importId = await beginImport()
  const kalamar = await registerKalamar()
  const reader = await signedInUser(kalamar)
  const { client_id, client_secret = '' } = web
  const device = await post(
    '/oauth2/device_authorization',
    { scope: 'openid' },
    { Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    server.fetch,
  )
  const { device_code = '' }: { device_code?: string } = await device.json()
  const secrets = [
    ...[client_secret, user.password, admin.user.password, testSettings.ADMIN_TOKEN, code],
    ...[tokens.access_token, tokens.refresh_token, device_code, reader.token, reader.password],
    kalamar.client_secret ?? '',
    ...[...agent.cookies, ...admin.agent.cookies]
      .filter(([name]) => /session|known|remembered/.test(name))
      .map(([, value]) => value),
    'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  ].filter((one) => one.length > 8)
  return {
    ...{ web, signer, user, agent, admin, tokens, code, device_code, proofKey, type, resource },
    ...{ importId, kalamar, reader },
    secrets,
    authorize: authorizationRequest(web, { scope: 'openid read' }),
    cookie: cookieOf(agent),
    adminCookie: cookieOf(admin.agent),
    basic: { Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    bearer: { Authorization: `Bearer ${tokens.access_token}` },
    adminToken: { Authorization: `Bearer ${testSettings.ADMIN_TOKEN}` },
    assertion: () => ({
      key: signer.key,
      header: { alg: 'ES256', kid: signer.key.kid, typ: 'JWT' },
      claims: {
        ...{ iss: signer.client.client_id, sub: signer.client.client_id, aud: issuer },
        ...{ iat: seconds(), exp: seconds() + 60, jti: crypto.randomUUID() },
      },
    }),
  }
}

export type World = Awaited<ReturnType<typeof makeWorld>>
