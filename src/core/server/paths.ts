// Paths that the core has to know of the endpoints above it.

/** Of the token endpoint: assertions may be made out to its address. */
export const tokenPath = '/oauth2/token'

/** What is served under MTLS_HOST, too: pages are not, so that no person is asked for a certificate. */
export const certificatePaths: readonly string[] = [
  tokenPath,
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/userinfo',
]
