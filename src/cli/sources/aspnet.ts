// ASP.NET Identity: the table AspNetUsers. The hash is base64 of its own form, which the worker reads.
import { mapped } from './member-map.ts'
import { secondsOf } from './members.ts'
import type { Source } from './source.ts'

const year = 365 * 24 * 3600

export const aspnet: Source = {
  name: 'aspnet',
  subject: 'id',
  recognises: ({ names }) =>
    names.has('PasswordHash') && (names.has('NormalizedUserName') || names.has('SecurityStamp')),
  read: (members, { now }) => ({
    ...mapped(members, {
      external_id: ['Id'],
      username: ['UserName'],
      email: ['Email'],
      email_verified: ['EmailConfirmed'],
      password_hash: ['PasswordHash'],
    }),
    // A lockout of minutes is over soon. One of years is how the framework disables a user.
    disabled: (secondsOf(members['LockoutEnd']) ?? 0) > now + year,
    metadata: [members],
  }),
}
