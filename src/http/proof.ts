// The `DPoP` header, and the nonce that answers it. RFC 9449 4.1, 8.2.
import type { MiddlewareHandler } from 'hono'
import type { SentProof } from '../core/tokens/proof.ts'
import { proofNonce } from '../crypto/proof-nonce.ts'
import type { App, FaceContext } from './app.ts'

/**
 * Returns the proof of possession of a request, or null if it has none. Two headers reach us as one,
 * with a comma between them, which no proof has.
 */
export function readProof({ req }: FaceContext): SentProof | null {
  const text = req.raw.headers.get('DPoP')
  return text === null ? null : { text, method: req.method, path: req.path }
}

/** Gives every answer to a request with a proof, refusals included, a nonce for the next one. */
export const offerNonce: MiddlewareHandler<App> = async (context, next) => {
  await next()
  if (readProof(context) === null) return
  const { keys, now } = context.env.as
  context.res.headers.set('DPoP-Nonce', await proofNonce(keys, now))
}
