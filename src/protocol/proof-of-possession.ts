// What every receiver of a proof of possession asks of its claims. RFC 9449 4.3.

/** Seconds that the `iat` of a proof may lie in the past. */
export const oldestProof = 300

/** Seconds that it may lie in the future, where clocks differ. */
const mostAhead = 60

/** Returns whether a proof was made lately enough (RFC 9449 4.3, 11.1). Both instants in seconds. */
export const isTimelyProof = (iat: number, now: number): boolean =>
  iat >= now - oldestProof && iat <= now + mostAhead

/**
 * Returns the origin and the path of an `htu`, "ignoring any query and fragment parts" (RFC 9449 4.3);
 * null for text that is no http address, or one with user information.
 */
export function targetOfProof(htu: string): { origin: string; pathname: string } | null {
  // URL would mend backslashes, white space and missing slashes, which no client sends.
  if (!/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(htu) || !URL.canParse(htu)) return null
  const { origin, pathname, username, password } = new URL(htu)
  return username === '' && password === '' ? { origin, pathname } : null
}
