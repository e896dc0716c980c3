// Endpoints as data. Routes, preflights and server metadata all derive from one entry per endpoint.
import type { Hono } from 'hono'
import { newApp, route, type App, type ErrorRenderer, type Handlers } from './app.ts'
import { corsForAnyone, corsForClient, preflight, publicPreflight } from './cors.ts'
import { offerNonce } from './proof.ts'

export type Endpoint = {
  path: string
  /**
   * The server metadata member with the endpoint's address (RFC 8414 2); absent if there is none.
   */
  metadata?: string
  handlers: Handlers
}

/** Endpoints that render their refusals in one wire format. */
export type EndpointGroup = {
  renderError: ErrorRenderer
  /** Which other origins may read the responses: those of the requesting client, or all. */
  readableBy?: 'client' | 'anyone'
  /** Requests may carry a proof of possession (RFC 9449): then the answer has a nonce. */
  takesProofs?: true
  endpoints: readonly Endpoint[]
}

/** An app that serves the endpoints of a group. */
export function serve({
  renderError,
  readableBy,
  takesProofs,
  endpoints,
}: EndpointGroup): Hono<App> {
  const app = newApp(renderError)
  for (const { path, handlers } of endpoints) {
    if (readableBy === 'client') app.use(path, corsForClient)
    if (readableBy === 'anyone') app.use(path, corsForAnyone)
    if (takesProofs === true) app.use(path, offerNonce)
    route(app, path, { ...handlers, ...preflightOf(readableBy, handlers) })
  }
  return app
}

function preflightOf(readableBy: EndpointGroup['readableBy'], handlers: Handlers): Handlers {
  if (readableBy === undefined) return {}
  if (readableBy === 'client') return { OPTIONS: preflight }
  return { OPTIONS: publicPreflight(Object.keys(handlers).join(', ')) }
}

/** Returns the endpoint addresses for the server metadata, by member (RFC 8414 2). */
export const announced = (
  issuer: string,
  groups: readonly EndpointGroup[],
): Record<string, string> =>
  Object.fromEntries(
    groups
      .flatMap(({ endpoints }) => endpoints)
      .flatMap(({ path, metadata }) => (metadata === undefined ? [] : [[metadata, issuer + path]])),
  )
