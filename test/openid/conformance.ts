// The modules of the OpenID Foundation's certification plans that Postern is built to pass, and what
// the tests of the same names show of each. The table of test/README.md says the same.

/** Our own run of what a module does; the suite itself has not been run. */
type Outcome = 'reproduced' | 'does not apply'

export type Module = { name: string; outcome: Outcome; shows: string }

export type Plan = { plan: string; title: string; file: string; modules: readonly Module[] }

const reproduced = (name: string, shows: string): Module => ({ name, outcome: 'reproduced', shows })
const notApplicable = (name: string, shows: string): Module => ({
  name,
  outcome: 'does not apply',
  shows,
})

export const plans: readonly Plan[] = [
  {
    plan: 'oidcc-basic-certification-test-plan',
    title: 'Basic OP',
    file: 'basic.test.ts',
    modules: [
      reproduced('oidcc-server', 'code, tokens, ID token and userinfo'),
      reproduced('oidcc-response-type-missing', 'invalid_request at the client'),
      reproduced('oidcc-idtoken-signature', 'RS256 by default, its key in the JWKS once'),
      notApplicable('oidcc-idtoken-unsigned', 'no unsigned ID tokens; discovery lists none'),
      reproduced('oidcc-userinfo-get', 'GET, token in the header'),
      reproduced('oidcc-userinfo-post-header', 'POST, token in the header'),
      reproduced('oidcc-userinfo-post-body', 'POST, token in the body'),
      reproduced(
        'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
        'a code; no nonce in the ID token',
      ),
      reproduced('oidcc-scope-profile', 'the claims of the scope'),
      reproduced('oidcc-scope-email', 'the claims of the scope'),
      reproduced('oidcc-scope-address', 'the claims of the scope'),
      reproduced('oidcc-scope-phone', 'the claims of the scope'),
      reproduced('oidcc-scope-all', 'the claims of all scopes'),
      reproduced('oidcc-alternate-happy-flow', 'scopes and parameters in any order'),
      reproduced('oidcc-display-page', 'no error'),
      reproduced('oidcc-display-popup', 'no error, and the popup keeps its opener'),
      reproduced('oidcc-prompt-login', 'password asked again, later auth_time'),
      reproduced('oidcc-prompt-none-not-logged-in', 'login_required, no page'),
      reproduced('oidcc-prompt-none-logged-in', 'same sub and auth_time, no page'),
      reproduced('oidcc-max-age-1', 'password asked again, later auth_time'),
      reproduced('oidcc-max-age-10000', 'not asked, same auth_time'),
      reproduced('oidcc-ensure-request-with-unknown-parameter-succeeds', 'ignored'),
      reproduced('oidcc-id-token-hint', 'with prompt=none the same sub'),
      reproduced('oidcc-login-hint', 'no error, the username filled in'),
      reproduced('oidcc-ui-locales', 'no error, spoken where we have it'),
      reproduced('oidcc-claims-locales', 'no error'),
      reproduced('oidcc-ensure-request-with-acr-values-succeeds', 'no error, acr in the ID token'),
      reproduced('oidcc-codereuse', 'invalid_grant, and the first tokens end'),
      reproduced('oidcc-codereuse-30seconds', 'the same after 30 seconds'),
      reproduced('oidcc-ensure-registered-redirect-uri', 'error page, no redirect'),
      reproduced('oidcc-ensure-post-request-succeeds', 'the request as a form'),
      reproduced('oidcc-server-client-secret-post', 'the same with client_secret_post'),
      reproduced(
        'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
        'request_uri_not_supported',
      ),
      reproduced(
        'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
        'request_not_supported',
      ),
      reproduced('oidcc-claims-essential', 'the claim in userinfo, without its scope'),
      reproduced('oidcc-ensure-request-object-with-redirect-uri', 'never followed'),
      reproduced('oidcc-refresh-token', 'same iss, sub, aud, auth_time; bound to its client'),
      reproduced('oidcc-ensure-request-with-valid-pkce-succeeds', 'S256'),
    ],
  },
  {
    plan: 'oidcc-config-certification-test-plan',
    title: 'Config OP',
    file: 'config.test.ts',
    modules: [reproduced('oidcc-discovery-endpoint-verification', 'complete, https, and true')],
  },
  {
    plan: 'oidcc-rp-initiated-logout-certification-test-plan',
    title: 'RP-Initiated Logout OP',
    file: 'rp-initiated-logout.test.ts',
    modules: [
      reproduced(
        'oidcc-rp-initiated-logout-discovery-endpoint-verification',
        'end_session_endpoint',
      ),
      reproduced('oidcc-rp-initiated-logout', 'signed out, back with state'),
      reproduced(
        'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
        'error page, no redirect',
      ),
      reproduced('oidcc-rp-initiated-logout-modified-id-token-hint', 'error page, no redirect'),
      reproduced('oidcc-rp-initiated-logout-no-id-token-hint', 'error page, no redirect'),
      reproduced('oidcc-rp-initiated-logout-no-params', 'asked, signed out, told so'),
      reproduced('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', 'signed out, told so'),
      reproduced('oidcc-rp-initiated-logout-no-state', 'signed out, back without state'),
      reproduced('oidcc-rp-initiated-logout-only-state', 'asked, signed out, told so'),
      reproduced(
        'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
        'error page, no redirect',
      ),
      reproduced('oidcc-rp-initiated-logout-bad-id-token-hint', 'error page, no redirect'),
    ],
  },
  {
    plan: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    title: 'Back-Channel Logout OP',
    file: 'back-channel-logout.test.ts',
    modules: [
      reproduced(
        'oidcc-backchannel-logout-discovery-endpoint-verification',
        'announced, with sessions',
      ),
      reproduced('oidcc-backchannel-rp-initiated-logout', 'a logout token, then back with state'),
    ],
  },
]

/** The table in Markdown: one line per module. */
export function conformanceTable(): string {
  const rows = plans.flatMap(({ title, modules }) =>
    modules.map(({ name, outcome, shows }) => `| ${title} | \`${name}\` | ${outcome} | ${shows} |`),
  )
  return ['| plan | module | result | shown |', '|---|---|---|---|', ...rows].join('\n')
}
