// The modules of the OpenID Foundation's fapi2-security-profile-final-test-plan, for private_key_jwt, DPoP
// and OpenID Connect, and what the tests of the same names show of each. The table of test/README.md says
// the same.

const plan = 'fapi2-security-profile-final-'

/** What a module shows, by its name without that of the plan. */
const reproduced = {
  'discovery-end-point-verification': 'what the profile needs is announced',
  'happy-flow': 'push, sign in, code, bound tokens, an ID token of ES256',
  'user-rejects-authentication': 'access_denied at the client',
  'ensure-authorization-request-without-state-success': 'a code without state',
  'ensure-authorization-request-without-nonce-success': 'an ID token without nonce',
  'ensure-authorization-request-with-64-char-nonce-success': 'the nonce whole',
  'ensure-authorization-request-with-long-nonce': 'the nonce whole',
  'ensure-authorization-request-with-long-state': 'the state whole',
  'ensure-other-scope-order-succeeds': 'the scope as it was asked',
  'test-claims-parameter-identity-claims': 'the claim in the ID token',
  'access-token-type-header-case-sensitivity': 'the scheme in any case',
  'check-dpop-proof-nbf-exp': 'they do not count beside iat',
  'ensure-dpopproof-with-iat-10seconds-before-succeeds': 'at PAR, token and userinfo',
  'ensure-dpopproof-with-iat-10seconds-after-succeeds': 'at PAR, token and userinfo',
  'ensure-mismatched-dpop-jkt-fails': 'invalid_request at PAR',
  'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt': 'the code is not burned',
  'ensure-token-endpoint-fails-with-mismatched-dpop-jkt': 'the code is not burned',
  'ensure-dpopproof-at-par-endpoint-binding-success': 'tokens of that key',
  'ensure-dpop-auth-code-binding-success': 'tokens of that key',
  'ensure-different-nonce-inside-and-outside-request-object': 'what was pushed counts',
  'ensure-different-state-inside-and-outside-request-object': 'what was pushed counts',
  'state-only-outside-request-object-not-used': 'a code without state',
  'ensure-request-object-without-redirect-uri-fails': 'invalid_request at PAR',
  'ensure-redirect-uri-in-authorization-request': 'invalid_request at PAR',
  'plain-fapi-tolerate-unregistered-redirect-uri': 'refused, which the module allows',
  'ensure-unsigned-authorization-request-without-using-par-fails': 'invalid_request at the client',
  'ensure-response-type-code-idtoken-fails': 'unsupported_response_type at PAR',
  'ensure-response-type-token-fails': 'unsupported_response_type at PAR',
  'ensure-client-id-in-token-endpoint': 'invalid_client',
  'ensure-holder-of-key-required': 'invalid_dpop_proof without a proof',
  'ensure-authorization-code-is-bound-to-client': 'invalid_grant',
  'attempt-reuse-authorization-code-after-one-second': 'invalid_grant, and the first tokens end',
  'ensure-token-endpoint-fails-with-expired-auth-code': 'after 60 seconds, whatever the setting',
  'ensure-signed-client-assertion-with-RS256-fails':
    'invalid_client, with a key that PS256 may use',
  'ensure-client-assertion-in-token-endpoint': 'nothing else authenticates',
  'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails': 'invalid_client',
  'ensure-client-assertion-with-wrong-aud-fails': 'invalid_client',
  'ensure-client-assertion-with-no-sub-fails': 'invalid_client',
  'dpop-negative-tests': 'the blocks of the module, at userinfo',
  'refresh-token': 'the same refresh token, for its client alone',
  'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds': 'a code after a second look',
  'par-attempt-reuse-request_uri': 'an error page after the code',
  'par-attempt-to-use-expired-request_uri': 'an error page',
  'par-attempt-to-use-request_uri-for-different-client': 'an error page',
  'par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted': 'pushed',
  'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails': 'invalid_client',
  'par-authorization-request-containing-request_uri-form-param': 'invalid_request',
  'par-attempt-invalid-http-method': '405',
  'par-ensure-pkce-required': 'invalid_request at PAR',
  'ensure-pkce-code-verifier-required': 'invalid_grant',
  'incorrect-pkce-code-verifier-rejected': 'invalid_grant',
  'par-plain-pkce-rejected': 'invalid_request at PAR',
  'par-without-duplicate-parameters': 'client_id and request_uri alone',
  'par-test-array-as-audience-fails': 'invalid_client',
  'par-test-par-endpoint-url-as-audience-fails': 'invalid_client',
  'par-test-token-endpoint-url-as-audience-fails': 'invalid_client',
} as const

/** What of the plan cannot be played here, and why. */
const notPlayed = [
  ['the variants `mtls`', 'the local runtime has no TLS, so there are no certificates of clients'],
  [
    'the variants of signed requests and answers',
    'of FAPI 2.0 Message Signing, not of the profile: see `message-signing.test.ts`',
  ],
  ['`ensure-registered-redirect-uri`', 'for the profiles of Brazil and Australia alone'],
  ['the screenshots that people upload', 'the text of each error page is compared instead'],
  ['Grant Management, Open Banking, ConnectID, CDR, KSA, CBUAE', 'other profiles'],
] as const

export const moduleNames: readonly string[] = Object.keys(reproduced).map((name) => plan + name)

/** The table in Markdown: a line for each module and one for what is not played. */
export function moduleTable(files: Readonly<Record<string, readonly string[]>>): string {
  const fileOf = (module: string): string =>
    Object.keys(files).find((file) => files[file]?.includes(module)) ?? 'nowhere'
  const rows = Object.entries(reproduced).map(
    ([name, shows]) => `| \`${name}\` | \`${fileOf(plan + name)}\` | reproduced | ${shows} |`,
  )
  const others = notPlayed.map(([what, why]) => `| ${what} | - | not played | ${why} |`)
  return ['| module | test | result | shown |', '|---|---|---|---|', ...rows, ...others].join('\n')
}
