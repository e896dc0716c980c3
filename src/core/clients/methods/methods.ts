// The client authentication methods, once: what a client may be registered for, what discovery
// announces and what a request may use all derive from this list.
import type { ClientMethod } from './method.ts'
import { none } from './none.ts'
import { privateKeyJwt } from './private-key-jwt.ts'
import { secretBasic } from './secret-basic.ts'
import { secretPost } from './secret-post.ts'
import { selfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts'
import { tlsClientAuth } from './tls-client-auth.ts'

/** In the order in which a request is searched for credentials. */
export const clientMethods = [
  secretBasic,
  secretPost,
  privateKeyJwt,
  tlsClientAuth,
  selfSignedTlsClientAuth,
  none,
] as const

const methods: readonly ClientMethod[] = clientMethods

/** The names of the methods that work on this server: certificates need an MTLS_HOST. */
export const workingMethodNames = (takesCertificates: boolean): string[] =>
  methods
    .filter(({ usesCertificate }) => takesCertificates || usesCertificate !== true)
    .map(({ name }) => name)

export const clientMethodNames = clientMethods.map(({ name }) => name)
