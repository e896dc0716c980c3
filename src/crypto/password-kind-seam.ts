// SEAM: replaced by passwordKindOf of stored-password.ts.

/** Returns what kind of password a user has. */
export const passwordKindOf = (stored: string | null): string => (stored === null ? 'none' : 'own')
