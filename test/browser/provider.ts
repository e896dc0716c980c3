// A provider elsewhere, in a process of its own: oidc-provider with its development screens, on PORT
// of this machine. REDIRECT_URI is where its one client, Postern, has browsers sent back to.
import { createServer } from 'node:http'
import { openIdProvider } from '../federation/servers/provider.ts'

const { PORT = '', REDIRECT_URI = '' } = process.env
const origin = `http://127.0.0.1:${PORT}`

createServer(openIdProvider(origin, [REDIRECT_URI])).listen(Number(PORT), '127.0.0.1', () =>
  console.log(`Ready on ${origin}`),
)
