// The token endpoint. RFC 6749 3.2.
import type { Client } from '../core/clients/storage.ts'
import { clientOfAssertion } from '../core/exchange/grants/jwt-bearer.ts'
import { exchangeGrant } from '../core/exchange/token.ts'
import { tokenPath } from '../core/server/paths.ts'
import { spendEvenIfRefused } from '../core/server/spending.ts'
import type { Spending } from '../core/server/storage.ts'
import type { Issued } from '../core/tokens/issuance.ts'
import { boundCertificate, proveKey, tokenTypeOf } from '../core/tokens/proof.ts'
import type { Confirmation } from '../core/tokens/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/form.ts'
import { readProof } from '../http/proof.ts'
import { OAuthError } from '../protocol/error.ts'
import { type Parameters, isRepeatableAtToken } from '../protocol/parameters.ts'
import { clientRequestOf } from './client-request.ts'
import { renderTokenError } from './error.ts'

export const tokenEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  takesProofs: true,
  endpoints: [{ path: tokenPath, metadata: 'token_endpoint', handlers: { POST: token } }],
}

async function token(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const parameters = await readForm(context.req.raw, { mayRepeat: isRepeatableAtToken })
  try {
    return await answer(context, parameters)
  } catch (failure) {
    const isOfDatabase = failure instanceof OAuthError && failure.isOfDatabase
    if (!isOfDatabase || !as.settings.outageRefresh || !isPlainRefresh(parameters)) throw failure
    const { issued, confirmation } = await as.outage.refreshWithoutDatabase(as, {
      credentials: readClientCredentials(context.req.raw, parameters),
      parameters,
      failure,
      readSender: (client) => {
        context.set('corsClient', client)
        return readSender(context, client)
      },
    })
    return context.json(tokenResponse(issued, confirmation), 200, noStore)
  }
}

/** Returns whether a request is a refresh for which D1 judges nothing but the grant. */
const isPlainRefresh = (parameters: Parameters): boolean =>
  parameters.get('grant_type') === 'refresh_token' &&
  parameters.get('authorization_details') === undefined &&
  parameters.repeated?.has('audience') !== true

async function answer(context: FaceContext, parameters: Parameters): Promise<Response> {
  const { as } = context.env
  const { client, spends } = await clientRequestOf(context, parameters, clientOfAssertion)
  const sender = await spendEvenIfRefused(as, spends, () => readSender(context, client))
  const request = { parameters, ...sender, spends: [...spends, ...sender.spends] }
  const issued = await exchangeGrant(as, client, request)
  return context.json(tokenResponse(issued, sender.confirmation), 200, noStore)
}

type Sender = { confirmation: Confirmation | undefined; spends: readonly Spending[] }

/** Returns what the request proves about its sender. @throws invalid_dpop_proof, use_dpop_nonce */
async function readSender(context: FaceContext, client: Client): Promise<Sender> {
  const { as } = context.env
  const proof = readProof(context)
  if (proof === null) return { confirmation: boundCertificate(as, client), spends: [] }
  const { confirmation, spending } = await proveKey(as, client, proof)
  return { confirmation, spends: [spending] }
}

/** RFC 6749 5.1, RFC 8693 2.2.1, RFC 9396 7, RFC 9449 5, OpenID Connect Core 3.1.3.3. */
const tokenResponse = (
  { authorizationDetails = [], ...issued }: Issued,
  confirmation: Confirmation | undefined,
) => ({
  access_token: issued.accessToken,
  token_type: tokenTypeOf(confirmation),
  ...(issued.issuedTokenType === undefined ? {} : { issued_token_type: issued.issuedTokenType }),
  expires_in: issued.expiresIn,
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  ...(issued.idToken === undefined ? {} : { id_token: issued.idToken }),
  ...(issued.scope.length === 0 ? {} : { scope: issued.scope.join(' ') }),
  ...(authorizationDetails.length === 0 ? {} : { authorization_details: authorizationDetails }),
})
