// The pushed authorization request endpoint. RFC 9126 2.
import { pushRequest } from '../core/authorization/pushed-request.ts'
import { type DocumentChange, findAskingClient } from '../core/clients/asking-client.ts'
import { type FindClient, isConfidential } from '../core/clients/authentication.ts'
import type { Client } from '../core/clients/storage.ts'
import { spendEvenIfRefused } from '../core/server/spending.ts'
import { proveKey } from '../core/tokens/proof.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readProof } from '../http/proof.ts'
import { isRepeatable } from '../protocol/parameters.ts'
import { readClientRequest } from './client-request.ts'
import { renderTokenError } from './error.ts'

export const pushedRequestEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  takesProofs: true,
  endpoints: [
    {
      path: '/oauth2/par',
      metadata: 'pushed_authorization_request_endpoint',
      handlers: { POST: push },
    },
  ],
}

async function push(context: FaceContext): Promise<Response> {
  const { as } = context.env
  let documentChange: DocumentChange = 'none'
  // A client that nobody has consented to yet may push its first request (CIMD draft-02 3).
  const findDescribedClient: FindClient = async (_as, id) => {
    const asking = await findAskingClient(as, id)
    documentChange = asking.documentChange
    return asking.client
  }
  const request = await readClientRequest(
    context,
    { mayRepeat: isRepeatable },
    undefined,
    findDescribedClient,
  )
  const { client, parameters } = request
  const isProved = isConfidential(client) || request.spends.length > 0
  const mayWrite = isProved && !isOtherIdentity(documentChange)
  const spentIfRefused = mayWrite ? request.spends : []
  const { requestUri, expiresIn } = await spendEvenIfRefused(as, spentIfRefused, async () => {
    const proved = await readKey(context, client)
    return pushRequest(as, client, parameters, {
      confirmation: proved?.confirmation,
      mayWrite,
      spends: [...request.spends, ...(proved === null ? [] : [proved.spending])],
    })
  })
  return context.json({ request_uri: requestUri, expires_in: expiresIn }, 201, noStore)
}

/** Returns whether nobody has agreed to the client as its document describes it. */
const isOtherIdentity = (change: DocumentChange): boolean => change === 'identity'

/**
 * Returns the key that the request proves; null = it has no proof.
 * @throws invalid_dpop_proof, use_dpop_nonce
 */
async function readKey(context: FaceContext, client: Client) {
  const proof = readProof(context)
  return proof === null ? null : proveKey(context.env.as, client, proof)
}
