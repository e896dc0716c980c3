// `client_secret_post`: id and secret in the body. RFC 6749 2.3.1.
import { provedBySecret } from './client-secret.ts'
import type { ClientMethod } from './method.ts'

export const secretPost: ClientMethod<'client_secret_post'> = {
  name: 'client_secret_post',
  sharesSecret: true,
  read: ({ parameters }) => {
    const clientSecret = parameters.get('client_secret')
    if (clientSecret === undefined) return null
    return { clientId: parameters.get('client_id'), clientSecret }
  },
  prove: provedBySecret,
}
