// Amazon Cognito: a CSV with the columns of its import template, or the JSON of ListUsers. There is
// never a password in them.
import { isObject } from '../json.ts'
import { identitiesOf } from './identities.ts'
import {
  type Members,
  firstText,
  flagOf,
  joinedName,
  listOf,
  secondsOf,
  textOf,
} from './members.ts'
import type { Draft, Source } from './source.ts'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

export const cognito: Source = {
  name: 'cognito',
  subject: 'sub',
  recognises: ({ names }) =>
    names.has('cognito:username') || (names.has('Username') && names.has('UserStatus')),
  read: (members) => {
    const attributes = attributesOf(members)
    const username = firstText(members, ['cognito:username', 'Username'])
    const isUuid = username !== undefined && uuid.test(username)
    const isFederated = textOf(members['UserStatus']) === 'EXTERNAL_PROVIDER'
    const sub = firstText(attributes, ['sub'])
    const draft: Draft = {
      id: sub ?? username,
      sub: sub ?? (isUuid ? username : undefined),
      // The username of a pool that signs in by e-mail is a UUID, and that of a federated user the
      // provider with an id: nobody types either.
      username: isUuid || isFederated ? firstText(attributes, ['preferred_username']) : username,
      email: firstText(attributes, ['email']),
      email_verified: flagOf(attributes['email_verified']),
      name:
        firstText(attributes, ['name']) ??
        joinedName(attributes['given_name'], attributes['family_name']),
      disabled: flagOf(members['Enabled']) === false,
      created_at: secondsOf(members['UserCreateDate']),
      identities: identitiesOf(attributes['identities'], {
        provider: 'providerName',
        subject: ['userId'],
      }),
      metadata: [attributes],
    }
    return isFederated ? draft : { ...draft, password: { reset: true } }
  },
}

/** ListUsers has a list of names and values, CSV a column each. `custom:plan` is `plan`, too. */
function attributesOf(members: Members): Members {
  const listed = listOf(members['Attributes'])
    .filter(isObject)
    .map(({ Name, Value }): [string, unknown] => [String(Name), Value])
  const entries = listed.length > 0 ? listed : Object.entries(members)
  const short = entries
    .filter(([name]) => name.startsWith('custom:'))
    .map(([name, value]) => [name.slice('custom:'.length), value])
  return { ...Object.fromEntries(short), ...Object.fromEntries(entries) }
}
