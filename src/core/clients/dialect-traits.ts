// What dialects add to the behaviour of every face. Core knows the sum of their traits and no single
// dialect.
import type { Server } from '../authorization-server.ts'
import type { Client } from './storage.ts'

/** A member that a dialect adds to a client in the admin interface. */
export type ClientMember = {
  name: string
  /** Says in the OpenAPI document what the member is. */
  description: string
  /** Returns the member's value, or undefined for a client that has none. */
  valueOf: (server: Server, client: Client) => Promise<string | undefined>
}

export type DialectTraits = {
  /** Scopes of the dialects' systems. A token with one of them may tell who its user is. */
  identifyingScopes: ReadonlySet<string>
  /** Scopes for the operator's own clients only: no user can allow them to any other client. */
  firstPartyScopes: ReadonlySet<string>
  clientMembers: readonly ClientMember[]
}
