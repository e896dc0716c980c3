// Directories: OpenLDAP, 389 Directory Server, Active Directory.
import { type Credential, hashed, unknownHash, unusable } from './hash-text.ts'
import { flagOf, joinedName, listOf, secondsOf, singleValues, textOf } from './members.ts'
import type { Source } from './source.ts'

const people = [
  'person',
  'inetorgperson',
  'organizationalperson',
  'posixaccount',
  'account',
  'user',
]

export const ldif: Source = {
  name: 'ldif',
  subject: 'none',
  recognises: ({ format }) => format === 'ldif',
  read: (entry) => {
    const first = (name: string) => textOf(listOf(entry[name])[0])
    const classes = listOf(entry['objectclass']).map((name) => String(name).toLowerCase())
    const change = first('changetype')
    if (change !== undefined && change !== 'add') return { skipped: 'not_an_entry' }
    // Computers of Active Directory are of the class `user`, too.
    const isPerson = people.some((name) => classes.includes(name)) && !classes.includes('computer')
    if (!isPerson) return { skipped: 'not_a_person' }
    const { userpassword: passwords, ...attributes } = entry
    const control = Number(first('useraccountcontrol') ?? 0)
    return {
      id: first('entryuuid') ?? first('nsuniqueid') ?? first('objectguid') ?? first('dn'),
      username: first('uid') ?? first('samaccountname'),
      email: first('mail') ?? first('userprincipalname'),
      name: first('displayname') ?? first('cn') ?? joinedName(first('givenname'), first('sn')),
      disabled: (control & 2) === 2 || flagOf(first('nsaccountlock')) === true,
      created_at: secondsOf(first('createtimestamp') ?? first('whencreated')),
      ...credentialOf(listOf(passwords).map(String)),
      metadata: [singleValues(attributes)],
    }
  },
}

/** Of several values that hash which the worker can have: `userPassword` may hold many. */
function credentialOf(values: string[]): Credential {
  const supported = /^\{(S?SHA(256|384|512)?|S?MD5|PBKDF2(-SHA(1|256|512))?|ARGON2)\}/i
  const known = values.find((each) => supported.test(each) || /^\{CRYPT\}\$2[aby]\$/i.test(each))
  if (known !== undefined) {
    // OpenLDAP's module writes the PHC string behind the name of its scheme.
    return hashed(
      known.replace(/^\{ARGON2\}/i, '').replace(/^\{[^}]+\}/, (name) => name.toUpperCase()),
    )
  }
  const [value] = values
  if (value === undefined) return hashed(undefined)
  const scheme = /^\{([\w-]+)\}/.exec(value)?.[1]
  if (scheme !== undefined) {
    return /^\{CRYPT\}[!*x]/i.test(value) ? hashed('!') : unknownHash(`{${scheme.toUpperCase()}}`)
  }
  return unusable('unknown_hash', 'is in clear text, which is not taken over from a directory')
}
