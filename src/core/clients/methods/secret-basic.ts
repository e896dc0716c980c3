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
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)
  if (match?.[1] === undefined) return null
  const padded = match[1].padEnd(Math.ceil(match[1].length / 4) * 4, '=')
  const bytes = fromBase64(padded)
  const text = bytes === null ? null : utf8Text(bytes)
  const colon = text === null ? -1 : text.indexOf(':')
  if (text === null || colon < 1) return null
  const clientId = formDecoded(text.slice(0, colon))
  if (clientId === null) return null
  const sent = text.slice(colon + 1)
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
