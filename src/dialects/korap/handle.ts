// Handles, which stand for tokens in lists, because no token is stored. A handle names a grant. Only the
// revocation services accept it: it is no credential.

/** Returns the handle of a grant. */
export const handleOf = (grantId: string): string => `grant_${grantId}`

/** Returns the id of the grant that a handle names, or null for any other text. */
export const grantOf = (text: string): string | null =>
  /^grant_([\w-]{22})$/.exec(text)?.[1] ?? null
