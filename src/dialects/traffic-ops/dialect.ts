import { dialect } from '../dialect.ts'
import { noDemo } from '../demo.ts'
import { trafficOpsDialect } from './face.ts'

export const trafficOps = dialect({
  name: 'traffic-ops',
  settings: (read) => ({
    /** Globs of hosts that are trusted in development without a configured provider. */
    allowedProviderHosts: read.list('OAUTH_ALLOWED_HOSTS'),
  }),
  mount: trafficOpsDialect,
  decryptsTokens: true,
  // The document uses its own provider, which cannot be started here.
  demo: noDemo,
})
