// The address of a client ID metadata document, which is the client_id itself. It is judged as text
// and never normalized: two spellings are two clients. Client ID Metadata Document draft-02, 3.
import { loopbackHosts } from './redirect-uri.ts'

/** Returns whether a client_id claims to be such an address; http is for development alone. */
export const isDocumentAddress = (clientId: string, development: boolean): boolean =>
  clientId.startsWith('https://') ||
  (development && loopbackHosts.some((host) => clientId.startsWith(`http://${host}`)))

// Each part that is begun has something in it: a bare `?` or `:` would be a second spelling.
const address = /^https?:\/\/(?:\[[^\]/?#@]+\]|[^:/?#@[\]]+)(?::\d+)?(\/[^?#]*)(?:\?[^#]+)?$/

/** Returns why the text cannot be the address of a document, or null if it can. */
export function documentAddressFault(text: string): string | null {
  if (text.length > 2_000) return 'is longer than 2000 characters'
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes('\\')) {
    return 'must be printable ASCII without spaces or backslashes'
  }
  const [, path] = address.exec(text) ?? []
  if (path === undefined) {
    return 'must have a host and a path, and no fragment, user information or empty part'
  }
  // "MUST NOT contain single-dot or double-dot path segments": also as `%2e`, which is the same path.
  const hasDots = path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
  return hasDots ? 'must have no . or .. in its path' : null
}
