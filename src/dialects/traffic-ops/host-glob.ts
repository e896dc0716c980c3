// Host globs of OAUTH_ALLOWED_HOSTS: `*`, `?`, `[a-z]` and `\`, in the grammar of Traffic Ops' own
// list (Go's filepath.Match). A malformed pattern matches nothing.
import { longestHostname } from '../../protocol/host-glob.ts'

/** Returns whether the whole text matches the glob, ignoring case. */
export function matchesGlob(pattern: string, text: string): boolean {
  const expression = expressionOf(pattern.toLowerCase())
  return expression !== null && expression.test(text.toLowerCase())
}

/**
 * Returns whether a URL's host is listed: by a glob for its name, or by a glob with a port for its
 * name and port.
 */
export const isListedHost = (url: URL, globs: readonly string[]): boolean => {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (name.length > longestHostname) return false
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
