// oidc-provider on Node: no network between it and its storage, a Map in memory. Its sign-in is the
// one it has for development: any password passes and nothing is hashed.
import Provider from 'oidc-provider'

const port = Number(process.argv[2])
const origin = `http://127.0.0.1:${port}`
const audience = 'https://api.example'

const stored = new Map()
const byUid = new Map()
const byGrant = new Map()

class Memory {
  constructor(model) {
    this.model = model
  }

  key(id) {
    return `${this.model} ${id}`
  }

  async upsert(id, payload) {
    const key = this.key(id)
    stored.set(key, payload)
    if (payload.uid) byUid.set(payload.uid, id)
    if (payload.grantId && this.model !== 'Grant') {
      byGrant.set(payload.grantId, [...(byGrant.get(payload.grantId) ?? []), key])
    }
  }

  async find(id) {
    return stored.get(this.key(id))
  }

  async findByUid(uid) {
    return this.find(byUid.get(uid))
  }

  async consume(id) {
    stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    stored.delete(this.key(id))
  }

  async revokeByGrantId(grantId) {
    for (const key of byGrant.get(grantId) ?? []) stored.delete(key)
    byGrant.delete(grantId)
  }
}

const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)

const provider = new Provider(origin, {
  adapter: Memory,
  jwks: { keys: [{ kty, crv, x, y, d, kid: 'k1', alg: 'ES256', use: 'sig' }] },
  cookies: { keys: ['the-cookie-key-of-the-bench'] },
  rotateRefreshToken: true,
  clients: [
    {
      client_id: 'machine',
      client_secret: 'the-secret-of-the-machine-that-is-long',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: 'read',
    },
    {
      client_id: 'app',
      client_secret: 'the-secret-of-the-application-long-too',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://app.example/callback'],
      scope: 'openid offline_access email read',
    },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  scopes: ['openid', 'offline_access', 'email', 'read'],
  claims: { openid: ['sub'], email: ['email'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, Session: 86_400 },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com` }),
  }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: ({ oidc }) =>
        oidc?.params?.grant_type === 'client_credentials' ? audience : undefined,
      getResourceServerInfo: () => ({
        scope: 'read',
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
provider.listen(port, '127.0.0.1', () => console.log('listening'))
