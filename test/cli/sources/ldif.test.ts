import { describe, expect, it } from 'vitest'
import { passwords, personRow, read } from './rows.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

const entry = (password: string) => `dn: uid=u,dc=example
objectClass: person
uid: u
userPassword:: ${base64(password)}

`

describe('ldif', () => {
  it('reads folded lines, base64 and comments; the line is the first of the entry', async () => {
    const text = `# a comment that is
 folded
version: 1

dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization

# another
dn: uid=ada,ou=people,dc=example,
 dc=com
objectClass: inetOrgPerson
entryUUID: 5ea0c5c2-0000-4000-8000-000000000001
uid: ada
cn;lang-en: Ada Lovelace
# in between
mail: ada@example.com
mail: countess@example.com
description:: ${base64('Zürich')}
userPassword:: ${base64('{SSHA}c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0')}
createTimestamp: 20231114221320Z
nsAccountLock: TRUE
jpegPhoto:: ${'A'.repeat(80)}
 AAAA
`
    expect(await read({ 'people.ldif': text }, { claims: ['description', 'mail'] })).toEqual({
      source: 'ldif',
      rows: [
        { file: 'people.ldif', line: 5, skipped: 'not_a_person' },
        {
          file: 'people.ldif',
          line: 10,
          person: {
            line: 10,
            external_id: '5ea0c5c2-0000-4000-8000-000000000001',
            username: 'ada',
            email: 'ada@example.com',
            name: 'Ada Lovelace',
            disabled: true,
            created_at: 1700000000,
            claims: { description: 'Zürich', mail: ['ada@example.com', 'countess@example.com'] },
            password: { hash: '{SSHA}c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0' },
          },
        },
      ],
    })
  })

  it('reads Active Directory: binary ids, disabled accounts; computers are no people', async () => {
    const text = `dn: CN=Ada,DC=example
objectClass: user
objectGUID:: ${Buffer.alloc(16, 0xc3).toString('base64')}
sAMAccountName: ada
userPrincipalName: ada@corp.example
userAccountControl: 514
whenCreated: 20231114221320.0Z

dn: CN=PC1,DC=example
objectClass: user
objectClass: computer
sAMAccountName: PC1$
`
    expect((await read({ users: text })).rows).toEqual([
      personRow(1, {
        external_id: 'c3'.repeat(16),
        username: 'ada',
        email: 'ada@corp.example',
        disabled: true,
        created_at: 1700000000,
        password: { reset: true },
      }),
      { file: 'users', line: 9, skipped: 'not_a_person' },
    ])
  })

  it('takes the schemes over that the worker knows, and resets all others', async () => {
    const bcrypt = '$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
    const texts = [
      ...['{SSHA}c2FsdA==', '{SSHA256}c2FsdA==', '{SSHA384}c2FsdA==', '{SSHA512}c2FsdA=='],
      ...[
        '{SHA}c2FsdA==',
        '{SHA256}c2FsdA==',
        '{SHA512}c2FsdA==',
        '{SMD5}c2FsdA==',
        '{MD5}c2FsdA==',
      ],
      ...['{PBKDF2}1$c2FsdA$aGFzaA', '{PBKDF2-SHA256}1$c2FsdA$aGFzaA', `{CRYPT}${bcrypt}`],
    ]
    expect(await passwords(texts.map(entry).join(''))).toEqual(texts)
    const argon2 = '$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA'
    const others = ['{ssha}c2FsdA==', `{ARGON2}${argon2}`, '{CRYPT}$6$salt$hash', '{CRYPT}*']
    const clear = ['{CLEARTEXT}secret', 'secret', '{SASL}ada@EXAMPLE']
    const unknown = { reset: true, code: 'unknown_hash' }
    expect(await passwords([...others, ...clear].map(entry).join(''))).toEqual([
      ...['{SSHA}c2FsdA==', argon2, unknown, { reset: true, code: undefined }],
      ...[unknown, unknown, unknown],
    ])
  })

  it('O27: an entry of more than 1 MiB is a row error, and pictures do not count', async () => {
    const lines = (name: string) => `${name}:: ${`${'A'.repeat(76)}\n `.repeat(20_000)}AAAA\n`
    const person = (name: string) => `dn: uid=u\nobjectClass: person\nuid: u\n${lines(name)}\n`
    const { rows } = await read({ users: person('jpegPhoto') + person('description') + entry('!') })
    expect(rows).toMatchObject([
      { line: 1, person: { username: 'u' } },
      { line: 20_006, error: { code: 'too_long' } },
      { line: 40_011, person: { username: 'u' } },
    ])
  })

  it('O27: a broken entry is one row error, and the next is read', async () => {
    const broken = (line: string) => `dn: uid=b,dc=example\n${line}\n\n`
    const text =
      broken('no colon') +
      broken('jpegPhoto:: AAAA\nuserPassword:< file:///etc/passwd') +
      entry('x')
    const error = (detail: string) => ({ field: '', code: 'not_ldif', detail })
    expect((await read({ users: text })).rows).toEqual([
      { file: 'users', line: 1, error: error('is not LDIF') },
      { file: 'users', line: 4, error: error('takes userpassword from a file') },
      {
        file: 'users',
        line: 8,
        person: {
          line: 8,
          external_id: 'uid=u,dc=example',
          username: 'u',
          password: { reset: true },
        },
        problems: [
          {
            field: 'password',
            code: 'unknown_hash',
            detail:
              'is in clear text, which is not taken over from a directory, so that the user has no password',
          },
        ],
      },
    ])
  })
})
