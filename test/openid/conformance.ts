// The modules of the OpenID Foundation's certification plans that Postern is built to pass, and what
// the tests of the same names show of each. The README's table is made of this.

/** `passes` = its required outcome is reproduced; `skips` = the suite asks for nothing here. */
export type Outcome = 'passes' | 'skips'

export type Module = { name: string; outcome: Outcome; shows: string }

export type Plan = { plan: string; title: string; file: string; modules: readonly Module[] }

const passes = (name: string, shows: string): Module => ({ name, outcome: 'passes', shows })
const skips = (name: string, shows: string): Module => ({ name, outcome: 'skips', shows })

export const plans: readonly Plan[] = [
  {
    plan: 'oidcc-basic-certification-test-plan',
    title: 'Basic OP',
    file: 'basic.test.ts',
    modules: [
      passes('oidcc-server', 'code, tokens, ID token and userinfo'),
      passes('oidcc-response-type-missing', 'invalid_request at the client'),
      passes('oidcc-idtoken-signature', 'RS256 by default, its key in the JWKS once'),
      skips('oidcc-idtoken-unsigned', 'no unsigned ID tokens; discovery lists none'),
      passes('oidcc-userinfo-get', 'GET, token in the header'),
      passes('oidcc-userinfo-post-header', 'POST, token in the header'),
      passes('oidcc-userinfo-post-body', 'POST, token in the body'),
      passes(
        'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
        'a code; no nonce in the ID token',
      ),
      passes('oidcc-scope-profile', 'the claims of the scope'),
      passes('oidcc-scope-email', 'the claims of the scope'),
      passes('oidcc-scope-address', 'the claims of the scope'),
      passes('oidcc-scope-phone', 'the claims of the scope'),
      passes('oidcc-scope-all', 'the claims of all scopes'),
      passes('oidcc-alternate-happy-flow', 'scopes and parameters in any order'),
      passes('oidcc-display-page', 'no error'),
      passes('oidcc-display-popup', 'no error, and the popup keeps its opener'),
      passes('oidcc-prompt-login', 'password asked again, later auth_time'),
      passes('oidcc-prompt-none-not-logged-in', 'login_required, no page'),
      passes('oidcc-prompt-none-logged-in', 'same sub and auth_time, no page'),
      passes('oidcc-max-age-1', 'password asked again, later auth_time'),
      passes('oidcc-max-age-10000', 'not asked, same auth_time'),
      passes('oidcc-ensure-request-with-unknown-parameter-succeeds', 'ignored'),
      passes('oidcc-id-token-hint', 'with prompt=none the same sub'),
      passes('oidcc-login-hint', 'no error, the username filled in'),
      passes('oidcc-ui-locales', 'no error, spoken where we have it'),
      passes('oidcc-claims-locales', 'no error'),
      passes('oidcc-ensure-request-with-acr-values-succeeds', 'no error, acr in the ID token'),
      passes('oidcc-codereuse', 'invalid_grant, and the first tokens end'),
      passes('oidcc-codereuse-30seconds', 'the same after 30 seconds'),
      passes('oidcc-ensure-registered-redirect-uri', 'error page, no redirect'),
      passes('oidcc-ensure-post-request-succeeds', 'the request as a form'),
      passes('oidcc-server-client-secret-post', 'the same with client_secret_post'),
      passes(
        'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
        'request_uri_not_supported',
      ),
      passes(
        'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
        'request_not_supported',
      ),
      passes('oidcc-claims-essential', 'the claim in userinfo, without its scope'),
      passes('oidcc-ensure-request-object-with-redirect-uri', 'never followed'),
      passes('oidcc-refresh-token', 'same iss, sub, aud, auth_time; bound to its client'),
      passes('oidcc-ensure-request-with-valid-pkce-succeeds', 'S256'),
    ],
  },
  {
    plan: 'oidcc-config-certification-test-plan',
    title: 'Config OP',
    file: 'config.test.ts',
    modules: [passes('oidcc-discovery-endpoint-verification', 'complete, https, and true')],
  },
  {
    plan: 'oidcc-rp-initiated-logout-certification-test-plan',
    title: 'RP-Initiated Logout OP',
    file: 'rp-initiated-logout.test.ts',
    modules: [
      passes('oidcc-rp-initiated-logout-discovery-endpoint-verification', 'end_session_endpoint'),
      passes('oidcc-rp-initiated-logout', 'signed out, back with state'),
      passes('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', 'error page, no redirect'),
      passes('oidcc-rp-initiated-logout-modified-id-token-hint', 'error page, no redirect'),
      passes('oidcc-rp-initiated-logout-no-id-token-hint', 'error page, no redirect'),
      passes('oidcc-rp-initiated-logout-no-params', 'asked, signed out, told so'),
      passes('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', 'signed out, told so'),
      passes('oidcc-rp-initiated-logout-no-state', 'signed out, back without state'),
      passes('oidcc-rp-initiated-logout-only-state', 'asked, signed out, told so'),
      passes(
        'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
        'error page, no redirect',
      ),
      passes('oidcc-rp-initiated-logout-bad-id-token-hint', 'error page, no redirect'),
    ],
  },
  {
    plan: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    title: 'Back-Channel Logout OP',
    file: 'back-channel-logout.test.ts',
    modules: [
      passes(
        'oidcc-backchannel-logout-discovery-endpoint-verification',
        'announced, with sessions',
      ),
      passes('oidcc-backchannel-rp-initiated-logout', 'a logout token, then back with state'),
    ],
  },
]

/** The table in Markdown: a line a module. */
export function conformanceTable(): string {
  const rows = plans.flatMap(({ title, modules }) =>
    modules.map(({ name, outcome, shows }) => `| ${title} | \`${name}\` | ${outcome} | ${shows} |`),
  )
  return ['| plan | module | result | shown |', '|---|---|---|---|', ...rows].join('\n')
}
