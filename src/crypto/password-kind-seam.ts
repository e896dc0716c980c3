// SEAM: both are replaced by those of stored-password.ts.

/** Stored for a user who has to set a new password first: no password matches it. */
export const resetPassword = '$reset$'

/** Returns what kind of password a user has. */
export function passwordKindOf(stored: string | null): string {
  if (stored === resetPassword) return 'reset'
  return stored === null ? 'none' : 'own'
}
