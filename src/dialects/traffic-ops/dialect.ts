import { dialect } from '../dialect.ts'
import { noDemo } from '../demo.ts'
import { trafficOpsDialect } from './face.ts'

export const trafficOps = dialect({
  name: 'traffic-ops',
  settings: (read) => ({
    /** Globs of hosts whose tokens are trusted in development, where no provider is configured. */
    allowedProviderHosts: read.list('OAUTH_ALLOWED_HOSTS'),
  }),
  mount: trafficOpsDialect,
  decryptsTokens: true,
  // Its document has a provider of its own, which nobody can start here.
  demo: noDemo,
})
