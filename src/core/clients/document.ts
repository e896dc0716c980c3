// The client that a client ID metadata document describes. Client ID Metadata Document draft-02, 4.
import { digestOf } from '../../crypto/secret.ts'
import { standardScopes } from '../../protocol/claims.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { RegisteredMetadata } from './metadata.ts'
import { clientMethods } from './methods/methods.ts'
import { none } from './methods/none.ts'
import { privateKeyJwt } from './methods/private-key-jwt.ts'
import { readSelfDescription } from './registration-metadata.ts'

/** The metadata of a client in its document, and the digest of them. */
export type ClientDocument = { metadata: RegisteredMetadata; digest: string }

/**
 * Documents as an isolate keeps them: for as long as HTTP allows, at least 60 seconds, at most a day.
 */
export type ClientDocuments = {
  /**
   * Returns the document at an address. `seen` is the digest of the one that a screen was made for: it
   * is returned at any age, so that a person can finish what they began. `stored` is the digest of the
   * one that somebody has let in, null if nobody has: another isolate may have read that one later, so
   * that a different one is read anew. Strangers cannot use up all the fetches from a host.
   * @throws invalid_request (there is no usable document), too_many_requests
   */
  find: (
    as: AuthorizationServer,
    address: string,
    wanted: { seen?: string | undefined; stored: string | null },
  ) => Promise<ClientDocument>
}

type Document = Readonly<Record<string, unknown>>

/** The methods of a client that shares no secret with the server. */
const keylessMethods = clientMethods.filter(({ sharesSecret }) => !sharesSecret)

/**
 * Reads a document: leniently in what a client may say of itself (`readSelfDescription`), strictly in
 * what makes it this client's. `fault` follows "the client metadata document".
 */
export async function readClientDocument(
  address: string,
  document: Document,
): Promise<ClientDocument | { fault: string }> {
  // "The client_id property's value MUST match the document's URL using simple string comparison."
  if (document['client_id'] !== address) return { fault: 'has another client_id than its address' }
  for (const name of ['client_name', 'redirect_uris']) {
    if (document[name] === undefined) return { fault: `has no ${name}` }
  }
  // "As there is no way to establish a shared secret": whoever reads the document would know it.
  if ('client_secret' in document || 'client_secret_expires_at' in document) {
    return { fault: 'must have no client_secret' }
  }
  const methods = methodsIn(document)
  if ('fault' in methods) return methods
  const read = readSelfDescription(
    {
      ...document,
      ...methods,
      scope: openScopeOf(document['scope']),
      // Nobody has checked that the sector is the client's: it would learn the subjects of others.
      sector_identifier_uri: undefined,
    },
    ['authorization_code', 'refresh_token'],
  )
  if ('fault' in read) return { fault: `is not valid: ${read.field} ${read.fault}` }
  const { token_endpoint_auth_methods_supported: supported } = methods
  const metadata = {
    ...read.metadata,
    ...(supported === undefined ? {} : { token_endpoint_auth_methods_supported: supported }),
  }
  return { metadata, digest: await digestOf(JSON.stringify(metadata)) }
}

type DocumentMethods = {
  token_endpoint_auth_method: string
  token_endpoint_auth_methods_supported?: ('none' | 'private_key_jwt')[]
}

/**
 * Returns how the client authenticates: by one of the methods that it lists, or by the one that it
 * names, or not at all. A client that lists `none` may send an assertion besides, if it lists that.
 */
function methodsIn(document: Document): DocumentMethods | { fault: string } {
  const { token_endpoint_auth_methods_supported: listed, token_endpoint_auth_method: named } =
    document
  const all = [named, listed].flat().filter((method) => method !== undefined && method !== null)
  if (all.some((method) => typeof method !== 'string' || method.startsWith('client_secret'))) {
    return { fault: 'must not name a method with a client_secret' }
  }
  const asked: unknown[] = Array.isArray(listed) ? listed : [named ?? none.name]
  const [first, ...others] = keylessMethods
    .map(({ name }) => name)
    .filter((name) => asked.includes(name))
  if (first === undefined) return { fault: 'names no authentication method that is supported' }
  if (others.length === 0) return { token_endpoint_auth_method: first }
  const takesBoth = asked.includes(none.name) && asked.includes(privateKeyJwt.name)
  return {
    token_endpoint_auth_method: asked.includes(none.name) ? none.name : first,
    ...(takesBoth
      ? { token_endpoint_auth_methods_supported: [none.name, privateKeyJwt.name] }
      : {}),
  }
}

/** Returns the scope that any client may have; that of a resource comes with the resource. */
function openScopeOf(scope: unknown): string | undefined {
  if (typeof scope !== 'string') return undefined
  const names = scope.split(' ')
  return standardScopes.filter((name) => names.includes(name)).join(' ')
}
