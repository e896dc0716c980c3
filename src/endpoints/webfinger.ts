// WebFinger: where the people of a domain sign in. RFC 7033 4, OpenID Connect Discovery 1.0 2.
import type { FaceContext } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readQuery } from '../http/form.ts'
import { OAuthError } from '../protocol/error.ts'
import { requireParameter, valuesOf } from '../protocol/parameters.ts'
import { renderTokenError } from './error.ts'

const issuerRelation = 'http://openid.net/specs/connect/1.0/issuer'

export const webfingerEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  // "Servers MUST include the Access-Control-Allow-Origin header" of public resources (RFC 7033 5).
  readableBy: 'anyone',
  endpoints: [{ path: '/.well-known/webfinger', handlers: { GET: webfinger } }],
}

/**
 * Answers for every address of our domains alike: nobody learns from it which accounts exist.
 * @throws invalid_request (no resource: RFC 7033 4.2), not_found
 */
function webfinger(context: FaceContext): Response {
  const { issuer, settings } = context.env.as
  const parameters = readQuery(context.req.raw, { mayRepeat: (name) => name === 'rel' })
  const domains = settings.webfingerDomains
  if (domains.length === 0) throw unknown()
  const resource = requireParameter(parameters, 'resource')
  const domain = domainOf(resource)
  if (domain === null || !domains.includes(domain)) throw unknown()
  const relations = valuesOf(parameters, 'rel')
  const isAsked = relations.length === 0 || relations.includes(issuerRelation)
  const descriptor = {
    subject: resource,
    links: isAsked ? [{ rel: issuerRelation, href: issuer }] : [],
  }
  return context.json(descriptor, 200, {
    'Content-Type': 'application/jrd+json',
    'Cache-Control': 'public, max-age=3600',
  })
}

const unknown = () => new OAuthError('not_found', 'this server knows nobody of this domain')

/** Returns the domain of an `acct:` URI (RFC 7565); null for any other text. */
const domainOf = (resource: string): string | null =>
  /^acct:[^@\s]+@([a-z0-9.-]+)$/i.exec(resource)?.[1]?.toLowerCase() ?? null
