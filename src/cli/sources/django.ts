// Django: the table auth_user as CSV, or `dumpdata auth.user`.
import { isObject } from '../json.ts'
import { type Members, flagOf, joinedName, membersOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

const isFixture = (members: Members) =>
  textOf(members['model']) !== undefined && isObject(members['fields'])

export const django: Source = {
  name: 'django',
  subject: 'none',
  recognises: ({ names, entries }) =>
    (names.has('date_joined') && names.has('password')) ||
    entries.some((each) => isFixture(each) && 'date_joined' in membersOf(each['fields'])),
  read: (members) => {
    const fields = isFixture(members)
      ? { ...membersOf(members['fields']), id: members['pk'] }
      : members
    // A fixture holds groups and permissions besides.
    if (!Object.hasOwn(fields, 'password')) return { skipped: 'not_a_user' }
    return {
      ...mapped(fields, {
        external_id: ['id'],
        username: ['username'],
        email: ['email'],
        password_hash: ['password'],
        created_at: ['date_joined'],
      }),
      name: joinedName(fields['first_name'], fields['last_name']),
      disabled: flagOf(fields['is_active']) === false,
      metadata: [fields],
    }
  },
}
