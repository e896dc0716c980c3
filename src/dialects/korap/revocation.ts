// Kustvakt's revocation service. It detects the kind of the token, so `token_type` is not needed.
// Unlike Kustvakt, a client can revoke only its own tokens. An unknown token is a SUCCESS, as in
// Kustvakt's wiki and RFC 7009.
import { revokeToken } from '../../core/tokens/revocation.ts'
import type { FaceContext } from '../../http/app.ts'
import { answered } from './answer.ts'
import { readParameters, requireClient } from './client.ts'
import { missingParameter } from './error.ts'

/** Answers `POST oauth2/revoke` (RFC 7009 2). */
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
