// Documents for anyone: server metadata (RFC 8414, OpenID Discovery) and the JWK Set (RFC 7517).
import type { Hono } from 'hono'
import { prompts, responseModes } from '../core/authorization-request.ts'
import { clientMethodNames } from '../core/clients/methods/methods.ts'
import { grantTypes } from '../core/clients/metadata.ts'
import { acr } from '../core/id-token.ts'
import { utf8 } from '../crypto/encoding.ts'
import { newApp, route, type App, type FaceContext } from '../http/app.ts'
import { publicPreflight } from '../http/cors.ts'
import { serverMetadata } from '../protocol/metadata.ts'
import { renderTokenError } from './error.ts'

export function discoveryEndpoints(): Hono<App> {
  const app = newApp(renderTokenError)
  const documents = new Map<string, Uint8Array>()
  const metadata = (context: FaceContext): Response => {
    const { issuer } = context.env.as
    const document =
      documents.get(issuer) ?? utf8(JSON.stringify(serverMetadata(issuer, capabilities)))
    // One issuer in production; in development a request names it, so the cache stays small.
    if (documents.size < 10) documents.set(issuer, document)
    return publicDocument(document, 'application/json', 3_600)
  }
  const jwks = async (context: FaceContext): Promise<Response> => {
    const { as } = context.env
    const maxAge = as.settings.lifetimes.jwksMaxAge
    return publicDocument(await as.signingKeys.jwks(as.now), 'application/jwk-set+json', maxAge)
  }
  const handlers = { OPTIONS: publicPreflight }
  route(app, '/.well-known/openid-configuration', { GET: metadata, ...handlers })
  route(app, '/.well-known/oauth-authorization-server', { GET: metadata, ...handlers })
  route(app, '/.well-known/jwks.json', { GET: jwks, ...handlers })
  return app
}

const capabilities = {
  clientMethods: clientMethodNames,
  grantTypes,
  responseModes,
  prompts,
  acr,
}

function publicDocument(body: string | Uint8Array, type: string, maxAge: number): Response {
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Cache-Control': `public, max-age=${maxAge}`,
      'Access-Control-Allow-Origin': '*',
    },
  })
}
