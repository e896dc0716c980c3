// Tables of users of frameworks, as a database prints them.
import { describe, expect, it } from 'vitest'
import { passwords, people, personRow, read } from './rows.ts'

const bcrypt = '$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'

describe('aspnet', () => {
  const header =
    'Id,UserName,NormalizedUserName,Email,NormalizedEmail,EmailConfirmed,PasswordHash,SecurityStamp,ConcurrencyStamp,PhoneNumber,PhoneNumberConfirmed,TwoFactorEnabled,LockoutEnd,LockoutEnabled,AccessFailedCount\n'

  it('reads AspNetUsers: the hash as it is; a lockout for ever is a disabled user', async () => {
    const id = '8e445865-a24d-4543-a6c6-9443d048cdb9'
    const row = (end: string) =>
      `${id},ada,ADA,ada@example.com,ADA@EXAMPLE.COM,1,AQAAAAIAAYag,STAMP,c,NULL,0,0,${end},1,0\n`
    const text =
      header + row('9999-12-31 23:59:59.0000000 +00:00') + row('2026-01-01 00:05:00 +00:00')
    const person = {
      external_id: id,
      sub: id,
      username: 'ada',
      email: 'ada@example.com',
      email_verified: true,
      password: { hash: 'AQAAAAIAAYag' },
    }
    expect(await read({ users: text }, { keepSub: true })).toEqual({
      source: 'aspnet',
      rows: [personRow(2, { ...person, disabled: true }), personRow(3, { ...person })],
    })
  })
})

describe('django', () => {
  const hash = 'pbkdf2_sha256$600000$c2FsdA$aGFzaA='

  it('reads auth_user as CSV', async () => {
    const text = `id,password,last_login,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined
1,${hash},,t,ada,Ada,Lovelace,ada@example.com,t,f,2023-11-14 22:13:20.5+00
2,!aBcD,,f,bob,,,,f,t,2023-11-14 22:13:20
`
    expect(await read({ users: text })).toEqual({
      source: 'django',
      rows: [
        personRow(2, {
          external_id: '1',
          username: 'ada',
          email: 'ada@example.com',
          name: 'Ada Lovelace',
          disabled: true,
          created_at: 1700000000,
          password: { hash },
        }),
        personRow(3, {
          external_id: '2',
          username: 'bob',
          created_at: 1700000000,
          password: { reset: true },
        }),
      ],
    })
  })

  it('reads dumpdata, and skips what is no user', async () => {
    const text = JSON.stringify([
      { model: 'auth.group', pk: 1, fields: { name: 'staff', permissions: [] } },
      {
        model: 'auth.user',
        pk: 7,
        fields: {
          username: 'ada',
          password: hash,
          is_active: true,
          date_joined: '2023-11-14T22:13:20.500Z',
        },
      },
    ])
    expect(await read({ users: text })).toEqual({
      source: 'django',
      rows: [
        { file: 'users', line: 1, skipped: 'not_a_user' },
        personRow(2, {
          external_id: '7',
          username: 'ada',
          created_at: 1700000000,
          password: { hash },
        }),
      ],
    })
  })
})

describe('wordpress', () => {
  const header =
    '"ID","user_login","user_pass","user_nicename","user_email","user_url","user_registered","user_activation_key","user_status","display_name"\n'

  it('reads wp_users: its own bcrypt, phpass, and MD5 of old', async () => {
    const row = (hash: string) =>
      `"1","ada","${hash}","ada","ada@example.com","","2023-11-14 22:13:20","","0","Ada, Countess"\n`
    const hashes = [`$wp${bcrypt}`, '$P$B12345678abcdefghijklmnopqrstu', bcrypt]
    const text = header + [...hashes, '5f4dcc3b5aa765d61d8327deb882cf99'].map(row).join('')
    expect(await passwords(text)).toEqual([...hashes, '$digest$a=md5$$X03MO1qnZdYdgyfeuILPmQ=='])
    const { rows, source } = await read({ users: text })
    expect({ source, first: rows[0] }).toEqual({
      source: 'wordpress',
      first: personRow(2, {
        external_id: '1',
        username: 'ada',
        email: 'ada@example.com',
        name: 'Ada, Countess',
        created_at: 1700000000,
        password: { hash: `$wp${bcrypt}` },
      }),
    })
  })
})

describe('devise', () => {
  it('reads its table; with the pepper the hash says so', async () => {
    const text = `id,email,encrypted_password,reset_password_token,reset_password_sent_at,remember_created_at,sign_in_count,confirmed_at,created_at,updated_at
1,ada@example.com,${bcrypt},,,,3,2023-11-14 22:13:20 UTC,2023-11-14 22:13:20.123,2023-11-14 22:13:20
2,bob@example.com,${bcrypt},,,,0,,2023-11-14 22:13:20,2023-11-14 22:13:20
`
    const person = (id: string, email: string, verified: boolean) => ({
      external_id: id,
      email,
      email_verified: verified,
      created_at: 1700000000,
      password: { hash: `$pepper$c8OpY3JldCA$${bcrypt}` },
    })
    expect(await read({ users: text }, { pepper: 'sécret \n' })).toEqual({
      source: 'devise',
      rows: [
        personRow(2, person('1', 'ada@example.com', true)),
        personRow(3, person('2', 'bob@example.com', false)),
      ],
    })
    expect(await passwords(text)).toEqual([bcrypt, bcrypt])
  })
})

describe('werkzeug', () => {
  it('is recognised by its hashes', async () => {
    const scrypt = 'scrypt:32768:8:1$5Zl5Yz$6861'
    const pbkdf2 = 'pbkdf2:sha256:260000$5Zl5Yz$6861'
    const text = `id\tusername\temail\tpassword_hash\tactive\n1\tada\tada@example.com\t${scrypt}\t0\n2\tbob\t\\N\t${pbkdf2}\t1\n`
    expect(await read({ users: text })).toEqual({
      source: 'werkzeug',
      rows: [
        personRow(2, {
          external_id: '1',
          username: 'ada',
          email: 'ada@example.com',
          disabled: true,
          password: { hash: scrypt },
        }),
        personRow(3, { external_id: '2', username: 'bob', password: { hash: pbkdf2 } }),
      ],
    })
  })
})

describe('laravel', () => {
  it('reads the table of users', async () => {
    const text = `id;name;email;email_verified_at;password;remember_token;created_at;updated_at
1;Ada Lovelace;ada@example.com;2023-11-14 22:13:20;${bcrypt};NULL;2023-11-14 22:13:20;2023-11-14 22:13:20
2;Bob;bob@example.com;NULL;${bcrypt};abc;NULL;NULL
`
    expect(await read({ users: text })).toEqual({
      source: 'laravel',
      rows: [
        personRow(2, {
          external_id: '1',
          email: 'ada@example.com',
          email_verified: true,
          name: 'Ada Lovelace',
          created_at: 1700000000,
          password: { hash: bcrypt },
        }),
        personRow(3, {
          external_id: '2',
          email: 'bob@example.com',
          email_verified: false,
          name: 'Bob',
          password: { hash: bcrypt },
        }),
      ],
    })
  })
})

it('somebody who has been deleted is not brought back', async () => {
  const laravel = `id,email,password,remember_token,deleted_at\n1,a@example.com,x,,2023-11-14 22:13:20\n2,b@example.com,x,,NULL\n`
  const devise = `id,email,encrypted_password,sign_in_count,deleted_at\n1,a@example.com,x,1,2023-11-14 22:13:20\n2,b@example.com,x,1,\n`
  const wordpress = `ID,user_login,user_email,spam,deleted\n1,a,,0,1\n2,b,,1,0\n`
  for (const users of [laravel, devise, wordpress]) {
    const { rows } = await read({ users })
    expect(rows.map((row) => ('person' in row ? row.person.external_id : row))).toEqual([
      { file: 'users', line: 2, skipped: 'deleted' },
      '2',
    ])
  }
})

describe('csv', () => {
  it('reads columns of our names: hashes, plain passwords, claims', async () => {
    const text = `id,username,email,email_verified,disabled,created_at,password_hash,password,team
1,ada,ada@example.com,yes,no,1700000000,${bcrypt},,"a ""quoted"" team"
2,bob,,,1,1700000000000,," two spaces  ",
`
    expect(await read({ users: text }, { claims: ['team'] })).toEqual({
      source: 'csv',
      rows: [
        personRow(2, {
          external_id: '1',
          username: 'ada',
          email: 'ada@example.com',
          email_verified: true,
          created_at: 1700000000,
          claims: { team: 'a "quoted" team' },
          password: { hash: bcrypt },
        }),
        personRow(3, {
          external_id: '2',
          username: 'bob',
          disabled: true,
          created_at: 1700000000,
          password: { plain: ' two spaces  ' },
        }),
      ],
    })
  })

  it('O30: what stands where there is no password is a reset, and never a hash', async () => {
    const text = ['!', 'x', '*', '**********', '""', '!!', '!$2y$10$abc']
      .map((hash) => `ada@example.com,${hash}\n`)
      .join('')
    const reset = { reset: true, code: undefined }
    expect(await passwords(`email,password_hash\n${text}`)).toEqual([
      ...[reset, reset, reset, { reset: true, code: 'masked' }],
      ...[reset, reset, reset],
    ])
  })

  it('knows its columns in other spellings', async () => {
    const text = 'User name,E-Mail Address,Full Name\nada,ada@example.com,Ada Lovelace\n'
    expect(await people(text)).toEqual([
      {
        line: 2,
        external_id: 'ada',
        username: 'ada',
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        password: { reset: true },
      },
    ])
  })

  it('O27: a word that every object has is no flag, and verifies nothing', async () => {
    const [person] = await people(
      'email,email_verified,disabled\na@example.com,constructor,constructor\n',
    )
    expect(person).toEqual({
      line: 2,
      external_id: 'a@example.com',
      email: 'a@example.com',
      email_verified: false,
      password: { reset: true },
    })
  })

  it('takes the username or the e-mail address as the id if there is none', async () => {
    const text = 'username,email\nada,ada@example.com\n,bob@example.com\n'
    expect((await people(text)).map((each) => each.external_id)).toEqual(['ada', 'bob@example.com'])
  })
})
