// Settings: strings of the environment, parsed once. Every fault is reported at once, by name, and
// a worker with a fault answers 503 rather than run half configured.
import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { fromBase64url } from '../crypto/encoding.ts'
import type { MasterKey } from '../crypto/key-ring.ts'

/** The faces beside the standard one. */
export const dialects = ['turnstile', 'traffic-ops', 'comic-clan', 'cms', 'korap'] as const

// zod/mini brings no words along: these are for the faults here and in the admin interface.
z.config(en())

/** Whole seconds as text, within bounds. Empty = not set, and never 0, which turns things off. */
const seconds = (fallback: number, least: number, most: number) =>
  z.pipe(
    z.transform((text: unknown) => (text === '' ? undefined : text)),
    z._default(z.coerce.number().check(z.int(), z.minimum(least), z.maximum(most)), fallback),
  )

const count = (fallback: number) => seconds(fallback, 1, 1_000_000)

const flag = z.pipe(
  z._default(z.enum(['true', 'false', '']), 'false'),
  z.transform((text) => text === 'true'),
)

const list = z.pipe(
  z._default(z.string(), ''),
  z.transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  ),
)

const optionalText = z.pipe(
  z.optional(z.string()),
  z.transform((text) => (text === '' ? undefined : text)),
)

const masterKeys = z.pipe(z.string(), z.transform(readMasterKeys))

function readMasterKeys(
  text: string,
  { issues }: z.core.ParsePayload,
): [MasterKey, ...MasterKey[]] {
  const keys: MasterKey[] = []
  for (const entry of text.split(',')) {
    const match = /^([\w-]{1,32}):([\w-]{43})$/.exec(entry.trim())
    const bytes = match?.[2] === undefined ? null : fromBase64url(match[2])
    if (match?.[1] === undefined || bytes === null || bytes.byteLength !== 32) {
      const message = 'must be id:key,... of 32 bytes in base64url each'
      issues.push({ code: 'custom', input: text, message })
      return z.NEVER
    }
    keys.push({ id: match[1], bytes })
  }
  const [first, ...rest] = keys
  if (first === undefined || new Set(keys.map((key) => key.id)).size !== keys.length) {
    issues.push({ code: 'custom', input: text, message: 'must name each key once' })
    return z.NEVER
  }
  return [first, ...rest]
}

const schema = z
  .object({
    /** The issuer; https, exact, without trailing slash. Unused in development. */
    ISSUER: optionalText,
    DEVELOPMENT: flag,
    ADMIN_TOKEN: z.string().check(z.minLength(1, 'is required')),
    MASTER_KEY: masterKeys,
    DIALECTS: z.pipe(list, z.array(z.enum(dialects))),
    TURNSTILE_CLIENT: optionalText,
    CMS_CLIENT: optionalText,
    /** The CMS's document tells whether a login exists; `false` answers wrong_password instead. */
    CMS_TELLS_UNKNOWN_USERS: z.pipe(
      z._default(z.enum(['true', 'false']), 'true'),
      z.transform((text) => text === 'true'),
    ),
    OAUTH_ALLOWED_HOSTS: list,
    /** Providers on plain http loopback addresses; development only. */
    INSECURE_LOOPBACK_PROVIDERS: flag,
    AUTHORIZATION_CODE_LIFETIME: seconds(60, 10, 600),
    ACCESS_TOKEN_LIFETIME: seconds(600, 5, 31_536_000),
    REFRESH_TOKEN_LIFETIME: seconds(7_776_000, 60, 31_536_000),
    REFRESH_TOKEN_IDLE_LIFETIME: seconds(2_592_000, 60, 31_536_000),
    REFRESH_TOKEN_GRACE: seconds(30, 0, 300),
    SESSION_LIFETIME: seconds(1_209_600, 60, 31_536_000),
    SESSION_IDLE_LIFETIME: seconds(86_400, 60, 31_536_000),
    INTERACTION_LIFETIME: seconds(1_800, 30, 86_400),
    /** How long an isolate may go on with a client it has read; 0 = not at all. */
    CLIENT_CACHE_LIFETIME: seconds(10, 0, 10),
    PASSWORD_TRIES_PER_ACCOUNT: count(10),
    PASSWORD_TRIES_PER_ADDRESS: count(100),
    PASSWORD_TRIES_WINDOW: seconds(900, 1, 86_400),
    /** The age at which cron makes the successor of a signing key. */
    SIGNING_KEY_LIFETIME: seconds(7_776_000, 3_600, 315_360_000),
    JWKS_MAX_AGE: seconds(300, 0, 86_400),
    BRAND_NAME: z._default(z.string().check(z.minLength(1), z.maxLength(60)), 'Postern'),
    BRAND_LOGO_URL: optionalText.check(
      z.refine(
        (url) => url === undefined || (URL.canParse(url) && new URL(url).protocol === 'https:'),
        'must be an https URL',
      ),
    ),
    BRAND_ACCENT: z.optional(
      z.string().check(z.regex(/^#[0-9a-f]{6}$/i, 'must be a colour like #1f5f8b')),
    ),
  })
  .check(
    z.superRefine((settings, context) => {
      if (settings.DEVELOPMENT) return
      if (settings.ADMIN_TOKEN.length < 32) {
        const message = 'must have at least 32 characters'
        context.addIssue({ code: 'custom', path: ['ADMIN_TOKEN'], message })
      }
      const fault = issuerFault(settings.ISSUER)
      if (fault !== null) context.addIssue({ code: 'custom', path: ['ISSUER'], message: fault })
      if (settings.INSECURE_LOOPBACK_PROVIDERS) {
        const message = 'is for development only'
        context.addIssue({ code: 'custom', path: ['INSECURE_LOOPBACK_PROVIDERS'], message })
      }
    }),
  )

/** Lifetimes and windows are whole seconds. */
export type Settings = ReturnType<typeof shape>

/** The settings, or every fault by the name of its setting. */
export type SettingsOutcome = { settings: Settings } | { faults: string[] }

/** Reads the settings out of the environment's strings (other bindings are ignored). */
export function readSettings(environment: object): SettingsOutcome {
  const outcome = schema.safeParse(environment)
  if (outcome.success) return { settings: shape(outcome.data) }
  return {
    faults: outcome.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  }
}

function shape(parsed: z.infer<typeof schema>) {
  return {
    issuer: parsed.DEVELOPMENT ? undefined : parsed.ISSUER,
    development: parsed.DEVELOPMENT,
    adminToken: parsed.ADMIN_TOKEN,
    masterKeys: parsed.MASTER_KEY,
    dialects: parsed.DIALECTS,
    turnstileClient: parsed.TURNSTILE_CLIENT,
    cmsClient: parsed.CMS_CLIENT,
    cmsTellsUnknownUsers: parsed.CMS_TELLS_UNKNOWN_USERS,
    allowedProviderHosts: parsed.OAUTH_ALLOWED_HOSTS,
    insecureLoopbackProviders: parsed.INSECURE_LOOPBACK_PROVIDERS,
    lifetimes: {
      authorizationCode: parsed.AUTHORIZATION_CODE_LIFETIME,
      accessToken: parsed.ACCESS_TOKEN_LIFETIME,
      refreshToken: parsed.REFRESH_TOKEN_LIFETIME,
      refreshTokenIdle: parsed.REFRESH_TOKEN_IDLE_LIFETIME,
      refreshTokenGrace: parsed.REFRESH_TOKEN_GRACE,
      session: parsed.SESSION_LIFETIME,
      sessionIdle: parsed.SESSION_IDLE_LIFETIME,
      interaction: parsed.INTERACTION_LIFETIME,
      clientCache: parsed.CLIENT_CACHE_LIFETIME,
      signingKey: parsed.SIGNING_KEY_LIFETIME,
      jwksMaxAge: parsed.JWKS_MAX_AGE,
    },
    passwordTries: {
      perAccount: parsed.PASSWORD_TRIES_PER_ACCOUNT,
      perAddress: parsed.PASSWORD_TRIES_PER_ADDRESS,
      window: parsed.PASSWORD_TRIES_WINDOW,
    },
    brand: {
      name: parsed.BRAND_NAME,
      logoUrl: parsed.BRAND_LOGO_URL,
      accent: parsed.BRAND_ACCENT,
    },
  }
}

// "The issuer value returned MUST be identical to the Issuer URL that was used as the prefix": one
// spelling only, and never anything but https outside of development (RFC 8414 2).
function issuerFault(issuer: string | undefined): string | null {
  if (issuer === undefined) return 'is required'
  if (!URL.canParse(issuer)) return 'must be an https URL'
  const url = new URL(issuer)
  if (url.protocol !== 'https:') return 'must be an https URL'
  return issuer === url.origin ? null : 'must be an origin, in lower case, without path or slash'
}
