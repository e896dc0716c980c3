// Host names as OAUTH_ALLOWED_HOSTS lists them: globs with `*`, `?`, `[a-z]` and `\`, in the grammar
// that Traffic Ops uses for its own list (Go's filepath.Match). A malformed pattern matches nothing.

/** Whether the whole text matches the glob, without regard to case. */
export function matchesGlob(pattern: string, text: string): boolean {
  const expression = expressionOf(pattern.toLowerCase())
  return expression !== null && expression.test(text.toLowerCase())
}

/**
 * Whether a URL's host is listed: its name by a glob, or its name and port by a glob that names a
 * port itself.
 */
export const isListedHost = (url: URL, globs: readonly string[]): boolean => {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return globs.some(
    (glob) => matchesGlob(glob, name) || (/:\d+$/.test(glob) && matchesGlob(glob, url.host)),
  )
}

const part = /\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|[^[\\]/gsu

function expressionOf(pattern: string): RegExp | null {
  let source = ''
  let length = 0
  for (const [match, negated, ranges, escaped] of pattern.matchAll(part)) {
    length += match.length
    if (match === '*') source += source.endsWith('[^/]*') ? '' : '[^/]*'
    else if (match === '?') source += '[^/]'
    else if (ranges !== undefined) source += `[${negated}${ranges.replaceAll('[', '\\[')}]`
    else source += (escaped ?? match).replace(/[^\w]/g, '\\$&')
  }
  if (length !== pattern.length) return null
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    return null
  }
}
