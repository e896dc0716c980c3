// `none`: a public client names itself and proves nothing. RFC 6749 2.1, RFC 7591 2.
import type { ClientMethod } from './method.ts'

export const none: ClientMethod<'none'> = {
  name: 'none',
  sharesSecret: false,
  read: ({ parameters }) => {
    const clientId = parameters.get('client_id')
    return clientId === undefined ? null : { clientId, clientSecret: undefined }
  },
  prove: async (client, { clientSecret, assertion }) =>
    client === null || clientSecret !== undefined || assertion !== undefined
      ? null
      : { clientSecret },
}
