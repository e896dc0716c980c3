import { describe, expect, it } from 'vitest'
import { passwords, personRow, read } from './rows.ts'

const user = (hash: object) => ({
  profile: { login: 'ada', email: 'ada@example.com' },
  credentials: { password: { hash } },
})

describe('okta', () => {
  it('reads the users of its API, which have no hashes', async () => {
    const text = JSON.stringify([
      {
        id: '00ub0oNGTSWTBKOLGLNR',
        status: 'SUSPENDED',
        created: '2023-11-14T22:13:20.000Z',
        profile: {
          login: 'ada@acme.example',
          email: 'ada@example.com',
          firstName: 'Ada',
          lastName: 'Lovelace',
          department: 'Engines',
        },
        credentials: { provider: { type: 'OKTA', name: 'OKTA' }, password: {} },
      },
      {
        id: '00ub0oNGTSWTBKOLGLNS',
        status: 'ACTIVE',
        profile: { login: 'bob' },
        credentials: { provider: { type: 'FEDERATION', name: 'FEDERATION' } },
      },
    ])
    expect(await read({ users: text }, { claims: ['department'], keepSub: true })).toEqual({
      source: 'okta',
      rows: [
        personRow(1, {
          external_id: '00ub0oNGTSWTBKOLGLNR',
          sub: '00ub0oNGTSWTBKOLGLNR',
          username: 'ada@acme.example',
          email: 'ada@example.com',
          name: 'Ada Lovelace',
          disabled: true,
          created_at: 1700000000,
          claims: { department: 'Engines' },
          password: { reset: true },
        }),
        personRow(2, {
          external_id: '00ub0oNGTSWTBKOLGLNS',
          sub: '00ub0oNGTSWTBKOLGLNS',
          username: 'bob',
        }),
      ],
    })
  })

  it('reads the hashes of its import form', async () => {
    const salted = { salt: 'c2FsdA==', value: 'aGFzaA==' }
    const pbkdf2 = { ...salted, algorithm: 'PBKDF2', iterationCount: 1000, keySize: 4 }
    expect(
      await passwords(
        JSON.stringify([
          user({
            algorithm: 'BCRYPT',
            workFactor: 10,
            salt: 'N9qo8uLOickgx2ZMRZoMye',
            value: 'IjZAgcfl7p92ldGxad68LJZdL17lhWy',
          }),
          user({ ...salted, algorithm: 'SHA-512', saltOrder: 'PREFIX' }),
          user({ ...salted, algorithm: 'SHA-256', saltOrder: 'POSTFIX' }),
          user({ algorithm: 'SHA-1', value: 'aGFzaA==' }),
          user({ ...salted, algorithm: 'MD5', saltOrder: 'PREFIX' }),
          user({ ...pbkdf2, digestAlgorithm: 'SHA256_HMAC' }),
          user({ ...pbkdf2, digestAlgorithm: 'SHA512_HMAC' }),
          user({ ...pbkdf2, digestAlgorithm: 'SHA512_HMAC', keySize: 64 }),
          user({ ...salted, algorithm: 'ROT13' }),
        ]),
      ),
    ).toEqual([
      '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      '$digest$a=sha512$c2FsdA==$aGFzaA==',
      '$digest$a=sha256,s=suffix$c2FsdA==$aGFzaA==',
      '$digest$a=sha1$$aGFzaA==',
      '$digest$a=md5$c2FsdA==$aGFzaA==',
      '$pbkdf2-sha256$i=1000,l=4$c2FsdA$aGFzaA',
      '$pbkdf2-sha512$i=1000,l=4$c2FsdA$aGFzaA',
      { reset: true, code: 'malformed_hash' },
      { reset: true, code: 'unknown_hash' },
    ])
  })
})
