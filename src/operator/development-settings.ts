// The worker's settings as `npm start` knows them: which names it lets through from its own
// environment, and what it turns on when nobody says otherwise.

/** Every setting of the worker (src/core/settings.ts); the process environment does not reach it by itself. */
export const settingNames = [
  'ISSUER',
  'DEVELOPMENT',
  'HSTS',
  'REQUEST_LOG',
  'DEVELOPMENT_ISSUER',
  'ADMIN_TOKEN',
  'MASTER_KEY',
  'DIALECTS',
  'TURNSTILE_CLIENT',
  'CMS_CLIENT',
  'CMS_TELLS_UNKNOWN_USERS',
  'OAUTH_ALLOWED_HOSTS',
  'INSECURE_LOOPBACK_PROVIDERS',
  'AUTHORIZATION_CODE_LIFETIME',
  'ACCESS_TOKEN_LIFETIME',
  'REFRESH_TOKEN_LIFETIME',
  'REFRESH_TOKEN_IDLE_LIFETIME',
  'REFRESH_TOKEN_GRACE',
  'SESSION_LIFETIME',
  'SESSION_IDLE_LIFETIME',
  'INTERACTION_LIFETIME',
  'CLIENT_CACHE_LIFETIME',
  'PASSWORD_TRIES_PER_ACCOUNT',
  'PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE',
  'PASSWORD_TRIES_PER_ADDRESS',
  'PASSWORD_TRIES_WINDOW',
  'SIGNING_KEY_LIFETIME',
  'JWKS_MAX_AGE',
  'SECURITY_CONTACT',
  'BRAND_NAME',
  'BRAND_LOGO_URL',
  'BRAND_ACCENT',
] as const

/** What `npm start` sets unless the environment or the secrets file does. */
export const developmentSettings = {
  DEVELOPMENT: 'true',
  DIALECTS: 'turnstile,traffic-ops,comic-clan,cms,korap',
  TURNSTILE_CLIENT: 'c64',
  CMS_CLIENT: 'cms',
  INSECURE_LOOPBACK_PROVIDERS: 'true',
  // A test run signs in from one address all the time; guessing at one account stays limited.
  PASSWORD_TRIES_PER_ACCOUNT: '25',
  PASSWORD_TRIES_PER_ADDRESS: '100000',
} as const

/** The settings that are set in `environment`, the empty ones too. */
export function givenSettings(
  environment: Record<string, string | undefined>,
): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of settingNames) {
    const value = environment[name]
    if (value !== undefined) given[name] = value
  }
  return given
}

/**
 * The settings with ISSUER as the issuer of development. The worker does not read ISSUER there: the
 * one in wrangler.toml belongs to the deployment.
 */
export function withDevelopmentIssuer(settings: Record<string, string>): Record<string, string> {
  const { DEVELOPMENT, DEVELOPMENT_ISSUER, ISSUER } = settings
  if (DEVELOPMENT !== 'true' || DEVELOPMENT_ISSUER || !ISSUER) return settings
  return { ...settings, DEVELOPMENT_ISSUER: ISSUER }
}
