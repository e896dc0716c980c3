// `self_signed_tls_client_auth`: a certificate that the client registered. RFC 8705 2.2.
import { base64url, fromBase64 } from '../../../crypto/encoding.ts'
import type { ClientMethod } from './method.ts'

export const selfSignedTlsClientAuth: ClientMethod<'self_signed_tls_client_auth'> = {
  name: 'self_signed_tls_client_auth',
  sharesSecret: false,
  usesCertificate: true,
  read: () => null,
  prove: async (client, _credentials, { certificate }) => {
    const jwks = client?.metadata.jwks
    if (jwks === undefined || certificate === null) return null
    const thumbprints = await Promise.all(registeredCertificates(jwks).map(thumbprintOf))
    return thumbprints.includes(certificate.thumbprint) ? { clientSecret: undefined } : null
  },
}

type KeySet = { keys: readonly Readonly<Record<string, unknown>>[] }

/** Returns the certificate of each registered key: the first one of its `x5c` (RFC 7517 4.7). */
export const registeredCertificates = ({ keys }: KeySet): string[] =>
  keys.flatMap(({ x5c }) => {
    const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined
    return typeof first === 'string' ? [first] : []
  })

async function thumbprintOf(certificate: string): Promise<string | null> {
  const bytes = fromBase64(certificate)
  if (bytes === null) return null
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
