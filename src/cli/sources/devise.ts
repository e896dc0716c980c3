// Devise (Ruby on Rails): the table of its users. Its bcrypt hashes are of the password and a pepper.
import { mapped } from './member-map.ts'
import { isDeleted } from './members.ts'
import type { Source } from './source.ts'

const own = [
  'reset_password_token',
  'reset_password_sent_at',
  'remember_created_at',
  'sign_in_count',
]

export const devise: Source = {
  name: 'devise',
  subject: 'none',
  recognises: ({ names }) => names.has('encrypted_password') && own.some((name) => names.has(name)),
  read: (members) => {
    if (isDeleted(members)) return { skipped: 'deleted' }
    return {
      ...mapped(members, {
        external_id: ['id'],
        username: ['username', 'login'],
        email: ['email'],
        email_verified: ['confirmed_at'],
        name: ['name', 'full_name'],
        password_hash: ['encrypted_password'],
        created_at: ['created_at'],
      }),
      metadata: [members],
    }
  },
}
