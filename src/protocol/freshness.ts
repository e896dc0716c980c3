// For how long a response may be kept. RFC 9111 4.2 and 5.2.2.

/**
 * Returns the seconds for which a shared cache may use the response from `now` (in seconds) on; 0 where
 * the response forbids it or does not say.
 */
export function freshnessOf(headers: Headers, now: number): number {
  const directives = directivesOf(headers.get('Cache-Control') ?? '')
  if (directives.has('no-store') || directives.has('no-cache') || directives.has('private'))
    return 0
  const age = seconds(headers.get('Age')) ?? 0
  // "If the response has a Cache-Control header field with s-maxage", then max-age, then Expires.
  const named = seconds(directives.get('s-maxage')) ?? seconds(directives.get('max-age'))
  const lifetime = named ?? expiryOf(headers, now)
  return Math.max(0, lifetime - age)
}

function directivesOf(text: string): Map<string, string> {
  const directives = new Map<string, string>()
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=', 2)
    const key = name.trim().toLowerCase()
    // Of two copies the first counts (RFC 9111 4.2.1).
    if (!directives.has(key)) directives.set(key, value.trim().replace(/^"(.*)"$/, '$1'))
  }
  return directives
}

const seconds = (text: string | null | undefined): number | undefined =>
  /^\d{1,10}$/.test(text ?? '') ? Number(text) : undefined

function expiryOf(headers: Headers, now: number): number {
  const expires = Date.parse(headers.get('Expires') ?? '')
  const date = Date.parse(headers.get('Date') ?? '')
  if (Number.isNaN(expires)) return 0
  return (expires - (Number.isNaN(date) ? now * 1000 : date)) / 1000
}
