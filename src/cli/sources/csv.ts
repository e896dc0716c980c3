// Any table or list of people whose columns have plain names, or are named by `--map`.
import { mapped } from './member-map.ts'
import { type Members } from './members.ts'
import type { Source } from './source.ts'

const map = {
  external_id: ['external_id', 'id', 'user_id'],
  sub: ['sub'],
  username: ['username', 'user_name', 'login'],
  email: ['email', 'e_mail', 'mail', 'email_address', 'e_mail_address'],
  email_verified: ['email_verified'],
  name: ['name', 'full_name', 'display_name'],
  disabled: ['disabled'],
  created_at: ['created_at'],
  password_hash: ['password_hash'],
}

/** `E-mail address` is `e_mail_address`. */
const plainName = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')

export const csv: Source = {
  name: 'csv',
  subject: 'none',
  recognises: ({ format, names }) =>
    format === 'csv' &&
    [...names].some((name) => [...map.email, ...map.username].includes(plainName(name))),
  read: (entry) => {
    const members: Members = Object.fromEntries(
      Object.entries(entry).map(([name, value]) => [plainName(name), value]),
    )
    const { password: hash, problem, ...draft } = mapped(members, map)
    // A password is taken as it is typed: white space at its ends is part of it.
    const plain = members['password']
    const isPlain =
      typeof plain === 'string' && plain !== '' && (hash === undefined || 'reset' in hash)
    return {
      ...draft,
      ...(isPlain ? { password: { plain } } : { password: hash, problem }),
      metadata: [entry],
    }
  },
}
