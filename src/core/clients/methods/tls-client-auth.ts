// `tls_client_auth`: a certificate that a trusted authority issued to the client's name. RFC 8705 2.1.
import { canonicalName } from '../../../protocol/distinguished-name.ts'
import type { ClientMethod } from './method.ts'

export const tlsClientAuth: ClientMethod<'tls_client_auth'> = {
  name: 'tls_client_auth',
  sharesSecret: false,
  usesCertificate: true,
  // The certificate is part of the connection; the request only names its client.
  read: () => null,
  prove: async (client, _credentials, { certificate }) => {
    const registered = client?.metadata.tls_client_auth_subject_dn
    if (certificate === null || !certificate.isIssued || registered === undefined) return null
    const name = canonicalName(certificate.subject)
    return name !== null && name === canonicalName(registered) ? { clientSecret: undefined } : null
  },
}
