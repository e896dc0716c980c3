// What the FAPI 2.0 Security Profile demands of the registration of a client with `profile: "fapi2"`.
import { isHttps, isLoopbackUri } from '../../protocol/redirect-uri.ts'
import type { ClientMetadata, RegisteredMetadata } from './metadata.ts'
import { clientMethods } from './methods/methods.ts'
import { none } from './methods/none.ts'
import { isFapi2, isFapiAlgorithm } from './profile.ts'

type Rule = {
  field: keyof ClientMetadata
  fault: string
  isMet: (metadata: RegisteredMetadata) => boolean
}

/** Returns whether a method proves a key: it does if client and server share no secret for it. */
const provesKey = (method: string): boolean =>
  clientMethods.some(
    ({ name, sharesSecret }) => name === method && !sharesSecret && name !== none.name,
  )

type AlgorithmMember = Extract<keyof ClientMetadata, `${string}_alg`>

/** Returns the rule that an algorithm, where one is registered, is one of the profile. */
const fapiAlgorithm = (field: AlgorithmMember, fault: string): Rule => ({
  field,
  fault,
  isMet: ({ [field]: alg }) => alg === undefined || isFapiAlgorithm(alg),
})

/** The rules that a registration must meet. FAPI 2.0 5.3.2.1, 5.3.2.2 and 5.4 */
const rules: readonly Rule[] = [
  {
    field: 'token_endpoint_auth_method',
    fault: 'must prove a key, such as private_key_jwt, for the profile fapi2',
    isMet: (metadata) => provesKey(metadata.token_endpoint_auth_method),
  },
  fapiAlgorithm('token_endpoint_auth_signing_alg', 'must not be RS256 for the profile fapi2'),
  {
    field: 'assertion_audience',
    fault: 'must be issuer for the profile fapi2',
    isMet: (metadata) => metadata.assertion_audience !== 'token_endpoint',
  },
  {
    field: 'grant_types',
    fault: 'must not contain password for the profile fapi2',
    isMet: (metadata) => !metadata.grant_types.includes('password'),
  },
  {
    field: 'redirect_uris',
    fault: 'must be https or a loopback address for the profile fapi2',
    isMet: (metadata) => metadata.redirect_uris.every((uri) => isHttps(uri) || isLoopbackUri(uri)),
  },
  {
    field: 'require_pushed_authorization_requests',
    fault: 'must not be false for the profile fapi2',
    isMet: (metadata) => metadata.require_pushed_authorization_requests !== false,
  },
  {
    field: 'require_pkce',
    fault: 'must not be false for the profile fapi2',
    isMet: (metadata) => metadata.require_pkce,
  },
  {
    field: 'refresh_token_rotation',
    fault: 'must not be true for the profile fapi2',
    isMet: (metadata) => metadata.refresh_token_rotation !== true,
  },
  fapiAlgorithm('id_token_signed_response_alg', 'must be ES256 for the profile fapi2'),
  fapiAlgorithm('userinfo_signed_response_alg', 'must be ES256 for the profile fapi2'),
  fapiAlgorithm('authorization_signed_response_alg', 'must be ES256 for the profile fapi2'),
  fapiAlgorithm('introspection_signed_response_alg', 'must be ES256 for the profile fapi2'),
  fapiAlgorithm('request_object_signing_alg', 'must not be RS256 for the profile fapi2'),
]

/** Returns the first member that violates the profile of a registration; null if none does. */
export function profileFault(
  metadata: RegisteredMetadata,
): { field: keyof ClientMetadata; fault: string } | null {
  const broken = isFapi2({ metadata }) ? rules.find(({ isMet }) => !isMet(metadata)) : undefined
  return broken === undefined ? null : { field: broken.field, fault: broken.fault }
}
