// Settings of what people see: the name and look of the pages, their links, and the words for scopes.
import { isHttps } from '../../protocol/redirect-uri.ts'
import { isScope } from '../../protocol/scope.ts'
import type { SettingsReader } from './settings-reader.ts'

/** Reads the settings of the pages. */
export function brandSettings(read: SettingsReader) {
  const name = read.text('BRAND_NAME', 'Postern')
  if (name.length > 60) read.fault('BRAND_NAME', 'must have at most 60 characters')
  const logoUrl = httpsUrl(read, 'BRAND_LOGO_URL')
  const logoDarkUrl = httpsUrl(read, 'BRAND_LOGO_DARK_URL')
  if (logoDarkUrl !== undefined && logoUrl === undefined)
    read.fault('BRAND_LOGO_DARK_URL', 'needs BRAND_LOGO_URL')
  const isNameShown = read.flag('BRAND_NAME_SHOWN', true)
  if (!isNameShown && logoUrl === undefined)
    read.fault('BRAND_NAME_SHOWN', 'can be false only where BRAND_LOGO_URL says the name')
  return {
    name,
    logoUrl,
    /** The logo for a dark background; undefined = the same. */
    logoDarkUrl,
    isNameShown,
    /** The picture of the tab and of a phone's home screen; undefined = drawn from the accent. */
    iconUrl: httpsUrl(read, 'BRAND_ICON_URL'),
    accent: accent(read),
    shape: read.choice('BRAND_SHAPE', ['arch', 'plain']),
    /** The links below every page. `{language}` in an address is the language of the page. */
    links: {
      privacy: pageUrl(read, 'BRAND_PRIVACY_URL'),
      terms: pageUrl(read, 'BRAND_TERMS_URL'),
      imprint: pageUrl(read, 'BRAND_IMPRINT_URL'),
      help: pageUrl(read, 'BRAND_HELP_URL'),
    },
    /** From where logos of clients are shown, besides the client's own origin. */
    clientLogoOrigins: origins(read, 'CLIENT_LOGO_ORIGINS'),
    /** What scopes of this server let a client do, by scope and language, for the consent page. */
    scopeTexts: scopeTexts(read),
  }
}

function httpsUrl(read: SettingsReader, name: string): string | undefined {
  const url = read.text(name)
  if (url !== undefined && !isHttps(url)) read.fault(name, 'must be an https URL')
  return url
}

function pageUrl(read: SettingsReader, name: string): string | undefined {
  const url = read.text(name)
  const filled = url?.replaceAll('{language}', 'en') ?? ''
  if (url !== undefined && !isHttps(filled) && !/^mailto:[^\s@]+@[^\s@]+$/.test(filled))
    read.fault(name, 'must be an https URL or a mailto: address')
  return url
}

function accent(read: SettingsReader): string | undefined {
  const colour = read.text('BRAND_ACCENT')
  if (colour !== undefined && !/^#[0-9a-f]{6}$/i.test(colour))
    read.fault('BRAND_ACCENT', 'must be a colour like #1f5f8b')
  return colour
}

function origins(read: SettingsReader, name: string): string[] {
  const list = read.list(name)
  if (!list.every((origin) => isHttps(origin) && new URL(origin).origin === origin))
    read.fault(name, 'must be https origins, separated by commas')
  return list
}

const longestText = 300

/** Reads `{"<scope>": "<words>"}` or `{"<scope>": {"<language>": "<words>"}}`. */
function scopeTexts(read: SettingsReader): ReadonlyMap<string, Readonly<Record<string, string>>> {
  try {
    const texts: object = Object(JSON.parse(read.text('SCOPE_TEXTS', '{}')))
    return new Map(Object.entries(texts).map(([scope, said]) => [scopeName(scope), wordsOf(said)]))
  } catch {
    const example = '{"orders:read":{"en":"see your orders"}}'
    read.fault('SCOPE_TEXTS', `must be JSON such as ${example}, with at most 300 characters a text`)
    return new Map()
  }
}

function scopeName(scope: string): string {
  if (isScope(scope) && !scope.includes(' ')) return scope
  throw new Error('not a scope')
}

/** Returns what was said by language; a text alone is for all of them. */
function wordsOf(said: unknown): Record<string, string> {
  const texts: [string, unknown][] =
    typeof said === 'string' ? [['en', said]] : Object.entries(Object(said))
  if (texts.length === 0) throw new Error('no text')
  return Object.fromEntries(texts.map(([language, text]) => [language, checked(text)]))
}

function checked(text: unknown): string {
  if (typeof text === 'string' && text !== '' && text.length <= longestText) return text
  throw new Error('not a text')
}
