// Compares resource indicators that differ only in spelling. RFC 8707 2, RFC 3986 6.2.

/**
 * Returns the form in which resource indicators are compared: scheme and host in lower case, without
 * the default port and the query, with an empty path as `/`. Clients write one resource in all of
 * these ways. Paths are compared unchanged: `https://h/a` and `https://h/a/` are two resources.
 *
 * @param uri an absolute URI without fragment
 */
export function resourceKey(uri: string): string {
  const url = new URL(uri)
  url.search = ''
  return url.href
}
