// `private_key_jwt`: an assertion that the client signs. RFC 7521 4.2, RFC 7523 2.2 and 3, RFC 10070,
// OpenID Connect Core 9.
import { unprovedClaims } from '../../../crypto/foreign-token.ts'
import { invalidClient } from '../../../protocol/error.ts'
import { proveByAssertion } from '../assertion.ts'
import { type ClientMethod, methodsOf } from './method.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const privateKeyJwt: ClientMethod<'private_key_jwt'> = {
  name: 'private_key_jwt',
  sharesSecret: false,
  read: ({ parameters }) => {
    const assertion = parameters.get('client_assertion')
    const type = parameters.get('client_assertion_type')
    if (assertion === undefined && type === undefined) return null
    if (type !== assertionType) throw refused('the client_assertion_type is not supported')
    if (assertion === undefined) throw refused('the client_assertion is missing')
    // Whose keys to ask: `prove` believes it only once one of them has signed it.
    const claimed = unprovedClaims(assertion)?.sub
    if (typeof claimed !== 'string') throw refused('the client_assertion has no sub claim')
    const named = parameters.get('client_id')
    // "the value of the client_id parameter MUST identify the same client as is identified by the
    // client assertion." RFC 7521 4.2
    if (named !== undefined && named !== claimed) {
      throw refused('the client_id is not the sub claim of the client_assertion')
    }
    return { clientId: claimed, clientSecret: undefined, assertion }
  },
  prove: async (client, { assertion }, as) =>
    client === null ||
    assertion === undefined ||
    !methodsOf(client.metadata).includes('private_key_jwt')
      ? null
      : proveByAssertion(as, client, assertion),
}

const refused = (description: string) => invalidClient(description, { reason: 'assertion_wrong' })
