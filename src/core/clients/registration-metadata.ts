// Metadata that a client says of itself, in a registration (RFC 7591) or in a document (CIMD). It is
// read more leniently than what an operator sends: clients register for every server that they may
// meet, and nobody is there to mend a typo.
import { utf8 } from '../../crypto/encoding.ts'
import {
  type ClientMetadata,
  type GrantType,
  type RegisteredMetadata,
  clientMetadata,
  contradictionIn,
  grantTypes,
  registerMetadata,
  responseTypes,
} from './metadata.ts'
import { defaultSigningAlgorithm, isFapi2 } from './profile.ts'
import { levelOfAcr } from '../../protocol/acr.ts'
import * as v from '../../protocol/schema.ts'

/**
 * The members that a client may say of itself. What is not listed is ignored, Postern's own members
 * most of all: a client cannot declare itself trusted.
 */
const ownMembers: readonly (keyof ClientMetadata)[] = [
  'client_name',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'software_id',
  'software_version',
  'application_type',
  'redirect_uris',
  'post_logout_redirect_uris',
  'response_types',
  'grant_types',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'scope',
  'default_max_age',
  'default_acr_values',
  'require_auth_time',
  'subject_type',
  'sector_identifier_uri',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'request_object_signing_alg',
  'require_signed_request_object',
  'authorization_signed_response_alg',
  'introspection_signed_response_alg',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'jwks',
  'jwks_uri',
  'dpop_bound_access_tokens',
  'initiate_login_uri',
]

/** A client has that many redirect URIs at most, of each kind. */
const mostRedirectUris = 10

/** Bytes of the metadata at most. */
const longestMetadata = 8 * 1024

/**
 * The grant types of a client that speaks for itself. It is never trusted with passwords, and nobody
 * has listed it among the clients whose assertions count.
 */
export const selfDescribedGrantTypes: readonly GrantType[] = grantTypes.filter(
  (grantType) =>
    grantType !== 'password' && grantType !== 'urn:ietf:params:oauth:grant-type:jwt-bearer',
)

/** What is wrong with which member; '' = with the whole. */
export type MetadataFault = { field: string; fault: string }

/**
 * Reads the metadata that a client says of itself. Unknown members and members of the operator's are
 * ignored ("the authorization server MUST ignore any client metadata ... that it does not understand",
 * RFC 7591 2), so are grant types and response types that are not offered here. A member that is null
 * or an empty string counts as absent (RFC 7592 2.2). Known members with a bad value are a fault.
 * @param offered the grant types that the client may get
 */
export function readSelfDescription(
  document: Readonly<Record<string, unknown>>,
  offered: readonly GrantType[] = selfDescribedGrantTypes,
): { metadata: RegisteredMetadata } | MetadataFault {
  const sent = Object.fromEntries(
    ownMembers.flatMap((name) => {
      const value = offeredOf(document[name], name, offered)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  if (utf8(JSON.stringify(sent)).byteLength > longestMetadata) {
    return { field: '', fault: `the metadata must have at most ${longestMetadata} bytes` }
  }
  const parsed = v.safeParse(clientMetadata(), sent)
  if (!parsed.success) {
    const [issue] = parsed.issues
    return { field: v.fieldOf(issue), fault: issue.message }
  }
  return register(parsed.output, document.response_types)
}

/**
 * Returns the value of a member, without what is not offered here; undefined = as if it were absent.
 */
function offeredOf(value: unknown, name: string, offered: readonly GrantType[]): unknown {
  if (value === null || value === '') return undefined
  if (!Array.isArray(value)) return value
  if (name === 'response_types') return intersection(value, responseTypes)
  // Of no effect here are classes of other servers; what is left keeps its order.
  if (name === 'default_acr_values') return value.filter((acr) => levelOfAcr(acr) !== undefined)
  if (name !== 'grant_types') return value
  const left = intersection(value, offered)
  // "The authorization server MAY reject or replace any of the client's requested metadata values"
  // (RFC 7591 2): the default is of more use than a client that can do nothing.
  return left.length === 0 ? undefined : left
}

const intersection = (values: readonly unknown[], known: readonly string[]): string[] =>
  known.filter((word) => values.includes(word))

function register(
  sent: ClientMetadata,
  asked: unknown,
): { metadata: RegisteredMetadata } | MetadataFault {
  for (const field of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    if ((sent[field]?.length ?? 0) > mostRedirectUris) {
      return { field, fault: `must have at most ${mostRedirectUris} entries` }
    }
  }
  const { grant_types: registered = ['authorization_code'] } = sent
  const usesCode = registered.includes('authorization_code')
  const { response_types: left = [] } = sent
  // RFC 7591 2.1: `code` and `authorization_code` go together.
  if (left.length > 0 && !usesCode) {
    return { field: 'response_types', fault: 'code needs the grant type authorization_code' }
  }
  if (left.length === 0 && Array.isArray(asked) && asked.length > 0) {
    return { field: 'response_types', fault: `must contain ${responseTypes.join(' or ')}` }
  }
  return registerMetadata({
    ...sent,
    response_types: usesCode ? [...responseTypes] : [],
    // Tokens of others are none of its business: nobody vouches for the client.
    introspection: 'own',
  })
}

/**
 * Returns what a client says of itself now, with the members that an operator gave it: its own words
 * never change those. A fault is a contradiction between the two, such as a public client with the
 * profile fapi2.
 */
export function withMembersOfOperator(
  described: RegisteredMetadata,
  before: RegisteredMetadata,
): { metadata: RegisteredMetadata } | MetadataFault {
  const ofOperator = Object.entries(before).filter(
    ([name]) => !ownMembers.some((own) => own === name) && !ownFacts.includes(name),
  )
  const merged = { ...described, ...Object.fromEntries(ofOperator) }
  const { id_token_signed_response_alg: alg } = merged
  const metadata = {
    ...merged,
    // The client's words have a default that knows no profile.
    id_token_signed_response_alg: isFapi2({ metadata: merged })
      ? defaultSigningAlgorithm(merged)
      : alg,
  }
  return contradictionIn(metadata) ?? { metadata }
}

/** What follows from the words of a client although `ownMembers` does not have it. */
const ownFacts = ['token_endpoint_auth_methods_supported', 'token_endpoint_auth_method_named']

/** The metadata of a client as it may say them of itself, with every default. */
export const selfDescriptionOf = (metadata: RegisteredMetadata): Partial<RegisteredMetadata> =>
  Object.fromEntries(
    ownMembers.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name]]])),
  )
