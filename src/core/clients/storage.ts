// Clients as they are stored, and what users allow them; server/storage.ts says what holds in every
// room.
import type { AuditEvent, Page } from '../server/storage.ts'
import type { RegisteredMetadata } from './metadata.ts'

export type Client = {
  id: string
  secretDigest: string | null
  previousSecretDigest: string | null
  metadata: RegisteredMetadata
  disabledAt: number | null
  notBefore: number
  createdAt: number
  updatedAt: number
}

export type ClientChange = Partial<
  Pick<Client, 'secretDigest' | 'previousSecretDigest' | 'metadata' | 'disabledAt' | 'notBefore'>
>

export type ClientStore = {
  create(client: Client, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Client | null>
  list(limit: number, cursor: string): Promise<Page<Client>>
  /**
   * Applies what `decide` makes of the client as stored. Where another change came in between,
   * `decide` is asked again, so it must only compute.
   */
  change(
    id: string,
    decide: (client: Client) => ClientChange,
    audit: AuditEvent,
  ): Promise<Client | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
  /** The longest access-token lifetime that any client ever had, in seconds; 0 if none has its own. */
  longestAccessTokenLifetime(): Promise<number>
}

/**
 * What a user allowed a client at one resource; `resource` '' = this server itself. `scope` is what
 * the user is not asked for again; '' where every request is asked about.
 */
export type ConsentedScope = { resource: string; scope: string }

/** Which consents concern a request. */
export type ConsentQuery = { clientId: string; resources: readonly string[] }
