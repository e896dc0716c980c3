// Host globs of settings: a host name in which each `*` stands for any characters, dots included.

/** Returns whether the text is a host glob. */
export const isHostGlob = (text: string): boolean => /^[a-z\d*._-]+$/i.test(text)

/** Returns whether a host name matches one of the globs, ignoring case. */
export const matchesHostGlob = (hostname: string, globs: readonly string[]): boolean =>
  globs.some((glob) => {
    const pattern = glob.replaceAll('.', '\\.').replaceAll('*', '.*')
    return new RegExp(`^${pattern}$`, 'i').test(hostname)
  })
