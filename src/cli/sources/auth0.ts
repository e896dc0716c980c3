// Auth0's export job (NDJSON or CSV), which has no hashes, and the file with them that its support
// hands out.
import { isObject } from '../json.ts'
import { auth0ObjectId } from './auth0-hashes.ts'
import { hashed } from './hash-text.ts'
import { type Members, firstText, flagOf, listOf, membersOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Context, Draft, Identity, Source } from './source.ts'

/** The second names are those of the import and export extension. */
const map = {
  external_id: ['user_id', 'Id'],
  username: ['username', 'Username'],
  email: ['email', 'Email'],
  email_verified: ['email_verified', 'Email Verified'],
  name: ['name', 'Name'],
  disabled: ['blocked', 'Blocked'],
  created_at: ['created_at', 'Created At'],
}

const isImportForm = (names: ReadonlySet<string>) =>
  names.has('custom_password_hash') || names.has('password_hash')

export const auth0: Source = {
  name: 'auth0',
  subject: 'id',
  recognises: ({ names, entries }) =>
    (names.has('passwordHash') && entries.some((each) => auth0ObjectId(each) !== undefined)) ||
    (!isImportForm(names) &&
      entries.some((each) => isUserId(unquoted(each['user_id'] ?? each['Id'])))) ||
    (names.has('user_id') && names.has('identities') && !isImportForm(names)),
  read: (members, context) => {
    const object = auth0ObjectId(members)
    return object === undefined ? ofExport(members, context) : ofHashFile(members, object)
  },
}

function ofExport(exported: Members, { hashes }: Context): Draft {
  const members = isQuoted(exported)
    ? Object.fromEntries(Object.entries(exported).map(([name, value]) => [name, unquoted(value)]))
    : exported
  const draft = mapped(members, map)
  const local = localIdOf(members, draft.id)
  return {
    ...draft,
    ...(local === undefined ? {} : hashed(hashes?.get(local))),
    metadata: [
      membersOf(members['app_metadata']),
      membersOf(members['user_metadata']),
      columnsOf(members, 'app_metadata.'),
      columnsOf(members, 'user_metadata.'),
      members,
    ],
    identities: identitiesOf(members, draft.id),
  }
}

/** The account in Auth0's own database: the user itself, or one that is linked to it. */
function localIdOf(members: Members, id: string | undefined): string | undefined {
  if (id?.startsWith('auth0|') === true) return id
  const identity = listOf(members['identities'])
    .filter(isObject)
    .find(({ provider }) => provider === 'auth0')
  const local = textOf(identity?.['user_id'])
  return local === undefined ? undefined : `auth0|${local}`
}

const ofHashFile = (members: Members, id: string): Draft => ({
  ...mapped(members, map),
  id: `auth0|${id}`,
  ...hashed(firstText(members, ['passwordHash'])),
})

/** `google-oauth2|123` is an id; what has no provider before its bar is none. */
const isUserId = (value: unknown) => /^[\w.-]+\|.+/.test(textOf(value) ?? '')

/** In CSV each text begins with an apostrophe. In JSON a name may. */
const isQuoted = (members: Members) =>
  firstText(members, [...map.external_id, ...map.email])?.startsWith("'") === true

const unquoted = (value: unknown) => (typeof value === 'string' ? value.replace(/^'/, '') : value)

/** CSV has a column for each member of the metadata that was asked for: `user_metadata.country`. */
const columnsOf = (members: Members, prefix: string): Members =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )

function identitiesOf(members: Members, id: string | undefined): Identity[] {
  const listed = listOf(members['identities']).filter(isObject)
  if (listed.length === 0) {
    const [, provider, subject] = /^([^|]+)\|(.+)$/.exec(id ?? '') ?? []
    if (provider === undefined || subject === undefined || provider === 'auth0') return []
    return [{ names: [provider], subject }]
  }
  return listed.flatMap((identity) => {
    const subject = textOf(identity['user_id'])
    const names = [textOf(identity['connection']), textOf(identity['provider'])]
    // Codes and links by mail or sms are no accounts at a provider.
    const isOwn = ['auth0', 'email', 'sms'].includes(names[1] ?? '')
    if (subject === undefined || isOwn || flagOf(identity['isSocial']) === undefined) return []
    return [{ names: names.flatMap((name) => name ?? []), subject }]
  })
}
