// Postern's own export (users.jsonl): its members are those of the import protocol already.
import { isObject } from '../json.ts'
import { type Credential, hashed, temporaryIf } from './hash-text.ts'
import { type Members, flagOf, listOf, membersOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Draft, Source } from './source.ts'

export const postern: Source = {
  name: 'postern',
  subject: 'sub',
  recognises: ({ format, names }) =>
    format === 'lines' && names.has('sub') && names.has('username') && !names.has('user_id'),
  read: (members) => {
    const claims = membersOf(members['claims'])
    const roles = listOf(members['roles']).filter((role) => typeof role === 'string')
    const draft: Draft = {
      ...mapped(members, {
        external_id: ['external_id', 'sub'],
        sub: ['sub'],
        username: ['username'],
        email: ['email'],
        email_verified: ['email_verified'],
        name: ['name'],
        disabled: ['disabled'],
        created_at: ['created_at'],
      }),
      ...passwordOf(members['password']),
      scope: textOf(members['scope']),
      totp: textOf(members['totp']),
    }
    if (roles.length > 0) draft.roles = roles
    if (Object.keys(claims).length > 0) draft.claims = claims
    const links = listOf(members['links']).filter(isObject).flatMap(linkOf)
    if (links.length > 0) draft.links = links
    return draft
  },
}

function passwordOf(value: unknown): Credential {
  const members = membersOf(value)
  const { hash, plain } = members
  const mustChange = flagOf(members['temporary']) === true
  if (typeof hash === 'string') return temporaryIf(mustChange, hashed(hash))
  if (typeof plain === 'string') return temporaryIf(mustChange, { password: { plain } })
  return flagOf(members['reset']) === true ? { password: { reset: true } } : {}
}

const linkOf = ({ issuer, subject }: Members) =>
  typeof issuer === 'string' && typeof subject === 'string' ? [{ issuer, subject }] : []
