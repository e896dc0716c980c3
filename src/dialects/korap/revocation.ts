// Kustvakt's revocation service. It detects the kind of the token, so `token_type` is not needed.
// Unlike Kustvakt, a client can revoke only its own tokens. An unknown token is a SUCCESS, as in
// Kustvakt's wiki and RFC 7009.
import { revokeGrantOfClient, revokeToken } from '../../core/tokens/revocation.ts'
import type { FaceContext } from '../../http/app.ts'
import { answered } from './answer.ts'
import { readParameters, requireClient } from './client.ts'
import { requireParameter } from './error.ts'
import { grantOf } from './handle.ts'

/** Answers `POST oauth2/revoke` (RFC 7009 2). */
export async function revocation(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const parameters = await readParameters(context)
  const inHeader = context.req.header('Authorization') !== undefined
  if (!inHeader) requireParameter(parameters, 'client_id')
  const token = requireParameter(parameters, 'token')
  const client = await requireClient(context, parameters)
  const grantId = grantOf(token)
  if (grantId === null) await revokeToken(as, client, token)
  else await revokeGrantOfClient(as, client, grantId)
  return answered('SUCCESS')
}
