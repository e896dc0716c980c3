// Kustvakt's two error formats: OAuth's, with the description first, and its own, a list of [code,
// message, entity].
import type { FaceContext } from '../../http/app.ts'
import {
  wordsFor,
  type ClientReason,
  type CodeReason,
  type CommonErrorCode,
  OAuthError,
  type RefreshReason,
  type SignInReason,
  type TokenErrorCode,
  type Vocabulary,
} from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { answered } from './answer.ts'

/** OAuth's format. Absent members are the core's. */
type WireError = { error?: string; description?: string; status?: number }

/** Kustvakt's own format. Codes from 2001 on are 401, the others 400. */
type KustvaktError = { code: number; message: string | null; entity: string | null }

/** A refusal in Kustvakt's own format. The log does not repeat its message, which may name a user. */
export class KustvaktRefusal extends OAuthError {
  readonly wire: KustvaktError

  constructor(code: number, message: string | null, entity: string | null = '[]') {
    const isUnauthorized = code >= firstUnauthorized
    super(isUnauthorized ? 'invalid_token' : 'invalid_request', `refused with the code ${code}`)
    this.wire = { code, message, entity }
  }
}

const firstUnauthorized = 2001

/** Some refusals repeat what was sent. */
type Words<Error> = (sent: Parameters) => Error

const own = () => ({})
const described = (description: string) => () => ({ description })
const malformed = (description: string) => () => ({
  error: 'invalid_request',
  description,
  status: 400,
})

const thirdParty = 'Password grant is not allowed for third party clients'

const wireErrors = {
  invalid_request: own,
  invalid_client: own,
  invalid_grant: own,
  unauthorized_client: (sent) =>
    sent.get('grant_type') === 'password'
      ? { description: thirdParty, status: 401 }
      : { status: 401 },
  unsupported_grant_type: own,
  invalid_scope: own,
  invalid_target: own,
  too_many_requests: described('Rate limit exceeded'),
  request_too_large: own,
  server_error: own,
  temporarily_unavailable: own,
} satisfies Record<TokenErrorCode | CommonErrorCode, Words<WireError>>

/** Reasons that the wire distinguishes more precisely than the codes. */
const wireReasons = {
  grant_type_unknown: (sent) =>
    malformed(`Invalid or unsupported grant type: ${printable(sent.get('grant_type'))}`)(),
  header_malformed: malformed(
    'Malformed client secret basic authentication (see RFC 6749, section 2.3.1)',
  ),
  client_missing: malformed('Missing parameter: client_id'),
  client_unknown: (sent) => ({
    description: `Unknown client: ${printable(sent.get('client_id'))}`,
  }),
  secret_missing: malformed('Missing parameter: client_secret'),
  secret_wrong: described('Invalid client credentials'),
  scope_wider: (sent) => ({
    description: `Scope ${printable(sent.get('scope'))} is not authorized.`,
  }),
  refresh_unknown: described('Refresh token is not found'),
  refresh_foreign: (sent) => ({
    error: 'invalid_client',
    description: `Client ${printable(sent.get('client_id'))} is not authorized`,
    status: 401,
  }),
  refresh_revoked: described('Refresh token has been revoked'),
  refresh_superseded: described('Refresh token has been revoked'),
  refresh_expired: described('Refresh token is expired'),
  code_unknown: malformed('Authorization is invalid.'),
  code_foreign: described('Invalid authorization'),
  code_used: described('Invalid authorization'),
  verifier_wrong: described('Invalid authorization'),
  code_expired: described('Authorization expired'),
  redirect_uri_missing: described('Missing redirect URI'),
  redirect_uri_different: described('Invalid redirect URI'),
} satisfies Record<
  ClientReason | CodeReason | RefreshReason | 'grant_type_unknown' | 'scope_wider',
  Words<WireError>
>

const vocabulary: Vocabulary<Words<WireError>> = {
  reasons: wireReasons,
  codes: wireErrors,
  rest: own,
}

const wrongPassword: Words<KustvaktError> = (sent) => ({
  code: 2023,
  message: 'LDAP Authentication failed due to unknown user or password!',
  entity: sent.get('username') ?? '[]',
})

const kustvaktVocabulary: Vocabulary<Words<KustvaktError> | null> = {
  reasons: {
    credentials_wrong: wrongPassword,
    user_unknown: wrongPassword,
  } satisfies Record<SignInReason, Words<KustvaktError>>,
  codes: {},
  rest: null,
}

/** Renders a refusal in the format that Kustvakt uses for it. */
export function renderError(refusal: OAuthError, context: FaceContext): Response {
  const sent: Parameters = context.var.parameters ?? new Map()
  if (refusal instanceof KustvaktRefusal) return renderKustvaktError(refusal.wire)
  const kustvakt = wordsFor(kustvaktVocabulary, refusal)
  if (kustvakt !== null) return renderKustvaktError(kustvakt(sent))
  const words = wordsFor(vocabulary, refusal)(sent)
  const { error = refusal.code, description = refusal.description, status = refusal.status } = words
  return renderOAuthError(error, description, status)
}

/** Renders OAuth's format, with the description first. */
export function renderOAuthError(error: string, description: string, status: number): Response {
  const answer = answered(JSON.stringify({ error_description: description, error }), status)
  if (status === 401) answer.headers.set('WWW-Authenticate', 'Basic realm="Kustvakt"')
  return answer
}

/** Renders Kustvakt's own format. */
function renderKustvaktError({ code, message, entity }: KustvaktError): Response {
  const status = code >= firstUnauthorized ? 401 : 400
  const answer = answered(`${JSON.stringify({ errors: [[code, message, entity]] })}\n`, status)
  if (status === 401) {
    answer.headers.append('WWW-Authenticate', 'Basic realm="Kustvakt"')
    answer.headers.append('WWW-Authenticate', 'Bearer realm="Kustvakt"')
  }
  return answer
}

/**
 * Returns a parameter that a service checks for itself.
 * @throws KustvaktRefusal if it is missing
 */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw new KustvaktRefusal(107, `${name} is null`, name)
  return value
}

/** Returns the refusal of a user who may not do this. */
export const unauthorizedUser = (username: string): KustvaktRefusal =>
  new KustvaktRefusal(2010, `Unauthorized operation for user: ${username}`, username)

/** Returns the refusal of a method that a path does not support. */
export const refuseMethod = (): Response =>
  renderOAuthError('invalid_request', 'this endpoint does not support the method', 405)

// An error_description "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E".
// What is as long as a secret may be one, sent in the wrong field, and errors end up in logs.
const printable = (text = ''): string =>
  text
    .replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
    .replace(/[\w-]{40,}/g, '...')
    .slice(0, 200)
