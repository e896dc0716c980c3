// Where the metadata of a protected resource stand. RFC 9728 3.1.

const wellKnown = '/.well-known/oauth-protected-resource'

/**
 * Returns path and query of a resource's metadata: the well-known path goes between host and path of
 * the resource, and a single slash counts as no path.
 */
export function metadataPath(resource: string): string {
  const { pathname, search } = new URL(resource)
  return wellKnown + (pathname === '/' ? '' : pathname) + search
}

/** Returns the address of a resource's metadata. */
export const metadataAddress = (resource: string): string =>
  new URL(resource).origin + metadataPath(resource)
