// Laravel: the table `users`.
import { mapped } from './member-map.ts'
import { isDeleted } from './members.ts'
import type { Source } from './source.ts'

export const laravel: Source = {
  name: 'laravel',
  subject: 'none',
  recognises: ({ names }) => names.has('password') && names.has('remember_token'),
  read: (members) => {
    if (isDeleted(members)) return { skipped: 'deleted' }
    return {
      ...mapped(members, {
        external_id: ['id'],
        username: ['username'],
        email: ['email'],
        email_verified: ['email_verified_at'],
        name: ['name'],
        password_hash: ['password'],
        created_at: ['created_at'],
      }),
      metadata: [members],
    }
  },
}
