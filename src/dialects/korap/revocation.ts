// Kustvakt's revocation service. The token tells itself what it is, so `token_type` is not needed.
// Other than there: a client ends its own tokens only, and an unknown token is a SUCCESS, as its
// own wiki and RFC 7009 have it.
import { revokeToken } from '../../core/tokens/revocation.ts'
import type { FaceContext } from '../../http/app.ts'
import { answered } from './answer.ts'
import { readParameters, requireClient } from './client.ts'
import { missingParameter } from './error.ts'

/** Answers `POST oauth2/revoke`. */
export async function revocation(context: FaceContext): Promise<Response> {
  const parameters = await readParameters(context)
  const inHeader = context.req.header('Authorization') !== undefined
  if (!inHeader && !parameters.has('client_id')) return missingParameter('client_id')
  const token = parameters.get('token')
  if (token === undefined) return missingParameter('token')
  const client = await requireClient(context, parameters)
  await revokeToken(context.env.as, client, token)
  return answered('SUCCESS')
}
