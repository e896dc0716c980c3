// Addresses that mail is sent to: fewer than those that somebody may have.

/** What needs no quotes in an address. RFC 5322 3.2.3, `dot-atom-text`. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/

/** RFC 5321 4.5.3.1.3, without the angle brackets; 4.5.3.1.1. */
const longestPath = 254
const longestLocalPart = 64

/**
 * Returns an address as a transport takes it, or null if it cannot be one recipient of a mail: commas,
 * quotes, spaces and brackets are refused, so that no text is ever two addresses. The domain is in
 * ASCII (RFC 5891); a local part beyond ASCII would need SMTPUTF8 (RFC 6531), which is not supported.
 */
export function mailableAddress(text: string): string | null {
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  // Of another character a URL would make a port, a path or nothing, and of two texts one address.
  if (!dotAtom.test(local) || !/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return null
  // RFC 5891 4.2.3.1, which the ASCII spelling of a label does not show any more.
  if (/(?:^|\.)-|-(?:\.|$)/.test(domain)) return null
  const { hostname = '' } = URL.parse(`http://${domain}/`) ?? {}
  if (
    !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname)
  )
    return null
  const address = `${local}@${hostname}`
  return address.length <= longestPath && local.length <= longestLocalPart ? address : null
}
