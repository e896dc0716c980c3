// The worker's settings as `npm start` knows them: which names it lets through from its own
// environment, and what it turns on when nobody says otherwise.
import { settingNames } from '../dialects/configuration.ts'
import { dialects } from '../dialects/dialects.ts'

/** What `npm start` sets unless the environment or the secrets file does. */
export const developmentSettings: Readonly<Record<string, string>> = {
  DEVELOPMENT: 'true',
  DIALECTS: dialects.map(({ name }) => name).join(','),
  ...Object.fromEntries(dialects.flatMap(({ demo }) => Object.entries(demo.settings))),
  INSECURE_LOOPBACK_PROVIDERS: 'true',
  // A test run signs in from one address all the time; guessing at one account stays limited.
  PASSWORD_TRIES_PER_ACCOUNT: '25',
  PASSWORD_TRIES_PER_ADDRESS: '100000',
}

/**
 * The settings of the worker that are set in `environment`, the empty ones too. The rest of the
 * environment does not reach the worker.
 */
export function givenSettings(
  environment: Record<string, string | undefined>,
): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of settingNames()) {
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
