import { dialect } from '../dialect.ts'
import { demo } from './demo.ts'
import { cmsDialect } from './face.ts'

export const cms = dialect({
  name: 'cms',
  settings: (read) => ({
    /** The client in whose name it signs people in: its requests name none. */
    client: read.text('CMS_CLIENT'),
    /** Its document tells whether a login exists; `false` answers wrong_password instead. */
    tellsUnknownUsers: read.flag('CMS_TELLS_UNKNOWN_USERS', true),
  }),
  mount: cmsDialect,
  demo,
})
