import { dialect } from '../dialect.ts'
import { demo } from './demo.ts'
import { korapDialect } from './face.ts'
import { dialectName } from './name.ts'
import { kustvaktScopes } from './scopes.ts'

export const korap = dialect({
  name: dialectName,
  settings: () => undefined,
  mount: korapDialect,
  scopes: kustvaktScopes,
  // A token with this scope obtains codes for other clients without asking the user.
  firstPartyScopes: ['authorize'],
  demo,
})
