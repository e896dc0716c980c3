// Digests of other systems: the whole text is one, and the password is encoded as the system did.
import { describe, expect, it } from 'vitest'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { faultOf, hashMadeBy, ofNoKind } from './hashes.ts'

const notWhole = 'malformed_hash: is not a whole digest'
const django = hashMadeBy('Django md5$').hash
const ours = hashMadeBy('sha512, five rounds').hash

describe('a digest', () => {
  it.each([django, ours, hashMadeBy('{SSHA}').hash, hashMadeBy('{MD5}').hash, '{PLAIN}password'])(
    'begins with its kind: x%s is none',
    (hash) => expect(faultOf(`x${hash}`)).toBe(ofNoKind),
  )

  it.each([
    ['something before the salt', django.replace('$', '$more$')],
    ['something after the digest', `${django}$more`],
    ['something before the parameters', ours.replace('$digest$', '$digest$more$')],
    ['something after our digest', `${ours}$more`],
  ])('has nothing else in it, as %s', (_what, hash) => expect(faultOf(hash)).toBe(notWhole))

  it.each(['{CLEARTEXT}a', '{plain}a', '{Clear}a'])('is no password in clear text: %s', (text) => {
    expect(faultOf(text)).toBe('unknown_hash: is a password in clear text')
  })

  it.each(['md4 of UTF-16LE (NT hash)', 'sha256 of UTF-16BE, salt before', 'sha384 of Latin-1'])(
    'is of none but text, if it is %s',
    async (name) => {
      const read = readForeignHash(hashMadeBy(name).hash)
      const answer = 'fault' in read ? read.fault : await read.matches(Uint8Array.of(0xff))
      expect(answer).toBe(false)
    },
  )
})
