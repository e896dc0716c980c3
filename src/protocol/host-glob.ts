// Host globs of settings: a host name in which each `*` stands for any characters, dots included.

/** Returns whether the text is a host glob. */
export const isHostGlob = (text: string): boolean => /^[a-z\d*._-]+$/i.test(text)

/**
 * Characters of a host name at most (RFC 1035 2.3.4). Matching a glob with two `*` takes a time that grows
 * with the square of the name, and a URL may have one of any length.
 */
export const longestHostname = 253

/** Returns whether a host name matches one of the globs, ignoring case. */
export const matchesHostGlob = (hostname: string, globs: readonly string[]): boolean =>
  hostname.length <= longestHostname &&
  globs.some((glob) => {
    const pattern = glob.replaceAll('.', '\\.').replaceAll('*', '.*')
    return new RegExp(`^${pattern}$`, 'i').test(hostname)
  })
