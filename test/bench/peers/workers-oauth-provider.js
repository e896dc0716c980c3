// @cloudflare/workers-oauth-provider: opaque tokens in KV. It has neither users nor sign-in, so its
// authorization endpoint says yes at once.
import { OAuthProvider } from '@cloudflare/workers-oauth-provider'

const apiHandler = {
  fetch: (_request, _env, context) => Response.json({ sub: context.props.userId }),
}

const defaultHandler = {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/set-up') {
      const client = await env.OAUTH_PROVIDER.createClient({
        clientName: 'An application',
        redirectUris: ['https://app.example/callback'],
        tokenEndpointAuthMethod: 'client_secret_post',
        grantTypes: ['authorization_code', 'refresh_token'],
        responseTypes: ['code'],
      })
      return Response.json({ id: client.clientId, secret: client.clientSecret })
    }
    if (pathname !== '/authorize') return new Response(null, { status: 404 })
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request)
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      // One user for each: it would list and end the older grants of the same one.
      userId: crypto.randomUUID(),
      metadata: {},
      scope: asked.scope,
      props: { userId: 'u1' },
      revokeExistingGrants: false,
    })
    return Response.redirect(redirectTo, 302)
  },
}

let provider
export default {
  fetch(request, env, context) {
    provider ??= new OAuthProvider({
      apiRoute: '/api',
      apiHandler,
      defaultHandler,
      authorizeEndpoint: '/authorize',
      tokenEndpoint: '/token',
      scopesSupported: ['read', 'offline_access'],
      requiredScopes: ['read'],
      resourceMetadata: {
        resource: `${env.ORIGIN}/api`,
        authorization_servers: [env.ORIGIN],
      },
    })
    return provider.fetch(request, env, context)
  },
}
