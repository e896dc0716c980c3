// The worker's settings for `npm start`: which names it passes on from its environment, and its
// defaults.
import { settingNames } from '../dialects/configuration.ts'
import { dialects } from '../dialects/dialects.ts'

/** What `npm start` sets unless the environment or the secrets file does. */
export const developmentSettings: Readonly<Record<string, string>> = {
  DEVELOPMENT: 'true',
  DIALECTS: dialects.map(({ name }) => name).join(','),
  ...Object.fromEntries(dialects.flatMap(({ demo }) => Object.entries(demo.settings))),
  INSECURE_LOOPBACK_PROVIDERS: 'true',
  // Test runs sign in from one address. Password guessing on one account stays limited.
  PASSWORD_TRIES_PER_ACCOUNT: '25',
  PASSWORD_TRIES_PER_ADDRESS: '100000',
}

/**
 * Returns where mails go unless the settings say it: into the box of `npm start`, or to the console if
 * it has none.
 */
export const mailSettings = (
  box: { smtpUrl: string } | null,
  { SMTP_URL }: Record<string, string>,
): Record<string, string> => ({
  MAIL: box === null && !SMTP_URL ? 'log' : 'smtp',
  ...(box === null ? {} : { SMTP_URL: box.smtpUrl }),
  MAIL_FROM: 'no-reply@postern.example',
  // Test runs ask for mails from one address. Mails to one address stay limited.
  MAILS_PER_CLIENT_ADDRESS: '100000',
  MAILS_PER_HOUR: '100000',
})

/**
 * Returns the worker's settings in `environment`, including empty ones. No other variable reaches
 * the worker.
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
 * Returns the settings with ISSUER as DEVELOPMENT_ISSUER. In development the worker does not read
 * ISSUER, because the one in wrangler.toml belongs to the deployment.
 */
export function withDevelopmentIssuer(settings: Record<string, string>): Record<string, string> {
  const { DEVELOPMENT, DEVELOPMENT_ISSUER, ISSUER } = settings
  if (DEVELOPMENT !== 'true' || DEVELOPMENT_ISSUER || !ISSUER) return settings
  return { ...settings, DEVELOPMENT_ISSUER: ISSUER }
}
