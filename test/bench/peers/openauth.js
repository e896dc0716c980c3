// @openauthjs/openauth: ES256 access tokens, KV, its own password pages and scrypt hash.
import { issuer } from '@openauthjs/openauth'
import { PasswordProvider } from '@openauthjs/openauth/provider/password'
import { CloudflareStorage } from '@openauthjs/openauth/storage/cloudflare'
import { PasswordUI } from '@openauthjs/openauth/ui/password'

const anything = { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) } }

let sent = ''
let app
const make = (env) =>
  issuer({
    storage: CloudflareStorage({ namespace: env.KV }),
    subjects: { user: anything },
    allow: async () => true,
    providers: {
      password: PasswordProvider(
        PasswordUI({
          sendCode: async (_email, code) => {
            sent = code
          },
        }),
      ),
      machine: {
        type: 'machine',
        init() {},
        client: async ({ clientID, clientSecret }) => {
          if (clientSecret !== 'the-secret-of-the-machine') throw new Error('a wrong secret')
          return { id: clientID }
        },
      },
    },
    success: (context, value) => context.subject('user', { id: value.email ?? value.id }),
    ttl: { reuse: 0 },
  })

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/sent') return new Response(sent)
    app ??= make(env)
    return app.fetch(request, env, context)
  },
}
