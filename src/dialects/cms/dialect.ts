import { dialect } from '../dialect.ts'
import { demo } from './demo.ts'
import { cmsDialect } from './face.ts'

export const cms = dialect({
  name: 'cms',
  settings: (read) => ({
    /** The client that signs people in, because requests name none. */
    client: read.text('CMS_CLIENT'),
    /** The document reveals whether a login exists; `false` answers wrong_password instead. */
    tellsUnknownUsers: read.flag('CMS_TELLS_UNKNOWN_USERS', true),
  }),
  mount: cmsDialect,
  demo,
})
