import { describe, expect, it } from 'vitest'
import { passwords, people, read } from './rows.ts'

const user = (custom: unknown, more: object = {}) => ({
  email: 'ada@example.com',
  custom_password_hash: custom,
  ...more,
})
const texts = (...custom: unknown[]) => passwords(JSON.stringify(custom.map((each) => user(each))))

describe('auth0-import', () => {
  it('reads the schema: the prefix of the id, metadata, and the secret of the second factor', async () => {
    const text = JSON.stringify([
      {
        user_id: 'a1',
        email: 'ada@example.com',
        email_verified: true,
        username: 'ada',
        name: 'Ada',
        blocked: true,
        app_metadata: { plan: 'gold' },
        mfa_factors: [{ phone: { value: '+1' } }, { totp: { secret: 'JBSWY3DPEHPK3PXP====' } }],
        custom_password_hash: { algorithm: 'bcrypt', hash: { value: '$2b$10$abc' } },
      },
      { user_id: 'auth0|b2', email: 'bob@example.com', password_hash: '$2a$10$def' },
    ])
    expect(await read({ 'users.json': text }, { keepSub: true, claims: ['plan'] })).toEqual({
      source: 'auth0-import',
      rows: [
        {
          file: 'users.json',
          line: 1,
          person: {
            line: 1,
            external_id: 'auth0|a1',
            sub: 'auth0|a1',
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
            name: 'Ada',
            disabled: true,
            claims: { plan: 'gold' },
            password: { hash: '$2b$10$abc' },
            totp: 'JBSWY3DPEHPK3PXP',
          },
        },
        {
          file: 'users.json',
          line: 2,
          person: {
            line: 2,
            external_id: 'auth0|b2',
            sub: 'auth0|b2',
            email: 'bob@example.com',
            password: { hash: '$2a$10$def' },
          },
        },
      ],
    })
  })

  it('is recognised by password_hash, too', async () => {
    const text = JSON.stringify([{ email: 'ada@example.com', password_hash: '$2b$10$abc' }])
    expect((await read({ users: text })).source).toBe('auth0-import')
    expect(await people(text)).toEqual([
      {
        line: 1,
        external_id: 'ada@example.com',
        email: 'ada@example.com',
        password: { hash: '$2b$10$abc' },
      },
    ])
  })

  it('takes texts over that the worker knows', async () => {
    const argon2 = '$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'
    expect(
      await texts(
        { algorithm: 'argon2', hash: { value: argon2, encoding: 'utf8' } },
        { algorithm: 'bcrypt', hash: { value: '$2y$10$abc' } },
        { algorithm: 'ldap', hash: { value: '{SSHA}c2FsdA==', encoding: 'utf8' } },
      ),
    ).toEqual([argon2, '$2y$10$abc', '{SSHA}c2FsdA=='])
  })

  it('knows the standard parameters of pbkdf2: 100,000 iterations and 64 bytes', async () => {
    expect(
      await texts(
        { algorithm: 'pbkdf2', hash: { value: '$pbkdf2-sha512$c2FsdA$aGFzaA' } },
        { algorithm: 'pbkdf2', hash: { value: '$pbkdf2-sha256$i=5000,l=32$c2FsdA$aGFzaA' } },
        { algorithm: 'pbkdf2', hash: { value: 'sha512:1000' } },
      ),
    ).toEqual([
      '$pbkdf2-sha512$i=100000,l=64$c2FsdA$aGFzaA',
      '$pbkdf2-sha256$i=5000,l=32$c2FsdA$aGFzaA',
      { reset: true, code: 'malformed_hash' },
    ])
  })

  it('knows the standard parameters of scrypt: cost 16384, block size 8', async () => {
    const salt = { value: 'c2FsdA==', encoding: 'base64' }
    expect(
      await texts(
        { algorithm: 'scrypt', hash: { value: '68617368', encoding: 'hex' }, salt },
        {
          algorithm: 'scrypt',
          hash: { value: 'aGFzaA==', encoding: 'base64' },
          salt: { value: 'salt', encoding: 'utf8' },
          cost: 32768,
          blockSize: 4,
          parallelization: 2,
          keylen: 4,
        },
        { algorithm: 'scrypt', hash: { value: '68617368' }, salt, cost: 1000 },
      ),
    ).toEqual([
      '$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA',
      '$scrypt$ln=15,r=4,p=2$c2FsdA$aGFzaA',
      { reset: true, code: 'malformed_hash' },
    ])
  })

  it.each(['md4', 'md5', 'sha1', 'sha256', 'sha512'])(
    'reads %s: salt before the password unless it says suffix, hex or either base64',
    async (algorithm) => {
      const hash = (value: string, encoding: string) => ({ value, encoding })
      expect(
        await texts(
          { algorithm, hash: hash('fffe', 'hex') },
          { algorithm, hash: hash('//4=', 'base64'), salt: { value: 'Nacl' } },
          {
            algorithm,
            hash: hash('__4', 'base64'),
            salt: { value: '4e61636c', encoding: 'hex', position: 'suffix' },
            password: { encoding: 'utf16le' },
          },
          { algorithm, hash: hash('fffe', 'hex'), password: { encoding: 'latin1' } },
          { algorithm, hash: hash('xyz', 'hex') },
        ),
      ).toEqual([
        `$digest$a=${algorithm}$$//4=`,
        `$digest$a=${algorithm}$TmFjbA==$//4=`,
        `$digest$a=${algorithm},s=suffix,e=utf16le$TmFjbA==$//4=`,
        `$digest$a=${algorithm},e=latin1$$//4=`,
        { reset: true, code: 'malformed_hash' },
      ])
    },
  )

  it('reads hmac: its key is the salt', async () => {
    expect(
      await texts(
        {
          algorithm: 'hmac',
          hash: {
            value: 'fffe',
            encoding: 'hex',
            digest: 'sha256',
            key: { value: 'TmFjbA==', encoding: 'base64' },
          },
        },
        { algorithm: 'hmac', hash: { value: 'fffe', digest: 'whirlpool', key: { value: 'k' } } },
      ),
    ).toEqual(['$digest$a=sha256,k=hmac$TmFjbA==$//4=', { reset: true, code: 'unknown_hash' }])
  })

  it('keeps the person of an unknown algorithm, and says why their password is reset', async () => {
    const { rows } = await read({
      users: JSON.stringify([user({ algorithm: 'whirlpool', hash: { value: 'x' } })]),
    })
    expect(rows).toEqual([
      {
        file: 'users',
        line: 1,
        person: {
          line: 1,
          external_id: 'ada@example.com',
          email: 'ada@example.com',
          password: { reset: true },
        },
        problems: [
          {
            field: 'password',
            code: 'unknown_hash',
            detail:
              'is hashed with whirlpool, which is not supported, so that the user has no password',
          },
        ],
      },
    ])
  })
})
