// Applications of Flask: tables of their own, with the hashes of Werkzeug.
import { firstText, flagOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

const hashColumns = ['password_hash', 'password', 'pw_hash', '_password', 'hashed_password']

const werkzeugHash = /^(scrypt:\d+:\d+:\d+|pbkdf2:sha(1|256|512):\d+)\$/

export const werkzeug: Source = {
  name: 'werkzeug',
  subject: 'none',
  recognises: ({ entries }) =>
    entries.some((members) => werkzeugHash.test(firstText(members, hashColumns) ?? '')),
  read: (members) => ({
    ...mapped(members, {
      external_id: ['id', 'user_id'],
      username: ['username', 'login', 'nickname'],
      email: ['email'],
      email_verified: ['confirmed', 'confirmed_at', 'email_verified'],
      name: ['name', 'full_name'],
      password_hash: hashColumns,
      created_at: ['created_at', 'created_on', 'member_since'],
    }),
    disabled: flagOf(members['active'] ?? members['is_active']) === false,
    metadata: [members],
  }),
}
