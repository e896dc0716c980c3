// Retries of what makes a secret. An answer that is lost on its way takes the secret with it: so the
// operator may name the operation by an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header),
// and what is else drawn by chance is then derived from the operation: a retry draws the same again.
import { base64url } from '../crypto/encoding.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { FaceContext } from '../http/app.ts'
import { invalid } from './problem.ts'

const header = 'Idempotency-Key'

/** The header as OpenAPI describes a parameter. */
export const idempotencyParameter = {
  name: header,
  in: 'header',
  required: false,
  description: 'names the operation: the same request with the same key has the same outcome',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
} as const

/** Draws a secret of so many bytes (at most 32); `what` it is for tells two of one operation apart. */
type Draw = (what: string, bytes: number) => Promise<string>

/**
 * What draws the secrets of this request, whose body is `sent`: by chance, or for an operation with a
 * key always the same, by HMAC under a sub-key of the current MASTER_KEY, so that nothing is stored.
 * @throws 400 for a key that is none
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

/** Whether the request names its operation. */
export const namesItsOperation = (context: FaceContext): boolean =>
  context.req.header(header) !== undefined
