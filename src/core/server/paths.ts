// Paths that the core has to know of the endpoints above it.

/** Of the token endpoint: assertions may be made out to its address. */
export const tokenPath = '/oauth2/token'
