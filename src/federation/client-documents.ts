// Client ID metadata documents, kept by an isolate as HTTP allows. Whoever sends a browser here names
// the address, so everything is bounded: what is kept, what one host is asked, what one answer may be.
// Client ID Metadata Document draft-02, 5 and 8.6.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  type ClientDocument,
  type ClientDocuments,
  readClientDocument,
} from '../core/clients/document.ts'
import { isYounger } from '../core/server/age.ts'
import { setNewest } from '../protocol/bounded-map.ts'
import { OAuthError, invalidRequest, tooManyRequests } from '../protocol/error.ts'
import { freshnessOf } from '../protocol/freshness.ts'
import { clientAddressFault } from './client-address.ts'
import { FetchLimit } from './fetch-limit.ts'
import { type OutboundAnswer, OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'
import { SharedReads } from './shared-reads.ts'

/** Bytes of a document at most. */
const longestDocument = 5 * 1024

/** Seconds for which a document is kept, whatever HTTP says. */
const shortestLifetime = 60
const longestLifetime = 86_400

/** Maximum number of documents. The one that was read longest ago is removed first. */
const mostDocuments = 200

/** Seconds after which another document than the one that a screen or the stored client has is read anew. */
const rereadAge = 5

/** Only development has loopback hosts; their ports are the developer's. */
const allowance = { loopback: true }

type Kept = { document: ClientDocument; readAt: number; lifetime: number }

/** Creates the documents of an isolate. */
export function clientDocuments(): ClientDocuments {
  const kept = new Map<string, Kept>()
  const reads = new SharedReads<ClientDocument>()
  const limit = new FetchLimit()

  async function read(
    as: AuthorizationServer,
    address: string,
    isKnown: boolean,
  ): Promise<ClientDocument> {
    const retryAfter = limit.count(new URL(address).host, isKnown, as.now)
    if (retryAfter !== null) throw tooManyRequests(retryAfter)
    const { answer, document } = await fetched(as, address)
    const lifetime = Math.min(
      Math.max(freshnessOf(answer.headers, as.now), shortestLifetime),
      longestLifetime,
    )
    setNewest(kept, address, { document, readAt: as.now, lifetime }, mostDocuments)
    return document
  }

  return {
    async find(as, address, { seen, stored }) {
      const entry = kept.get(address)
      if (entry !== undefined) {
        const { document, readAt, lifetime } = entry
        if (document.digest === seen) return document
        const isRight = seen === undefined && (stored === null || document.digest === stored)
        if (isYounger(readAt, as.now, isRight ? lifetime : rereadAge)) return document
      }
      try {
        return await reads.read(as, address, () => read(as, address, stored !== null))
      } catch (failure) {
        if (failure instanceof OutboundError) throw unusable(`: ${failure.message}`, failure)
        throw failure
      }
    },
  }
}

async function fetched(
  as: AuthorizationServer,
  address: string,
): Promise<{ answer: OutboundAnswer; document: ClientDocument }> {
  const request = { headers: { Accept: 'application/json' }, longestAnswer: longestDocument }
  const answer = await guardedFetch(as, address, request, allowance)
  const document = await readClientDocument(address, jsonObjectOf(answer))
  if ('fault' in document) throw unusable(` ${document.fault}`)
  const { jwks_uri: keys } = document.metadata
  const fault = keys === undefined ? null : clientAddressFault(as, keys)
  if (fault !== null) throw unusable(` has a jwks_uri that ${fault}`)
  return { answer, document }
}

/** Returns a refusal for our own page: nothing proves where else it could go. */
const unusable = (fault: string, cause?: unknown): OAuthError =>
  invalidRequest(`the client metadata document cannot be used${fault}`, {
    reason: 'document_unusable',
    cause,
  })
