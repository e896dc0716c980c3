// `firebase auth:export`: JSON, or CSV without a header.
import { isFirebaseCsv, readFirebaseCsv } from './firebase-csv.ts'
import { type Credential, fromBase64, hashed, malformedHash, unusable } from './hash-text.ts'
import { identitiesOf } from './identities.ts'
import { type Members, membersOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Context, Source } from './source.ts'

export const firebase: Source = {
  name: 'firebase',
  subject: 'id',
  recognises: ({ format, names, head }) =>
    format === 'csv' ? isFirebaseCsv(head) : names.has('localId'),
  refusal: ({ format, head, entries }, { firebase: parameters }) => {
    const hasHashes =
      format === 'csv'
        ? /^[^,\n]*,[^,\n]*,(true|false),[^,\n]/m.test(head)
        : entries.some((members) => textOf(members['passwordHash']) !== undefined)
    return hasHashes && parameters === undefined ? askForParameters : undefined
  },
  readCsv: readFirebaseCsv,
  read: (members, context) => {
    const identities = identitiesOf(members['providerUserInfo'], {
      provider: 'providerId',
      subject: ['rawId'],
      own: ['password', 'phone'],
    })
    const credential = credentialOf(members, context)
    const isFederated = textOf(members['passwordHash']) === undefined && identities.length > 0
    return {
      ...mapped(members, {
        external_id: ['localId'],
        email: ['email'],
        email_verified: ['emailVerified'],
        name: ['displayName'],
        disabled: ['disabled'],
        created_at: ['createdAt'],
      }),
      ...(isFederated ? {} : credential),
      identities,
      // JSON in a string.
      metadata: [membersOf(members['customAttributes']), members],
    }
  },
}

const askForParameters =
  'the passwords of Firebase need its hash parameters: copy them in the Firebase console (Authentication, Users, Password hash parameters) into a file, and name it by --hash-config'

function credentialOf(members: Members, { firebase: parameters }: Context): Credential {
  const hash = textOf(members['passwordHash'])
  const salt = textOf(members['salt']) ?? ''
  if (hash === undefined) return hashed(undefined)
  if (parameters === undefined) return unusable('unknown_hash', 'needs --hash-config')
  if (fromBase64(hash) === undefined || fromBase64(salt) === undefined) {
    return malformedHash('has a hash or salt that is not base64')
  }
  const { signerKey, saltSeparator, rounds, memoryCost } = parameters
  return hashed(
    `$fbscrypt$v=1,n=${memoryCost},r=${rounds},p=1,ss=${saltSeparator},sk=${signerKey}$${salt}$${hash}`,
  )
}
