// A real provider: oidc-provider with its own development screens, where any login with any password
// is let in. Its access tokens are JWTs for the client itself that name their key set, as Traffic
// Ops needs them; for the resource `urn:encrypted` they are encrypted to the key that was brought.
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import Provider from 'oidc-provider'

type EncryptionKey = { kid: string; alg: string; key: KeyObject }

/** The client that the provider knows us as. */
export const providerClient = {
  client_id: 'postern',
  client_secret: 'a secret with spaces & signs: %+~',
}

/** The providers that the tests in one process make of this one. */
const callbackIds = ['university', 'existing', 'linking', 'domains', 'mine', 'closing', 'narrow']

/** `redirectUris` beside those of the tests in one process. */
export function openIdProvider(origin: string, redirectUris: string[] = []): RequestListener {
  const encryption: { key?: EncryptionKey } = {}
  const serve = new Provider(origin, configuration(origin, encryption, redirectUris)).callback()
  return (request, response) => {
    if (request.method !== 'PUT' || request.url !== '/encryption-key') {
      return serve(request, response)
    }
    void readText(request).then((text) => {
      const jwk: JsonWebKey & { kid: string; alg: string } = JSON.parse(text)
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      encryption.key = { kid: jwk.kid, alg: jwk.alg, key }
      response.writeHead(204).end()
    })
  }
}

const configuration = (
  origin: string,
  encryption: { key?: EncryptionKey },
  redirectUris: string[],
) => ({
  clients: [
    {
      ...providerClient,
      redirect_uris: [
        'https://traffic-portal.example.com/sso',
        ...callbackIds.map((id) => `http://localhost:8787/login/callback/${id}`),
        ...redirectUris,
      ],
      grant_types: ['authorization_code'],
    },
  ],
  jwks: { keys: [signingKey('rsa'), signingKey('ec')] },
  cookies: { keys: ['for the tests alone'] },
  scopes: ['openid', 'email', 'profile'],
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'],
  },
  pkce: { required: () => false },
  findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => claimsOf(id) }),
  features: {
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:signed',
      useGrantedResource: () => true,
      getResourceServerInfo: (
        _context: unknown,
        resource: string,
        client: { clientId: string },
      ) => ({
        scope: '',
        audience: client.clientId,
        accessTokenFormat: 'jwt',
        jwt: {
          sign: { alg: 'ES256' },
          ...(resource === 'urn:encrypted'
            ? { encrypt: { ...encryption.key, enc: 'A256GCM' } }
            : {}),
        },
      }),
    },
  },
  formats: {
    customizers: {
      jwt(_context: unknown, _token: unknown, jwt: { header?: object }) {
        jwt.header = { ...jwt.header, jku: `${origin}/jwks` }
        return jwt
      },
    },
  },
  ttl: { AccessToken: 600, IdToken: 600, Session: 600, Grant: 600, Interaction: 600 },
})

/** What the provider says of an account: its name tells whether the address is verified. */
const claimsOf = (id: string) => ({
  sub: id,
  preferred_username: id,
  name: `Upstream ${id}`,
  email: `${id}@upstream.example`,
  email_verified: !id.startsWith('unverified'),
})

function signingKey(type: 'rsa' | 'ec') {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: `upstream-${type}` }
}
