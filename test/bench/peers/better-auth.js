// better-auth with its OAuth provider: D1, ES256, scrypt.
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'

const unlimited = { token: false, authorize: false, introspect: false, userinfo: false }

const make = (env) =>
  betterAuth({
    baseURL: env.ORIGIN,
    secret: 'a-secret-of-the-bench-that-is-long-enough',
    database: env.DB,
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    disabledPaths: ['/token'],
    session: { cookieCache: { enabled: false } },
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } }),
      oauthProvider({
        loginPage: '/login',
        consentPage: '/consent',
        scopes: ['openid', 'email', 'profile', 'offline_access', 'read'],
        resources: ['https://api.example'],
        enforcePerClientResources: false,
        rateLimit: unlimited,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
        clientPrivileges: () => true,
      }),
    ],
  })

let auth
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/set-up') {
      const { runMigrations } = await getMigrations(make(env).options)
      await runMigrations()
      return Response.json({})
    }
    auth ??= make(env)
    if (pathname === '/clients') return Response.json(await makeClients(request))
    return auth.handler(request)
  },
}

async function makeClients({ headers }) {
  const make = async (facts) => {
    const client = await auth.api.adminCreateOAuthClient({
      headers,
      body: {
        redirect_uris: ['https://app.example/callback'],
        token_endpoint_auth_method: 'client_secret_post',
        ...facts,
      },
    })
    return { id: client.client_id, secret: client.client_secret }
  }
  const app = await make({
    client_name: 'An application',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid email profile offline_access read',
    skip_consent: true,
  })
  const machine = await make({
    client_name: 'A machine',
    grant_types: ['client_credentials'],
    scope: 'read',
    client_credentials_scopes: ['read'],
  })
  return { app, machine }
}
