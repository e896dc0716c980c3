// Settings about people: who may sign up, how, and what they agree to.
import { isHttps } from '../../protocol/redirect-uri.ts'
import type { SettingsReader } from './settings-reader.ts'

/** Who may create an account for themselves; `domains` in lower case. */
export type SignUpMode =
  { mode: 'off' | 'open' | 'invite' } | { mode: 'domains'; domains: readonly string[] }

/** The keys of the service that knows people from programs, and the address that judges its tokens. */
export type HumanCheckKeys = { siteKey: string; secret: string; url: string }

/** Reads the settings about people. */
export const peopleSettings = (read: SettingsReader, development: boolean) => ({
  signUp: signUpMode(read),
  /** Whether people choose a username when they sign up; else it is their address. */
  signUpUsername: read.flag('SIGN_UP_USERNAME', false),
  /** Whether a code by mail signs people in. */
  signInByMail: read.flag('SIGN_IN_BY_MAIL', false),
  terms: terms(read),
  humanCheck: humanCheck(read, development),
  /** Whether people may delete their own account. */
  selfDelete: read.choice('SELF_DELETE', ['on', 'off']) === 'on',
  /** Seconds for which a deletion waits, and can be taken back; 0 = it is done at once. */
  deletionDelay: read.number('DELETION_DELAY', 604_800, 0, 7_776_000),
})

function signUpMode(read: SettingsReader): SignUpMode {
  const text = read.text('SIGN_UP', 'off')
  if (text === 'off' || text === 'open' || text === 'invite') return { mode: text }
  const domains = text
    .replace(/^domains:/, '')
    .split(',')
    .map((domain) => domain.trim().toLowerCase())
  if (!text.startsWith('domains:') || !domains.every((one) => /^[^\s@]+\.[^\s@.]+$/.test(one))) {
    read.fault('SIGN_UP', 'must be off, open, invite or domains:a.example,b.example')
  }
  return { mode: 'domains', domains }
}

function terms(read: SettingsReader): { version: string; url: string } | null {
  const version = read.text('TERMS_VERSION')
  const url = read.text('TERMS_URL')
  if (version === undefined) return null
  if (version.length > 60) read.fault('TERMS_VERSION', 'must have at most 60 characters')
  if (url === undefined || !isHttps(url)) {
    read.fault('TERMS_URL', 'must be the https URL of the terms')
    return null
  }
  return { version, url }
}

function humanCheck(read: SettingsReader, development: boolean): HumanCheckKeys | null {
  const siteKey = read.text('TURNSTILE_SITE_KEY', '')
  const secret = read.optionalSecret('TURNSTILE_SECRET')
  const other = read.text('TURNSTILE_URL')
  if (other !== undefined && !development) {
    read.fault('TURNSTILE_URL', 'is allowed in development only')
  }
  if (siteKey === '' && secret === '') return null
  if (siteKey === '') read.fault('TURNSTILE_SITE_KEY', 'is required with TURNSTILE_SECRET')
  if (secret === '') read.fault('TURNSTILE_SECRET', 'is required with TURNSTILE_SITE_KEY')
  const url = other ?? 'https://challenges.cloudflare.com/turnstile/v0/siteverify'
  return { siteKey, secret, url }
}
