// What a client authentication method is: RFC 6749 2.3, and the names of RFC 7591 2.
import type { Parameters } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { Spending } from '../../server/storage.ts'
import type { RegisteredMetadata } from '../metadata.ts'
import type { Client } from '../storage.ts'

/** Where a request may carry the credentials of its client. */
export type CredentialSources = {
  /** The Authorization header, null if there is none. */
  authorization: string | null
  parameters: Parameters
}

/** What a request brought along to authenticate its client. */
export type ClientCredentials = {
  clientId: string | undefined
  /** Undefined if there was none; an empty secret is no secret: it must never match anything. */
  clientSecret: string | undefined
  /**
   * The secret before it was form-decoded, where that is another text: "the client password is
   * encoded using the same algorithm" (RFC 6749 2.3.1), but curl and many libraries do not.
   */
  clientSecretAsSent?: string
  /** A signed statement in place of a secret (RFC 7521 4.2). */
  assertion?: string
}

/** What proved the client. */
export type ClientProof = {
  /** Undefined for a method without a secret. */
  clientSecret: string | undefined
  /**
   * What the proof spends: it counts once this is recorded, in the batch that decides about the
   * request, or beside the read of one that only reads.
   */
  spends?: readonly Spending[]
}

export type ClientMethod<Name extends string = string> = {
  /** The value of `token_endpoint_auth_method`. */
  name: Name
  /** Whether client and server share a secret: a client that named no method may use any of these. */
  sharesSecret: boolean
  /** Whether the connection proves the client: the request then only names it (RFC 8705 2). */
  usesCertificate?: true
  /**
   * The credentials that a request brings for this method; null if it brings none.
   * @throws invalid_client (malformed)
   */
  read: (sources: CredentialSources) => ClientCredentials | null
  /**
   * What in the credentials proves the client; null if nothing does. Without a client it does the same
   * work in vain, so that an unknown client costs the same time as a wrong secret.
   * @throws invalid_client (an assertion that the client signed and that does not count),
   *   temporarily_unavailable (its keys cannot be fetched)
   */
  prove: (
    client: Client | null,
    credentials: ClientCredentials,
    as: AuthorizationServer,
  ) => Promise<ClientProof | null>
}

/** Returns the names of all methods that a client is registered for. */
export const methodsOf = (
  metadata: Pick<
    RegisteredMetadata,
    'token_endpoint_auth_method' | 'token_endpoint_auth_methods_supported'
  >,
): readonly string[] =>
  metadata.token_endpoint_auth_methods_supported ?? [metadata.token_endpoint_auth_method]
