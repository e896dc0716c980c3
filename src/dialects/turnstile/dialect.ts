import { isConfidential } from '../../core/clients/authentication.ts'
import { dialect } from '../dialect.ts'
import { demo } from './demo.ts'
import { turnstileDialect } from './face.ts'
import { signatureKeyOf } from './signature.ts'

export const turnstile = dialect({
  name: 'turnstile',
  settings: (read) => ({
    /** The client of requests that name no client. */
    client: read.text('TURNSTILE_CLIENT'),
  }),
  mount: turnstileDialect,
  clientMembers: [
    {
      name: 'signature_key',
      description: 'of a public client: what its Turnstile signatures are made with',
      valueOf: async (server, client) =>
        isConfidential(client) ? undefined : signatureKeyOf(server, client.id),
    },
  ],
  demo,
})
