// WordPress: the table wp_users.
import { digestText, fromHex, hashed } from './hash-text.ts'
import { flagOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

export const wordpress: Source = {
  name: 'wordpress',
  subject: 'none',
  recognises: ({ names }) => names.has('user_login') && names.has('user_email'),
  read: (members) => {
    // Columns of a network of sites.
    if (flagOf(members['deleted']) === true) return { skipped: 'deleted' }
    const hash = textOf(members['user_pass'])
    // Before 2.5, and where somebody has set a password in the database by hand: MD5 alone.
    const digest = hash?.length === 32 ? fromHex(hash) : undefined
    return {
      ...mapped(members, {
        external_id: ['ID', 'id'],
        username: ['user_login'],
        email: ['user_email'],
        name: ['display_name'],
        created_at: ['user_registered'],
      }),
      disabled: flagOf(members['spam']) === true,
      ...hashed(digest === undefined ? hash : digestText('md5', digest)),
      metadata: [members],
    }
  },
}
