// The address of a protected resource's metadata. RFC 9728 3.1.

const wellKnown = '/.well-known/oauth-protected-resource'

/**
 * Returns path and query of a resource's metadata. The well-known path is inserted between host and
 * path of the resource; a single slash is no path.
 */
export function metadataPath(resource: string): string {
  const { pathname, search } = new URL(resource)
  return wellKnown + (pathname === '/' ? '' : pathname) + search
}

/** Returns the address of a resource's metadata. */
export const metadataAddress = (resource: string): string =>
  new URL(resource).origin + metadataPath(resource)
