import { describe, expect, it, vi } from 'vitest'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { hashMadeBy, vectors } from './hashes.ts'

/** Reads a hash, and returns its fault. */
function faultOf(hash: string): string {
  const read = readForeignHash(hash)
  return 'fault' in read ? read.fault : 'none'
}

const megabyte = 'A'.repeat(1_048_576)
const b64 = (bytes: number) => 'A'.repeat(Math.ceil((bytes * 8) / 6))
const salt = b64(16)
const fb = (parameters: string) =>
  `$fbscrypt$${parameters},ss=Bw==,sk=${b64(64)}$42xEC+ixf3L2lw==$${b64(64)}`
const bcryptOf = (cost: string, prefix = '$2b$') => `${prefix}${cost}$${'a'.repeat(53)}`
const identity = (head: readonly number[], length: number) =>
  Uint8Array.from({ length }, (_, at) => head[at] ?? 7).toBase64()

describe('O29: a hash that would cost too much is never run', () => {
  it.each([
    ['bcrypt, cost 31', bcryptOf('31')],
    ['bcrypt, cost 15', bcryptOf('15', '$2y$')],
    ['Django bcrypt_sha256, cost 15', bcryptOf('15', 'bcrypt_sha256$$2b$')],
    ['WordPress, cost 16', bcryptOf('16', '$wp$2y$')],
    ['WordPress, cost 31', bcryptOf('31', '$wp$2y$')],
    ['Devise, cost 20', bcryptOf('20', '$pepper$YQ$$2a$')],
    ['phpass, 2^17 rounds', `$P$F${'a'.repeat(30)}`],
    ['phpass, 2^30 rounds', `$H$S${'a'.repeat(30)}`],
    ['argon2id, 4 GiB', `$argon2id$v=19$m=4194304,t=2,p=1$${salt}$${b64(32)}`],
    ['argon2id of Django by default', `argon2$argon2id$v=19$m=102400,t=2,p=8$${salt}$${b64(32)}`],
    ['argon2i, 11 passes', `$argon2i$v=19$m=65536,t=11,p=1$${salt}$${b64(32)}`],
    ['argon2d, 17 lanes', `$argon2d$v=19$m=65536,t=1,p=17$${salt}$${b64(32)}`],
    ['argon2id, a memory without end', `$argon2id$m=${'9'.repeat(400)},t=1,p=1$${salt}$${b64(32)}`],
    ['scrypt, 2^30', `$scrypt$ln=30,r=8,p=1$${salt}$${b64(32)}`],
    ['scrypt, N * r of 2^20', `$scrypt$ln=17,r=8,p=1$${salt}$${b64(32)}`],
    ['scrypt, N * r * p above 2^20', `scrypt$65536$salt$8$3$${b64(64)}`],
    ['Werkzeug scrypt, N of 2^20', `scrypt:1048576:8:1$salt$${'ab'.repeat(64)}`],
    ['Firebase, 2^20', fb('v=1,n=20,r=8,p=1')],
    ['Firebase, 2^17 blocks of 8', fb('v=1,n=17,r=8,p=1')],
    ['PBKDF2, 10^9', `$pbkdf2-sha256$i=1000000000$${salt}$${b64(32)}`],
    ['PBKDF2, 1,500,001', `pbkdf2_sha256$1500001$salt$${b64(32)}`],
    ['Werkzeug PBKDF2, 10^7', `pbkdf2:sha512:10000000$salt$${'ab'.repeat(64)}`],
    ['LDAP PBKDF2, 2 million', `{PBKDF2-SHA512}2000000$${salt}$${b64(64)}`],
    ['ASP.NET Identity, 2^31', identity([1, 0, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 16], 61)],
    ['digest, 500,001 rounds', `$digest$a=sha256,i=500001$${salt}$${b64(32)}`],
    ['digest, 10^12 rounds', `$digest$a=md5,i=1000000000000$${salt}$${b64(16)}`],
    ['a salt of 1 MB in PBKDF2', `$pbkdf2-sha256$i=1$${megabyte}$${b64(32)}`],
    ['a salt of 1 MB in argon2', `$argon2id$v=19$m=8,t=1,p=1$${megabyte}$${b64(32)}`],
    ['a salt of 1 MB in LDAP', `{SSHA}${megabyte}`],
  ])('%s', (_what, hash) => {
    const calls = [
      vi.spyOn(crypto.subtle, 'digest'),
      vi.spyOn(crypto.subtle, 'deriveBits'),
      vi.spyOn(crypto.subtle, 'sign'),
    ]
    const fault = faultOf(hash)
    const made = calls.map((call) => call.mock.calls.length)
    vi.restoreAllMocks()
    expect({ fault, made }).toEqual({ fault: 'too_costly', made: [0, 0, 0] })
  })

  it('the dearest that are still run', () => {
    const dearest = [
      bcryptOf('14'),
      `$P$E${'.'.repeat(30)}`,
      `$argon2id$v=19$m=65536,t=10,p=16$${salt}$${b64(32)}`,
      `$scrypt$ln=16,r=8,p=2$${salt}$${b64(32)}`,
      `$pbkdf2-sha256$i=1500000$${salt}$${b64(32)}`,
      `$digest$a=md5,i=500000$${salt}$${b64(16)}`,
    ]
    expect(dearest.map(faultOf)).toEqual(dearest.map(() => 'none'))
  })
})

describe('O30: what is no hash matches nothing', () => {
  it.each([
    ['nothing', ''],
    ['a locked account', '!'],
    ['a locked account of old', 'x'],
    ['an asterisk', '*'],
    ['a masked secret of Keycloak', '**********'],
    ['a locked hash', `!${bcryptOf('10')}`],
    ['a password', 'correct horse battery staple'],
    ['hexadecimal digits', 'ab'.repeat(16)],
    ['the crypt of SHA-512', '$6$saltsalt$abcdefgh'],
    ['bcrypt of a faulty implementation', bcryptOf('10', '$2x$')],
    ['{CRYPT} of another kind', '{CRYPT}$1$saltsalt$abcdefgh'],
    ['{CLEARTEXT}', '{CLEARTEXT}secret'],
    ['a hash inside other text', ` ${bcryptOf('10')}`],
  ])('%s: unknown_hash', (_what, hash) => expect(faultOf(hash)).toBe('unknown_hash'))

  it.each([
    ['bcrypt, too short', bcryptOf('10').slice(0, -1)],
    ['bcrypt, too long', `${bcryptOf('10')}a`],
    ['bcrypt, cost 3', bcryptOf('03')],
    ['bcrypt, a line after it', `${bcryptOf('10')}\n`],
    ['WordPress without bcrypt', '$wp$argon2id$'],
    ['WordPress, too short', bcryptOf('10', '$wp$2y$').slice(0, -3)],
    ['a pepper that is no base64', bcryptOf('10', '$pepper$!$$2a$')],
    ['a pepper of nothing', '$pepper$YQ$'],
    ['phpass, 2^6 rounds', `$P$4${'a'.repeat(30)}`],
    ['phpass, too short', `$P$B${'a'.repeat(29)}`],
    ['phpass, more than 128 bits', `$P$B${'a'.repeat(29)}z`],
    ['argon2, no base64', `$argon2id$v=19$m=64,t=1,p=1$${salt}$!${b64(32)}`],
    ['argon2, an empty hash', `$argon2id$v=19$m=64,t=1,p=1$${salt}$`],
    ['argon2, a short hash', `$argon2id$v=19$m=64,t=1,p=1$${salt}$${b64(12)}`],
    ['argon2, a short salt', `$argon2id$v=19$m=64,t=1,p=1$YQ$${b64(32)}`],
    ['argon2, another version', `$argon2id$v=20$m=64,t=1,p=1$${salt}$${b64(32)}`],
    ['argon2, little memory', `$argon2i$v=19$m=16,t=1,p=4$${salt}$${b64(32)}`],
    ['argon2, no passes', `$argon2d$v=19$m=64,t=0,p=1$${salt}$${b64(32)}`],
    ['argon2 with a secret', `$argon2id$v=19$m=64,t=1,p=1,keyid=YQ$${salt}$${b64(32)}`],
    ['scrypt, a hash too short', `$scrypt$ln=14,r=8,p=1$${salt}$${b64(8)}`],
    ['scrypt without r', `$scrypt$ln=14,p=1$${salt}$${b64(32)}`],
    ['Django scrypt, N no power of 2', `scrypt$16383$salt$8$1$${b64(64)}`],
    ['Werkzeug scrypt, no hexadecimal', `scrypt:16384:8:1$salt$${'xy'.repeat(64)}`],
    ['Firebase without a signer key', fb('v=1,n=14,r=8,p=1').replace(/,sk=[^$]*/, '')],
    ['Firebase, shorter than the signer key', fb('v=1,n=14,r=8,p=1').slice(0, -4)],
    ['PBKDF2 without iterations', `$pbkdf2-sha256$l=32$${salt}$${b64(32)}`],
    ['PBKDF2, no iterations', `pbkdf2_sha256$0$salt$${b64(32)}`],
    ['PBKDF2, another length than said', `$pbkdf2-sha256$i=1,l=64$${salt}$${b64(32)}`],
    ['PBKDF2, a hash of nothing', `{PBKDF2-SHA256}10000$${salt}$`],
    ['ASP.NET Identity 2, too short', identity([0], 48)],
    ['ASP.NET Identity 3, a salt longer than all', identity([1, 0, 0, 0, 1, 0, 0, 0, 9, 255], 61)],
    ['ASP.NET Identity 3, another function', identity([1, 0, 0, 0, 3, 0, 0, 0, 9], 61)],
    ['LDAP, a digest too short', `{SHA}${b64(19)}`],
    ['LDAP, no salt', '{SSHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['LDAP, no base64', '{SSHA}***'],
    ['Django md5, too long', `md5$salt$${'ab'.repeat(17)}`],
    ['digest, another algorithm', `$digest$a=crc32$$${b64(4)}`],
    ['digest, another encoding', `$digest$a=md5,e=ebcdic$$${b64(16)}`],
    ['digest, the salt in the middle', `$digest$a=md5,s=middle$$${b64(16)}`],
    ['digest, a key of another kind', `$digest$a=md5,k=cmac$$${b64(16)}`],
    ['digest, a parameter twice', `$digest$a=md5,a=sha1$$${b64(16)}`],
    ['digest, a hash of another length', `$digest$a=sha256$$${b64(20)}`],
  ])('%s: malformed_hash', (_what, hash) => expect(faultOf(hash)).toBe('malformed_hash'))

  it.each(vectors)('$madeBy: cut anywhere, it is no hash of the same kind', ({ hash }) => {
    const begin = hash.lastIndexOf('$') + 1
    const faults = new Set(
      Array.from({ length: 12 }, (_, cut) => faultOf(hash.slice(0, begin + cut))),
    )
    expect(faults.has('none')).toBe(false)
  })

  it('says in plain English what is wrong, and shows nothing of the hash', () => {
    const details = [bcryptOf('31'), fb('v=1,n=14,r=8,p=1').replace(/,sk=[^$]*/, ''), '!'].map(
      (hash) => readForeignHash(hash),
    )
    expect(details).toEqual([
      { fault: 'too_costly', detail: 'has a bcrypt cost above 14' },
      { fault: 'malformed_hash', detail: 'has no signer key (sk)' },
      { fault: 'unknown_hash', detail: 'is of no kind that can be verified' },
    ])
  })

  it('reads a hash without running it', () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    readForeignHash(hashMadeBy('{SSHA}').hash)
    const calls = digest.mock.calls.length
    digest.mockRestore()
    expect(calls).toBe(0)
  })
})
