import { describe, expect, it } from 'vitest'
import { now, passwords, personRow, read } from './rows.ts'

const users = (...list: object[]) =>
  JSON.stringify({ users: list.map((each) => ({ email: 'ada@example.com', ...each })) })

describe('fusionauth', () => {
  it('reads a user with all that it has', async () => {
    const text = users({
      id: '00000000-0000-0001-0000-000000000000',
      username: 'ada',
      verified: true,
      active: true,
      firstName: 'Ada',
      lastName: 'Lovelace',
      insertInstant: 1700000000123,
      expiry: now * 1000,
      data: { plan: 'gold' },
      encryptionScheme: 'salted-pbkdf2-hmac-sha256',
      factor: 24000,
      salt: 'c2FsdA==',
      password: 'aGFzaA==',
      passwordChangeRequired: true,
      twoFactor: {
        methods: [
          { method: 'sms', mobilePhone: '+1' },
          {
            method: 'authenticator',
            authenticator: { algorithm: 'HmacSHA1', codeLength: 6, timeStep: 30 },
            secret: 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=',
          },
        ],
      },
    })
    expect(await read({ users: text }, { claims: ['plan'], keepSub: true })).toEqual({
      source: 'fusionauth',
      rows: [
        personRow(1, {
          external_id: '00000000-0000-0001-0000-000000000000',
          sub: '00000000-0000-0001-0000-000000000000',
          username: 'ada',
          email: 'ada@example.com',
          email_verified: true,
          name: 'Ada Lovelace',
          disabled: true,
          created_at: 1700000000,
          claims: { plan: 'gold' },
          password: { hash: '$pbkdf2-sha256$i=24000,l=4$c2FsdA$aGFzaA', temporary: true },
          totp: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
        }),
      ],
    })
  })

  it('reads each of its schemes', async () => {
    const salted = (encryptionScheme: string, factor = 1) => ({
      encryptionScheme,
      factor,
      salt: 'c2FsdA==',
      password: 'aGFzaA==',
    })
    expect(
      await passwords(
        users(
          salted('salted-pbkdf2-hmac-sha256-512', 24000),
          salted('salted-pbkdf2-hmac-sha512-512', 24000),
          salted('salted-md5'),
          salted('salted-sha256', 20000),
          salted('salted-hmac-sha256'),
          {
            encryptionScheme: 'bcrypt',
            factor: 9,
            salt: 'N9qo8uLOickgx2ZMRZoMye',
            password: 'IjZAgcfl7p92ldGxad68LJZdL17lhWy',
          },
          {
            encryptionScheme: 'phpass-md5',
            factor: 13,
            salt: '12345678',
            password: 'abcdefghijklmnopqrstuv',
          },
          salted('phpass-sha512'),
          { ...salted('salted-md5'), factor: 0 },
          { ...salted('salted-md5'), password: '?' },
          { ...salted('bcrypt'), factor: 10 },
        ),
      ),
    ).toEqual([
      '$pbkdf2-sha256$i=24000,l=4$c2FsdA$aGFzaA',
      '$pbkdf2-sha512$i=24000,l=4$c2FsdA$aGFzaA',
      '$digest$a=md5$c2FsdA==$aGFzaA==',
      '$digest$a=sha256,i=20000$c2FsdA==$aGFzaA==',
      '$digest$a=sha256,k=hmac$c2FsdA==$aGFzaA==',
      '$2a$09$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      '$P$B12345678abcdefghijklmnopqrstuv',
      { reset: true, code: 'unknown_hash' },
      { reset: true, code: 'malformed_hash' },
      { reset: true, code: 'malformed_hash' },
      { reset: true, code: 'malformed_hash' },
    ])
  })
})
