// Paths that the core has to know of the endpoints above it.

/** Of the token endpoint: assertions may be made out to its address. */
export const tokenPath = '/oauth2/token'

/**
 * What is served under MTLS_HOST, too: every endpoint at which a client authenticates, and userinfo.
 * Pages are not, so that no person is asked for a certificate.
 */
export const certificatePaths: readonly string[] = [
  '/oauth2/par',
  tokenPath,
  '/oauth2/device_authorization',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/userinfo',
]
