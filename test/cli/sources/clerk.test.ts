import { describe, expect, it } from 'vitest'
import { passwords, read } from './rows.ts'

const header =
  'id,first_name,last_name,username,primary_email_address,primary_phone_number,verified_email_addresses,unverified_email_addresses,verified_phone_numbers,unverified_phone_numbers,totp_secret,password_digest,password_hasher\n'
const bcrypt = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'

const digests = (...pairs: [digest: string, hasher: string][]) =>
  passwords(
    header +
      pairs.map(([digest, hasher]) => `u,,,u,u@example.com,,,,,,,"${digest}",${hasher}\n`).join(''),
  )

describe('clerk', () => {
  it('reads the CSV of its dashboard: several addresses in one cell, the secret of the app', async () => {
    const text = `${header}user_1,Ada,Lovelace,ada,ada@example.com,,other@example.com|ada@example.com,,,,JBSWY3DPEHPK3PXP,${bcrypt},bcrypt
user_2,,,,,,,first@example.com|second@example.com,,,,,
user_3,,,,,+15551234,,,+15551234,,,,
`
    expect(await read({ 'users.csv': text }, { keepSub: true })).toEqual({
      source: 'clerk',
      rows: [
        {
          file: 'users.csv',
          line: 2,
          person: {
            line: 2,
            external_id: 'user_1',
            sub: 'user_1',
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
            name: 'Ada Lovelace',
            password: { hash: bcrypt },
            totp: 'JBSWY3DPEHPK3PXP',
          },
        },
        {
          file: 'users.csv',
          line: 3,
          person: {
            line: 3,
            external_id: 'user_2',
            sub: 'user_2',
            email: 'first@example.com',
            email_verified: false,
            password: { reset: true },
          },
        },
        { file: 'users.csv', line: 4, skipped: 'no_email_or_username' },
      ],
    })
  })

  it('takes digests over whose text says what they are', async () => {
    const texts: [string, string][] = [
      [bcrypt, 'bcrypt'],
      ['$argon2i$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA', 'argon2i'],
      ['$argon2id$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA', 'argon2id'],
      [`bcrypt_sha256$${bcrypt}`, 'bcrypt_sha256_django'],
      ['pbkdf2_sha256$600000$salt$aGFzaA==', 'pbkdf2_sha256_django'],
      ['$P$B12345678abcdefghijklmnopqrstu', 'phpass'],
      ['$H$B12345678abcdefghijklmnopqrstu', 'md5_phpass'],
      ['{SSHA}c2FsdA==', 'ldap_ssha'],
      ['scrypt:32768:8:1$salt$6861', 'scrypt_werkzeug'],
    ]
    expect(await digests(...texts)).toEqual(texts.map(([text]) => text))
  })

  it('writes all other digests in our texts', async () => {
    expect(
      await digests(
        ['pbkdf2_sha256$1000$c2FsdA==$aGFzaA==', 'pbkdf2_sha256'],
        ['pbkdf2_sha1$1000$salt$68617368', 'pbkdf2_sha1'],
        ['pbkdf2_sha512$1000$salt$68617368', 'pbkdf2_sha512'],
        ['pbkdf2_sha512_hex$1000$73616c74$68617368', 'pbkdf2_sha512_hex'],
        ['5f4dcc3b5aa765d61d8327deb882cf99', 'md5'],
        ['aGFzaA==$c2FsdA==$a2V5$Bw==$8$14', 'scrypt_firebase'],
        [`${bcrypt}$peppér`, 'bcrypt_peppered'],
      ),
    ).toEqual([
      '$pbkdf2-sha256$i=1000,l=4$c2FsdA$aGFzaA',
      '$pbkdf2-sha1$i=1000,l=4$c2FsdA$aGFzaA',
      '$pbkdf2-sha512$i=1000,l=4$c2FsdA$aGFzaA',
      '$pbkdf2-sha512$i=1000,l=4$c2FsdA$aGFzaA',
      '$digest$a=md5$$X03MO1qnZdYdgyfeuILPmQ==',
      '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=a2V5$c2FsdA==$aGFzaA==',
      `$pepper$cGVwcMOpcg$${bcrypt}`,
    ])
  })

  it('resets what is of no known hasher, or not of the hasher that it names', async () => {
    expect(
      await digests(
        ['sha512_symfony$5000$salt$aGFzaA==', 'sha512_symfony'],
        ['awscognito#a#b#c', 'awscognito'],
        ['5f4dcc3b', 'bcrypt'],
        ['pbkdf2_sha256$0$c2FsdA==$aGFzaA==', 'pbkdf2_sha256'],
        ['aGFzaA==$c2FsdA==', 'scrypt_firebase'],
      ),
    ).toEqual([
      { reset: true, code: 'unknown_hash' },
      { reset: true, code: 'unknown_hash' },
      { reset: true, code: 'malformed_hash' },
      { reset: true, code: 'malformed_hash' },
      { reset: true, code: 'malformed_hash' },
    ])
  })
})
