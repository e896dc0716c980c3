// Settings of passkeys: the name that they are made for, and which sites may use it.
import { isHttps } from '../../protocol/redirect-uri.ts'
import type { SettingsReader } from './settings-reader.ts'

/** Labels of related origins that every browser follows (WebAuthn 5.11). */
const mostLabels = 5

/** Reads the settings of passkeys. The reader collects all faults. */
export const readPasskeySettings = (read: SettingsReader) => ({
  /** The rpId; undefined = the host of the issuer. */
  rpId: rpId(read),
  /** Origins beside the issuer's whose pages may use the passkeys (WebAuthn 5.11). */
  relatedOrigins: relatedOrigins(read),
  /** Whether people are asked to add a passkey after they have signed in by password. */
  isOffered: read.choice('PASSKEY_OFFER', ['on', 'off']) === 'on',
})

function rpId(read: SettingsReader): string | undefined {
  const name = read.text('PASSKEY_RP_ID')
  if (name === undefined) return undefined
  const issuer = read.text('ISSUER') ?? read.text('DEVELOPMENT_ISSUER')
  const host = issuer !== undefined && URL.canParse(issuer) ? new URL(issuer).hostname : ''
  // WebAuthn 5.1.3: "a registrable domain suffix of or is equal to" the host of the page.
  if (name !== host && !host.endsWith(`.${name}`)) {
    read.fault('PASSKEY_RP_ID', 'must be the host of ISSUER, or a domain above it')
  } else if (name !== host && isPublicSuffix(name)) {
    read.fault('PASSKEY_RP_ID', 'must not be a suffix under which anybody can have a domain')
  }
  return name
}

function relatedOrigins(read: SettingsReader): string[] {
  const origins = read.list('PASSKEY_ORIGINS')
  if (!origins.every((origin) => isHttps(origin) && new URL(origin).origin === origin)) {
    read.fault('PASSKEY_ORIGINS', 'must be https origins, separated by commas')
  } else if (new Set(origins.map(labelOf)).size > mostLabels) {
    read.fault('PASSKEY_ORIGINS', `must be of at most ${mostLabels} different names`)
  }
  return origins
}

/**
 * Returns whether anybody can have a domain under this one, of the best known. Browsers have the whole
 * list, and refuse the others.
 */
const isPublicSuffix = (name: string): boolean =>
  !name.includes('.') ||
  /^(?:(?:ac|co|com|edu|go|gob|gov|ne|net|nom|or|org)\.[a-z]{2}|(?:workers|pages|vercel|web|fly)\.(?:dev|app)|(?:github|gitlab)\.io|herokuapp\.com|netlify\.app)$/.test(
    name,
  )

/** Returns the label that a browser counts: the one before the public suffix. */
function labelOf(origin: string): string {
  const labels = new URL(origin).hostname.split('.')
  return labels.at(isPublicSuffix(labels.slice(-2).join('.')) ? -3 : -2) ?? origin
}
