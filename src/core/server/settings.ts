// Settings, read once from the environment. All faults are reported together, by name, and a worker
// with a fault answers 503 instead of running half configured. There is no schema library here,
// because every isolate reads its settings before its first response.
import { fromBase64url } from '../../crypto/encoding.ts'
import type { MasterKey } from '../../crypto/key-ring.ts'
import { isHostGlob } from '../../protocol/host-glob.ts'
import { isHttps } from '../../protocol/redirect-uri.ts'
import { brandSettings } from './settings-brand.ts'
import { readFactorSettings } from './settings-factors.ts'
import { readMailSettings } from './settings-mail.ts'
import { readRateLimits } from './settings-limits.ts'
import { readPasskeySettings } from './settings-passkeys.ts'
import { peopleSettings } from './settings-people.ts'
import type { SettingsReader } from './settings-reader.ts'

const year = 31_536_000

/** All settings. Lifetimes and windows are whole seconds. */
export type Settings = ReturnType<typeof readSettings>

/** Reads the settings that do not belong to a dialect. The reader collects all faults. */
export function readSettings(read: SettingsReader) {
  const development = read.flag('DEVELOPMENT', false)
  return {
    development,
    /**
     * The issuer: https, exact, without a trailing slash (RFC 8414 2). Undefined in development,
     * where it is the origin of the request unless DEVELOPMENT_ISSUER is set.
     */
    issuer: development ? developmentIssuer(read) : requiredIssuer(read),
    /** The Strict-Transport-Security header of a deployment. */
    strictTransportSecurity: strictTransportSecurity(read),
    adminToken: adminToken(read, development),
    /** Whether successful requests, sign-ins, codes and tokens are logged. */
    requestLog: read.flag('REQUEST_LOG', true),
    masterKeys: masterKeys(read),
    /**
     * Which resources a request may name (RFC 8707): any, or only those that the operator registered.
     */
    resources: read.choice('RESOURCES', ['any', 'registered']),
    /** Whether KV keeps what refreshing needs while D1 does not answer. */
    outageRefresh: read.choice('D1_OUTAGE_REFRESH', ['on', 'off']) === 'on',
    /** Allows providers on plain http loopback addresses. Development only. */
    insecureLoopbackProviders: insecureLoopbackProviders(read, development),
    /** The form of new password hashes; both are always verified. */
    passwordForm: read.choice('PASSWORD_HASH', ['pbkdf2', 'argon2id']),
    lifetimes: {
      authorizationCode: read.number('AUTHORIZATION_CODE_LIFETIME', 60, 10, 600),
      accessToken: read.number('ACCESS_TOKEN_LIFETIME', 600, 5, year),
      refreshToken: read.number('REFRESH_TOKEN_LIFETIME', 7_776_000, 60, year),
      refreshTokenIdle: read.number('REFRESH_TOKEN_IDLE_LIFETIME', 2_592_000, 60, year),
      refreshTokenGrace: read.number('REFRESH_TOKEN_GRACE', 30, 0, 300),
      session: read.number('SESSION_LIFETIME', 1_209_600, 60, year),
      sessionIdle: read.number('SESSION_IDLE_LIFETIME', 86_400, 60, year),
      interaction: read.number('INTERACTION_LIFETIME', 1_800, 30, 86_400),
      /**
       * How long an isolate may use a client, a provider, a resource or a type of authorization details
       * from its cache; 0 disables the caches.
       */
      clientCache: read.number('CLIENT_CACHE_LIFETIME', 10, 0, 10),
      /** The age at which cron creates the successor of a signing key. */
      signingKey: read.number('SIGNING_KEY_LIFETIME', 7_776_000, 3_600, 10 * year),
      jwksMaxAge: read.number('JWKS_MAX_AGE', 300, 0, 86_400),
    },
    passwordTries: {
      /** Limit for one name from one address. */
      perAccount: read.number('PASSWORD_TRIES_PER_ACCOUNT', 10, 1, 1_000_000),
      /** Limit for one name from all addresses. NIST SP 800-63B 5.2.2 allows at most 100. */
      perAccountEverywhere: read.number('PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE', 100, 1, 1_000_000),
      perAddress: read.number('PASSWORD_TRIES_PER_ADDRESS', 100, 1, 1_000_000),
      window: read.number('PASSWORD_TRIES_WINDOW', 900, 1, 86_400),
    },
    /** Requests by address and client, beside the exact limits that D1 counts. */
    rateLimits: readRateLimits(read, development),
    factors: readFactorSettings(read),
    passkeys: readPasskeySettings(read),
    /** After which cron deletes audit events; 0 = never. */
    auditRetention: read.number('AUDIT_RETENTION', year, 0, 100 * year),
    /** The host where clients show certificates (RFC 8705); none = no certificate counts. */
    mtlsHost: mtlsHost(read, development),
    registration: {
      /**
       * Who may register a client (RFC 7591): nobody, the bearer of an initial access token, anyone.
       */
      mode: read.choice('REGISTRATION', ['token', 'closed', 'open']),
      /** Registrations of one address in an hour. */
      perAddress: read.number('REGISTRATIONS_PER_ADDRESS', 20, 1, 1_000_000),
      /** After which cron removes a registered client that was never used; 0 = never. */
      unusedLifetime: read.number('DCR_UNUSED_LIFETIME', 86_400, 0, year),
      /** After which cron removes a registered client without a live grant; 0 = never. */
      idleLifetime: read.number('DCR_IDLE_LIFETIME', 7_776_000, 0, 10 * year),
      /** Whose software statements count (RFC 7591 2.3): the address of the keys by the issuer. */
      statementIssuers: statementIssuers(read),
    },
    /** Client ID metadata documents: whether they count, and of which hosts; none = of every host. */
    clientDocuments: {
      isOn: read.choice('CIMD', ['on', 'off']) === 'on',
      hosts: documentHosts(read),
    },
    /** Whether proofs of possession must have a nonce of this server (RFC 9449 8). */
    dpopNonce: read.choice('DPOP_NONCE', ['offered', 'required']),
    /** Contacts for /.well-known/security.txt (RFC 9116); without any the file does not exist. */
    securityContacts: securityContacts(read),
    /** The domains, in lower case, whose addresses WebFinger answers for. */
    webfingerDomains: webfingerDomains(read),
    mail: readMailSettings(read, development),
    people: peopleSettings(read, development),
    brand: brandSettings(read),
  }
}

function requiredIssuer(read: SettingsReader): string {
  // A separate name, so that a forgotten DEVELOPMENT=true can never use ISSUER.
  if (read.text('DEVELOPMENT_ISSUER') !== undefined) {
    read.fault('DEVELOPMENT_ISSUER', 'is allowed in development only')
  }
  return checkedIssuer(read, 'ISSUER', read.required('ISSUER'))
}

function developmentIssuer(read: SettingsReader): string | undefined {
  const text = read.text('DEVELOPMENT_ISSUER')
  return text === undefined ? undefined : checkedIssuer(read, 'DEVELOPMENT_ISSUER', text)
}

// "The issuer value returned MUST be identical to the Issuer URL that was used as the prefix":
// exactly one spelling, and only https (RFC 8414 2).
function checkedIssuer(read: SettingsReader, name: string, text: string): string {
  if (text === '') return text
  if (!isHttps(text)) read.fault(name, 'must be an https URL')
  else if (text !== new URL(text).origin) {
    read.fault(name, 'must be an origin in lower case, without a path or trailing slash')
  }
  return text
}

function mtlsHost(read: SettingsReader, development: boolean): string | undefined {
  const host = read.text('MTLS_HOST')
  if (host === undefined) return undefined
  if (development) read.fault('MTLS_HOST', 'is for a deployment: in development there is no TLS')
  if (!URL.canParse(`https://${host}`) || new URL(`https://${host}`).host !== host) {
    read.fault('MTLS_HOST', 'must be a host name, in lower case')
  }
  // Browsers would be asked for a certificate there.
  if (read.text('ISSUER') === `https://${host}`)
    read.fault('MTLS_HOST', 'must not be that of ISSUER')
  return host
}

// Two years, as browsers' preload lists recommend. Those lists accept only whole domains.
function strictTransportSecurity(read: SettingsReader): string {
  const policies = {
    host: 'max-age=63072000',
    subdomains: 'max-age=63072000; includeSubDomains',
    preload: 'max-age=63072000; includeSubDomains; preload',
  }
  return policies[read.choice('HSTS', ['host', 'subdomains', 'preload'])]
}

function adminToken(read: SettingsReader, development: boolean): string {
  const token = read.secret('ADMIN_TOKEN')
  // A header cannot transport other characters unchanged, so nobody could ever present the token.
  if (token !== '' && !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(token)) {
    read.fault('ADMIN_TOKEN', 'must be printable ASCII, without a space at either end')
  }
  if (!development && token !== '' && token.length < 32) {
    read.fault('ADMIN_TOKEN', 'must have at least 32 characters')
  }
  return token
}

function masterKeys(read: SettingsReader): [MasterKey, ...MasterKey[]] {
  const unusable: MasterKey = { id: '', bytes: new Uint8Array(32) }
  const text = read.secret('MASTER_KEY')
  if (text === '') return [unusable]
  const keys = text.split(',').map((entry) => masterKey(entry.trim()))
  if (keys.includes(null)) {
    read.fault('MASTER_KEY', 'must be id:key,... with keys of 32 bytes in base64url')
  }
  const [first = unusable, ...rest] = keys.filter((key) => key !== null)
  if (new Set([first, ...rest].map(({ id }) => id)).size <= rest.length) {
    read.fault('MASTER_KEY', 'must name each key once')
  }
  return [first, ...rest]
}

function masterKey(entry: string): MasterKey | null {
  const match = /^([\w-]{1,32}):([\w-]{43})$/.exec(entry)
  const bytes = match?.[2] === undefined ? null : fromBase64url(match[2])
  return match?.[1] === undefined || bytes?.byteLength !== 32 ? null : { id: match[1], bytes }
}

function insecureLoopbackProviders(read: SettingsReader, development: boolean): boolean {
  const wished = read.flag('INSECURE_LOOPBACK_PROVIDERS', false)
  if (wished && !development)
    read.fault('INSECURE_LOOPBACK_PROVIDERS', 'is allowed in development only')
  return wished
}

function statementIssuers(read: SettingsReader): ReadonlyMap<string, string> {
  const entries = read.list('SOFTWARE_STATEMENT_ISSUERS').map((entry): [string, string] => {
    const [issuer = '', ...rest] = entry.split('=')
    return [issuer, rest.join('=')]
  })
  if (!entries.every(([issuer, url]) => issuer !== '' && URL.canParse(url))) {
    read.fault('SOFTWARE_STATEMENT_ISSUERS', 'must be issuer=jwks_uri,...')
  }
  return new Map(entries)
}

function documentHosts(read: SettingsReader): string[] {
  const globs = read.list('CIMD_HOSTS')
  if (!globs.every(isHostGlob)) {
    read.fault('CIMD_HOSTS', 'must be host names, in which * stands for any characters')
  }
  return globs
}

// RFC 9116 2.5.3: "mailto:", "tel:" or an https page.
function securityContacts(read: SettingsReader): string[] {
  const uris = read.list('SECURITY_CONTACT')
  const isContact = (uri: string) =>
    /^(?:mailto:[^@]+@|tel:\+?\d|https:\/\/)[\x21-\x7e]+$/.test(uri)
  if (!uris.every(isContact)) {
    read.fault('SECURITY_CONTACT', 'must be mailto:, tel: or https: URIs, separated by commas')
  }
  return uris
}

function webfingerDomains(read: SettingsReader): string[] {
  const domains = read.list('WEBFINGER_DOMAINS').map((domain) => domain.toLowerCase())
  if (!domains.every((domain) => /^([a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain))) {
    read.fault('WEBFINGER_DOMAINS', 'must be domains, separated by commas')
  }
  return domains
}
