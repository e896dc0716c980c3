import { describe, expect, it } from 'vitest'
import { passwords, people, personRow, read } from './rows.ts'

const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64')
const unpadded = (length: number) => bytes(length).replace(/=+$/, '')

const password = (secret: object, data: object, more: object = {}) => ({
  id: 'c1',
  type: 'password',
  createdDate: 1700000000000,
  secretData: JSON.stringify(secret),
  credentialData: JSON.stringify(data),
  ...more,
})

const ada = {
  id: '4c4a2b3e-0000-4000-8000-000000000001',
  createdTimestamp: 1700000000123,
  username: 'ada',
  enabled: false,
  totp: true,
  emailVerified: true,
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  attributes: { locale: ['en'], phone: ['1', '2'] },
  credentials: [
    password(
      { value: bytes(64), salt: bytes(16), additionalParameters: {} },
      { hashIterations: 210000, algorithm: 'pbkdf2-sha512', additionalParameters: {} },
    ),
    {
      id: 'c2',
      type: 'otp',
      secretData: '{"value":"12345678901234567890"}',
      credentialData:
        '{"subType":"totp","digits":6,"counter":0,"period":30,"algorithm":"HmacSHA1"}',
    },
  ],
  requiredActions: [],
  federatedIdentities: [{ identityProvider: 'google', userId: '1142', userName: 'ada@gmail.com' }],
  realmRoles: ['default-roles-acme', 'admin'],
  groups: ['/staff'],
  notBefore: 0,
}
const realm = (users: unknown[], more: object = {}) =>
  JSON.stringify({ id: 'acme', realm: 'acme', ...more, users }, null, 2)

const withCredentials = (...credentials: unknown[]) =>
  realm(
    credentials.map((each, index) => ({
      id: `u${index}`,
      username: `u${index}`,
      credentials: [each],
    })),
  )

describe('keycloak', () => {
  it('reads a realm in one file, in which users are one member of many', async () => {
    const text = realm([ada], {
      roles: { realm: [{ name: 'users', attributes: { users: ['x'] } }] },
      clients: [{ clientId: 'users', redirectUris: ['https://a.example/[x]"}'] }],
    })
    const options = {
      claims: ['locale', 'phone', 'groups'],
      links: { google: 'https://accounts.google.com' },
      keepSub: true,
    }
    expect(await read({ 'acme-realm.json': text }, options)).toEqual({
      source: 'keycloak',
      rows: [
        {
          file: 'acme-realm.json',
          line: 1,
          person: {
            line: 1,
            external_id: '4c4a2b3e-0000-4000-8000-000000000001',
            sub: '4c4a2b3e-0000-4000-8000-000000000001',
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
            name: 'Ada Lovelace',
            disabled: true,
            created_at: 1700000000,
            claims: { locale: 'en', phone: ['1', '2'], groups: ['/staff'] },
            password: {
              hash: `$pbkdf2-sha512$i=210000,l=64$${unpadded(16)}$${unpadded(64)}`,
            },
            totp: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
            links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
          },
        },
      ],
    })
  })

  it('reads a directory: the files of users by their number, beside a realm without users', async () => {
    const users = (name: string) =>
      JSON.stringify({ realm: 'acme', users: [{ id: name, username: name }] })
    const { rows, source } = await read({
      'export/acme-users-10.json': users('eleventh'),
      'export/acme-users-2.json': users('third'),
      'export/acme-realm.json': JSON.stringify({ realm: 'acme', clients: [] }),
      'export/notes.txt': 'none of it',
    })
    expect({ source, files: rows.map(({ file, line }) => ({ file, line })) }).toEqual({
      source: 'keycloak',
      files: [
        { file: 'acme-users-2.json', line: 1 },
        { file: 'acme-users-10.json', line: 1 },
      ],
    })
  })

  it('says so if the file of the realm was copied alone', async () => {
    for (const text of [
      JSON.stringify({ realm: 'acme', clients: [] }),
      JSON.stringify({ realm: 'acme', clients: [{ clientId: 'a' }] }, null, 2),
    ]) {
      await expect(read({ 'acme-realm.json': text })).rejects.toThrow(
        'the realm has no users in this file: Keycloak writes them to X-users-0.json and further files beside X-realm.json, so name the directory',
      )
    }
  })

  it('refuses a directory without an export', async () => {
    await expect(read({ 'empty/notes.txt': 'nothing' })).rejects.toThrow(
      /has no X-realm.json and no X-users-0.json of Keycloak: name the files$/,
    )
  })

  it('takes the length of a PBKDF2 hash from its value: sha256 is two blocks by default', async () => {
    const secret = { value: bytes(64), salt: bytes(16) }
    expect(
      await passwords(
        withCredentials(
          password(secret, { hashIterations: 27500, algorithm: 'pbkdf2-sha256' }),
          password(
            { ...secret, value: bytes(32) },
            { hashIterations: 1, algorithm: 'pbkdf2-sha256' },
          ),
          password(secret, { hashIterations: 20000, algorithm: 'pbkdf2' }),
        ),
      ),
    ).toEqual([
      `$pbkdf2-sha256$i=27500,l=64$${unpadded(16)}$${unpadded(64)}`,
      `$pbkdf2-sha256$i=1,l=32$${unpadded(16)}$${unpadded(32)}`,
      `$pbkdf2-sha1$i=20000,l=64$${unpadded(16)}$${unpadded(64)}`,
    ])
  })

  it('reads argon2, whose parameters are lists of texts', async () => {
    const data = (type: string, version: string) => ({
      hashIterations: 5,
      algorithm: 'argon2',
      additionalParameters: {
        hashLength: ['32'],
        memory: ['7168'],
        type: [type],
        version: [version],
        parallelism: ['1'],
      },
    })
    const secret = { value: bytes(32), salt: bytes(16), additionalParameters: {} }
    expect(
      await passwords(
        withCredentials(
          password(secret, data('id', '1.3')),
          password(secret, data('i', '1.0')),
          password(secret, data('x', '1.3')),
        ),
      ),
    ).toEqual([
      `$argon2id$v=19$m=7168,t=5,p=1$${unpadded(16)}$${unpadded(32)}`,
      `$argon2i$v=16$m=7168,t=5,p=1$${unpadded(16)}$${unpadded(32)}`,
      { reset: true, code: 'malformed_hash' },
    ])
  })

  it('reads the older form, in which the parts stand in the credential itself', async () => {
    const old = {
      type: 'password',
      hashedSaltedValue: bytes(64),
      salt: bytes(16),
      hashIterations: 27500,
      counter: 0,
      algorithm: 'pbkdf2-sha256',
      digits: 0,
      temporary: false,
    }
    expect(await passwords(withCredentials(old))).toEqual([
      `$pbkdf2-sha256$i=27500,l=64$${unpadded(16)}$${unpadded(64)}`,
    ])
  })

  it('resets what is hashed by an extension, and says which', async () => {
    const secret = { value: bytes(64), salt: bytes(16) }
    const { rows } = await read({
      users: withCredentials(
        password(secret, { hashIterations: 1, algorithm: 'constructor' }),
        password(secret, { hashIterations: 1, algorithm: '\u001b[2J' }),
        password({ ...secret, value: '?' }, { hashIterations: 1, algorithm: 'pbkdf2' }),
        password(secret, { algorithm: 'pbkdf2' }),
      ),
    })
    const lost = (code: string, detail: string) => [
      { field: 'password', code, detail: `${detail}, so that the user has no password` },
    ]
    expect(rows.map((row) => ('person' in row ? row.problems : undefined))).toEqual([
      lost('unknown_hash', 'is hashed with constructor, which is not supported'),
      lost('unknown_hash', 'is hashed with ??2J, which is not supported'),
      lost('malformed_hash', 'has a value or salt that is not base64'),
      lost('malformed_hash', 'has no hashIterations'),
    ])
  })

  it('takes a value in clear as the password, temporary or not', async () => {
    const clear = { type: 'password', value: ' secret ' }
    const text = withCredentials(clear, { ...clear, temporary: true })
    expect((await people(text)).map((each) => each.password)).toEqual([
      { plain: ' secret ' },
      { plain: ' secret ', temporary: true },
    ])
  })

  it('takes a password as temporary if the user must update it', async () => {
    const [person] = await people(realm([{ ...ada, requiredActions: ['UPDATE_PASSWORD'] }]))
    expect(person?.password).toMatchObject({ temporary: true })
  })

  it('says that the console has masked the secrets', async () => {
    const masked = '**********'
    const { rows } = await read({
      users: withCredentials(
        { type: 'password', value: masked },
        { type: 'password', secretData: masked, credentialData: '{"algorithm":"pbkdf2"}' },
        { type: 'otp', secretData: masked, credentialData: '{"subType":"totp"}' },
      ),
    })
    const password = [
      {
        field: 'password',
        code: 'masked',
        detail: 'is masked in the export, so that the user has no password',
      },
    ]
    const totp = { field: 'totp', code: 'masked', detail: 'is masked in the export' }
    expect(rows.map((row) => ('person' in row ? row.problems : undefined))).toEqual([
      password,
      password,
      [totp],
    ])
  })

  it('takes the secret of the authenticator as it is only if its encoding is base32, and its kind', async () => {
    const otp = (data: object) => ({
      type: 'otp',
      secretData: '{"value":"GEZDGNBVGY3TQOJQ"}',
      credentialData: JSON.stringify({ subType: 'totp', digits: 6, period: 30, ...data }),
    })
    const { rows } = await read({
      users: withCredentials(
        otp({ secretEncoding: 'BASE32' }),
        otp({}),
        otp({ digits: 8, period: 60, algorithm: 'HmacSHA512', secretEncoding: 'BASE32' }),
        otp({ digits: 7 }),
        otp({ subType: 'hotp' }),
        otp({ algorithm: 'HmacMD5' }),
      ),
    })
    const unsupported = {
      field: 'totp',
      code: 'unsupported',
      detail: 'is not of SHA-1, 256 or 512, 6 or 8 digits, and 30 or 60 seconds',
    }
    expect(
      rows.map((row) => ('person' in row ? (row.person.totp ?? row.problems) : undefined)),
    ).toEqual([
      'GEZDGNBVGY3TQOJQ',
      'I5CVURCHJZBFMR2ZGNKFCT2KKE',
      'otpauth://totp/app?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA512&digits=8&period=60',
      [unsupported],
      [unsupported],
      [unsupported],
    ])
  })

  it('skips service accounts, which are no users', async () => {
    const { rows } = await read({
      users: realm([
        { id: 'a', username: 'api', serviceAccountClientId: 'api' },
        { id: 'b', username: 'service-account-old' },
      ]),
    })
    expect(rows).toEqual([
      { file: 'users', line: 1, skipped: 'service_account' },
      { file: 'users', line: 2, skipped: 'service_account' },
    ])
  })

  it('gives a federated user without a password none, and resets that of all others', async () => {
    const federatedIdentities = [{ identityProvider: 'google', userId: '1' }]
    const { rows } = await read({
      users: realm([
        { id: 'a', username: 'a', federatedIdentities },
        { id: 'b', username: 'b' },
      ]),
    })
    expect(rows).toEqual([
      {
        file: 'users',
        line: 1,
        person: { line: 1, external_id: 'a', username: 'a' },
        unnamed: ['google'],
      },
      personRow(2, { external_id: 'b', username: 'b', password: { reset: true } }),
    ])
  })
})
