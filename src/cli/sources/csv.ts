// Any table or list of people whose columns have plain names, or are named by `--map`.
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

export const csv: Source = {
  name: 'csv',
  subject: 'none',
  recognises: ({ format, names }) =>
    format === 'csv' && (names.has('email') || names.has('username')),
  read: (members) => {
    const {
      password: hash,
      problem,
      ...draft
    } = mapped(members, {
      external_id: ['external_id', 'id', 'user_id'],
      sub: ['sub'],
      username: ['username', 'login'],
      email: ['email'],
      email_verified: ['email_verified'],
      name: ['name'],
      disabled: ['disabled'],
      created_at: ['created_at'],
      password_hash: ['password_hash'],
    })
    // A password is taken as it is typed: white space at its ends is part of it.
    const plain = members['password']
    const isPlain =
      typeof plain === 'string' && plain !== '' && (hash === undefined || 'reset' in hash)
    return {
      ...draft,
      ...(isPlain ? { password: { plain } } : { password: hash, problem }),
      metadata: [members],
    }
  },
}
