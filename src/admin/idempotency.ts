// Makes requests that create a secret safe to retry. A lost response would lose the secret, so the
// operator can name the operation by an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header). Its random values are then derived from the key, and
// a retry returns the same ones.
import { base64url } from '../crypto/encoding.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { FaceContext } from '../http/app.ts'
import { invalid } from './problem.ts'

const header = 'Idempotency-Key'

/** The header as an OpenAPI parameter. */
export const idempotencyParameter = {
  name: header,
  in: 'header',
  required: false,
  description:
    'Identifies the operation. Repeating a request with the same key returns the same secrets.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
} as const

/** Returns a secret of up to 32 bytes. `what` distinguishes several secrets of one operation. */
type Draw = (what: string, bytes: number) => Promise<string>

/**
 * Returns the source of secrets for a request with the body `sent`: random, or, if the request has an
 * Idempotency-Key, derived by HMAC under a sub-key of the current MASTER_KEY, so that nothing is
 * stored.
 * @throws 400 for a malformed key
 */
export function drawingFor(context: FaceContext, sent: unknown): Draw {
  const key = context.req.header(header)
  if (key === undefined) return async (_what, bytes) => randomSecret(bytes)
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw invalid([{ field: header, detail: 'must be 1 to 200 printable ASCII characters' }])
  }
  const { method, path } = context.req
  return async (what, bytes) => {
    const operation = JSON.stringify([method, path, key, sent, what])
    const mac = await context.env.as.keys.mac('admin operation', operation)
    return base64url(mac.subarray(0, bytes))
  }
}

/** Returns whether the request has an Idempotency-Key. */
export const namesItsOperation = (context: FaceContext): boolean =>
  context.req.header(header) !== undefined
