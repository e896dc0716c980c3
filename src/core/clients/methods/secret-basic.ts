// `client_secret_basic`: id and secret in a Basic header. RFC 6749 2.3.1, RFC 7617.
import { fromBase64, utf8Text } from '../../../crypto/encoding.ts'
import { invalidClient } from '../../../protocol/error.ts'
import { decodeFormComponent } from '../../../protocol/parameters.ts'
import { provedBySecret } from './client-secret.ts'
import type { ClientCredentials, ClientMethod } from './method.ts'

export const secretBasic: ClientMethod<'client_secret_basic'> = {
  name: 'client_secret_basic',
  sharesSecret: true,
  read: ({ authorization }) => {
    if (authorization === null) return null
    const credentials = readBasic(authorization)
    if (credentials !== null) return credentials
    throw invalidClient('the Authorization header is not valid Basic credentials', {
      reason: 'header_malformed',
    })
  },
  prove: provedBySecret,
}

/**
 * Id and secret of a Basic header: split at the first colon, each half form-decoded; or null. The
 * secret comes as it was sent, too, where that is another text: many clients do not encode it.
 */
function readBasic(header: string): ClientCredentials | null {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header) ?? []
  const bytes = fromBase64(encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '='))
  const text = bytes === null ? null : utf8Text(bytes)
  const [, id, sent] = /^([^:]+):(.*)$/s.exec(text ?? '') ?? []
  const clientId = id === undefined ? null : formDecoded(id)
  if (clientId === null || sent === undefined) return null
  if (sent === '') return { clientId, clientSecret: undefined }
  const clientSecret = formDecoded(sent) ?? sent
  return clientSecret === sent
    ? { clientId, clientSecret }
    : { clientId, clientSecret, clientSecretAsSent: sent }
}

function formDecoded(half: string): string | null {
  try {
    return decodeFormComponent(half)
  } catch {
    return null
  }
}
