// A refresh while D1 is away, and its answer (outage.ts).
import type { Parameters } from '../../protocol/parameters.ts'
import type { PresentedCredentials } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import type { Spending } from '../server/storage.ts'
import type { Issued } from '../tokens/issuance.ts'
import type { Confirmation } from '../tokens/storage.ts'

/** What a refresh brings along, and how to find out what else it proves once its client is known. */
export type OutageRequest = {
  credentials: PresentedCredentials
  parameters: Parameters
  readSender: (
    client: Client,
  ) => Promise<{ confirmation: Confirmation | undefined; spends: readonly Spending[] }>
  /** The failure of D1. */
  failure: unknown
}

/** An answer while D1 is away. */
export type OutageAnswer = { issued: Issued; confirmation: Confirmation | undefined }
