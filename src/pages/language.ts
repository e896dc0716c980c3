// Chooses the language of a page: OpenID Connect's ui_locales, then Accept-Language (RFC 9110
// 12.5.4). Both are untrusted text.

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

// A longer value is not a real list of languages and would only cost time.
const longestRead = 1000

/**
 * Returns the language of the response: the first supported tag of `uiLocales` (space-separated, by
 * preference), else the supported tag with the highest weight in `acceptLanguage`, else English.
 * Never throws.
 */
export function chooseLanguage(
  uiLocales: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  return readUiLocales(uiLocales ?? '') ?? readAcceptLanguage(acceptLanguage ?? '') ?? 'en'
}

function readUiLocales(uiLocales: string): Language | undefined {
  for (const tag of uiLocales.slice(0, longestRead).split(' ')) {
    const language = supported(tag)
    if (language) return language
  }
  return undefined
}

function readAcceptLanguage(acceptLanguage: string): Language | undefined {
  let best: Language | undefined
  let bestWeight = 0
  for (const range of acceptLanguage.slice(0, longestRead).split(',')) {
    const [tag = '', ...parameters] = range.split(';')
    const language = tag.trim() === '*' ? 'en' : supported(tag)
    const weight = readWeight(parameters)
    if (language && weight > bestWeight) {
      best = language
      bestWeight = weight
    }
  }
  return best
}

/**
 * Returns a weight (RFC 9110 12.4.2): 1 if there is none, 0 (not acceptable) if it is malformed.
 */
function readWeight(parameters: readonly string[]): number {
  const weight = parameters.map((parameter) => parameter.trim()).find((p) => /^q=/i.test(p))
  if (weight === undefined) return 1
  return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/i.test(weight) ? Number(weight.slice(2)) : 0
}

function supported(tag: string): Language | undefined {
  const [primary = ''] = tag.trim().toLowerCase().split('-', 1)
  return languages.find((language) => language === primary)
}
