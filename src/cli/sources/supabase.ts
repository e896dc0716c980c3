// Supabase: the table `auth.users` as CSV or JSON.
import {
  type Members,
  firstText,
  flagOf,
  isDeleted,
  listOf,
  membersOf,
  secondsOf,
  textOf,
} from './members.ts'
import { identitiesOf } from './identities.ts'
import { hashed } from './hash-text.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

// `infinity` is a time of PostgreSQL, too.
const isBanned = (members: Members, now: number) =>
  textOf(members['banned_until']) !== undefined &&
  (secondsOf(members['banned_until']) ?? Number.POSITIVE_INFINITY) > now

export const supabase: Source = {
  name: 'supabase',
  subject: 'id',
  recognises: ({ names }) =>
    names.has('encrypted_password') &&
    (names.has('raw_user_meta_data') || names.has('email_confirmed_at')),
  read: (members, { now }) => {
    if (isDeleted(members)) return { skipped: 'deleted' }
    if (flagOf(members['is_anonymous']) === true) return { skipped: 'anonymous' }
    const app = membersOf(members['raw_app_meta_data'])
    const user = membersOf(members['raw_user_meta_data'])
    const identities = identitiesOf(members['identities'], {
      provider: 'provider',
      subject: ['provider_id', 'id'],
      own: ['email', 'phone'],
    })
    const hash = firstText(members, ['encrypted_password'])
    const providers = listOf(app['providers'])
    const isFederated = hash === undefined && providers.length > 0 && !providers.includes('email')
    return {
      ...mapped(members, {
        external_id: ['id'],
        email: ['email'],
        email_verified: ['email_confirmed_at'],
        created_at: ['created_at'],
      }),
      name: firstText(user, ['full_name', 'name']),
      disabled: isBanned(members, now),
      ...(isFederated ? {} : hashed(hash)),
      identities,
      metadata: [app, user, members],
    }
  },
}
