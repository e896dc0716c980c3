import { describe, expect, it } from 'vitest'
import { parseMap } from '../../../src/cli/sources/member-map.ts'
import { isSourceName, parseLink } from '../../../src/cli/sources/open-source.ts'
import { sourceNames } from '../../../src/cli/sources/source.ts'
import { sources } from '../../../src/cli/sources/sources.ts'
import { jsonLines, people, personRow, read } from './rows.ts'

describe('the sources', () => {
  it('are as many as their names', () => {
    expect(sources.map(({ name }) => name)).toEqual(sourceNames)
    expect({ known: isSourceName('auth0'), other: isSourceName('Auth0') }).toEqual({
      known: true,
      other: false,
    })
  })

  it('are listed if none recognises a file', async () => {
    await expect(read({ 'mail.csv': 'alpha,beta\n1,2\n' })).rejects.toThrow(
      `mail.csv is not recognised as the export of any source: say which by --source (${sourceNames.join(', ')})`,
    )
  })

  it('are listed if several recognise a file, which --source decides', async () => {
    const text =
      'id,encrypted_password,email_confirmed_at,sign_in_count,email\n1,x,,1,a@example.com\n'
    await expect(read({ users: text })).rejects.toThrow(
      'users could come from several sources: say which by --source (supabase, devise)',
    )
    expect((await read({ users: text }, { source: 'devise' })).source).toBe('devise')
  })
})

describe('--map', () => {
  const text = 'key,mail,login name,secret,when\n7,ada@example.com,ada,$2b$10$abc,2023-11-14\n'

  it('names the columns of a file, which is then CSV of no system', async () => {
    const map = parseMap(
      'external_id=key, email=mail,username=login name,password_hash=secret,created_at=when',
    )
    expect(await read({ users: text }, { map })).toEqual({
      source: 'csv',
      rows: [
        personRow(2, {
          external_id: '7',
          username: 'ada',
          email: 'ada@example.com',
          created_at: 1699920000,
          password: { hash: '$2b$10$abc' },
        }),
      ],
    })
  })

  it('stands above what a source says, and takes members of objects by a path', async () => {
    const user = {
      user_id: 'auth0|a',
      email: 'a@example.com',
      app_metadata: { login: 'ada', old: 'a-1' },
    }
    const [person] = await people(jsonLines(user), {
      map: parseMap('username=app_metadata.login,sub=app_metadata.old'),
      keepSub: true,
    })
    expect(person).toEqual({
      line: 1,
      external_id: 'auth0|a',
      sub: 'a-1',
      username: 'ada',
      email: 'a@example.com',
      password: { reset: true },
    })
  })

  it('leaves what the source says where the member that it names has no value', async () => {
    const [person] = await people(jsonLines({ user_id: 'auth0|a', email: 'a@example.com' }), {
      map: parseMap('email=other'),
    })
    expect(person?.email).toBe('a@example.com')
  })

  it('takes a hash from elsewhere, and where there is none what the source has', async () => {
    const user = (secret: string) => ({
      email: 'a@example.com',
      password_hash: '$2a$10$own',
      app_metadata: { secret },
    })
    const text = jsonLines(user('$2b$10$abc'), user(''))
    const map = parseMap('password_hash=app_metadata.secret')
    expect((await people(text, { map })).map((each) => each.password)).toEqual([
      { hash: '$2b$10$abc' },
      { hash: '$2a$10$own' },
    ])
  })

  it('refuses a column that the file does not have, and lists those that it has', async () => {
    await expect(read({ users: text }, { map: parseMap('email=e-mail') })).rejects.toThrow(
      '--map: there is no column "e-mail"; the file has key, mail, login name, secret, when',
    )
  })

  it.each([
    ['email', '--map takes ours=theirs,...'],
    ['email=a=b', '--map takes ours=theirs,...'],
    [
      'mail=email',
      '--map has no member "mail": it takes username, email, email_verified, name, password_hash, external_id, sub, disabled, created_at',
    ],
    ['email=mail,email=other', '--map names email twice'],
    ['email=mail,username=mail', '--map names "mail" twice'],
  ])('refuses %s', (given, message) => {
    expect(() => parseMap(given)).toThrow(message)
  })
})

describe('--link', () => {
  it('is a provider and its issuer', () => {
    expect(parseLink('google=https://accounts.google.com')).toEqual([
      'google',
      'https://accounts.google.com',
    ])
    for (const text of ['google', '=https://a.example', 'google=accounts.google.com']) {
      expect(() => parseLink(text)).toThrow('--link takes provider=issuer, such as')
    }
  })
})

describe('--keep-sub', () => {
  it.each(['django', 'wordpress', 'devise', 'werkzeug', 'laravel', 'ldif', 'csv'] as const)(
    'is refused for %s, whose ids are not made to last',
    async (source) => {
      await expect(
        read({ users: 'id,email\n1,a@example.com\n' }, { source, keepSub: true }),
      ).rejects.toThrow(
        `--keep-sub: ${source} has no lasting ids, so name a member by --map sub=...`,
      )
    },
  )

  it('takes the column that --map names', async () => {
    const [person] = await people('id,email\n1,a@example.com\n', {
      keepSub: true,
      map: parseMap('sub=id'),
    })
    expect(person?.sub).toBe('1')
  })
})

describe('what the worker would refuse a person for', () => {
  it('is left out, and listed, if they are not known by it', async () => {
    const text = `username,email,name
ada,ada@localhost,"  Ada
\tLovelace\u0007"
,bob@localhost,${'n'.repeat(199)}😀
`
    expect((await read({ users: text })).rows).toEqual([
      {
        file: 'users',
        line: 2,
        person: {
          line: 2,
          external_id: 'ada',
          username: 'ada',
          name: 'Ada Lovelace',
          password: { reset: true },
        },
        problems: [
          { field: 'email', code: 'invalid', detail: 'is not an e-mail address, and is left out' },
        ],
      },
      personRow(4, {
        external_id: 'bob@localhost',
        email: 'bob@localhost',
        name: 'n'.repeat(199),
        password: { reset: true },
      }),
    ])
  })

  it('is left out if a secret is too short for the worker', async () => {
    const credentials = [
      {
        type: 'otp',
        secretData: '{"value":"short"}',
        credentialData: '{"subType":"totp","digits":6,"period":30,"algorithm":"HmacSHA1"}',
      },
    ]
    const text = JSON.stringify({ realm: 'a', users: [{ id: '1', username: 'ada', credentials }] })
    expect((await read({ users: text })).rows).toEqual([
      {
        file: 'users',
        line: 1,
        person: { line: 1, external_id: '1', username: 'ada', password: { reset: true } },
        problems: [
          {
            field: 'totp',
            code: 'invalid',
            detail: 'is not base32 of 10 bytes or more, and is left out',
          },
        ],
      },
    ])
  })
})

describe('--claims', () => {
  it('takes own members alone, and none that is empty', async () => {
    const [person] = await people(
      jsonLines({
        user_id: 'auth0|a',
        email: 'a@example.com',
        app_metadata: { a: null, b: '', c: false },
      }),
      { claims: ['a', 'b', 'c', 'constructor', 'toString'] },
    )
    expect(person?.claims).toEqual({ c: false })
  })
})

it('--hash-config is refused for another source than firebase', async () => {
  await expect(read({ users: 'email\na@example.com\n' }, { hashConfig: '{}' })).rejects.toThrow(
    '--hash-config is for firebase, and the source is csv',
  )
})
