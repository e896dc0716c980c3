// Clerk: the CSV of its dashboard, or JSON with the same members.
import {
  type Credential,
  digestText,
  fromBase64,
  fromHex,
  hashed,
  malformedHash,
  pbkdf2Text,
  pepperedText,
  unknownHash,
} from './hash-text.ts'
import { firstText, flagOf, joinedName, membersOf, secondsOf, textOf } from './members.ts'
import type { Source } from './source.ts'

export const clerk: Source = {
  name: 'clerk',
  subject: 'id',
  recognises: ({ names }) => names.has('primary_email_address') && names.has('password_digest'),
  read: (members) => {
    const verified = addressesOf(members['verified_email_addresses'])
    const unverified = addressesOf(members['unverified_email_addresses'])
    const email = firstText(members, ['primary_email_address']) ?? verified[0] ?? unverified[0]
    const digest = firstText(members, ['password_digest'])
    const hasher = firstText(members, ['password_hasher'])
    return {
      id: textOf(members['id']),
      username: textOf(members['username']),
      email,
      email_verified: email !== undefined && verified.includes(email),
      name: joinedName(members['first_name'], members['last_name']),
      disabled: flagOf(members['banned']),
      created_at: secondsOf(members['created_at']),
      ...(digest === undefined ? hashed(undefined) : credentialOf(digest, hasher)),
      totp: textOf(members['totp_secret']),
      metadata: ['public_metadata', 'private_metadata', 'unsafe_metadata'].map((name) =>
        membersOf(members[name]),
      ),
    }
  },
}

/** One cell holds all addresses of a kind. */
const addressesOf = (cell: unknown): string[] =>
  textOf(cell)
    ?.split(/[|,;\s]+/)
    .filter(Boolean) ?? []

/** Digests that are a text which the worker knows, by what they begin with. */
const known = new Map([
  ['bcrypt', /^\$2[aby]\$/],
  ['bcrypt_sha256_django', /^bcrypt_sha256\$\$2[aby]\$/],
  ['argon2i', /^\$argon2i\$/],
  ['argon2id', /^\$argon2id\$/],
  ['phpass', /^\$[PH]\$/],
  ['md5_phpass', /^\$[PH]\$/],
  ['ldap_ssha', /^\{SSHA\}/],
  ['pbkdf2_sha256_django', /^pbkdf2_sha256\$/],
])

function credentialOf(digest: string, hasher: string | undefined): Credential {
  const parts = digest.split('$')
  const expected = known.get(hasher ?? '')
  if (expected !== undefined) {
    return expected.test(digest) ? hashed(digest) : malformedHash(`is no digest of ${hasher}`)
  }
  switch (hasher) {
    case undefined:
      return hashed(digest)
    case 'scrypt_werkzeug':
      return hashed(digest.replace(/^\$/, ''))
    case 'bcrypt_peppered':
      return peppered(digest)
    case 'md5':
      return plainDigest('md5', digest)
    case 'sha256':
      return plainDigest('sha256', digest)
    case 'pbkdf2_sha256':
      return pbkdf2('sha256', parts, fromBase64(parts[2]), fromBase64(parts[3]))
    case 'pbkdf2_sha1':
      return pbkdf2('sha1', parts, Buffer.from(parts[2] ?? ''), fromHex(parts[3]))
    case 'pbkdf2_sha512':
      return pbkdf2('sha512', parts, Buffer.from(parts[2] ?? ''), fromHex(parts[3]))
    case 'pbkdf2_sha512_hex':
      return pbkdf2('sha512', parts, fromHex(parts[2]), fromHex(parts[3]))
    case 'scrypt_firebase':
      return firebase(parts)
    default:
      return unknownHash(hasher)
  }
}

function peppered(digest: string): Credential {
  const [, bcrypt, pepper] = /^(\$2[aby]\$\d\d\$[./\w]{53})\$(.+)$/.exec(digest) ?? []
  if (bcrypt === undefined || pepper === undefined) {
    return malformedHash('is no bcrypt hash with a pepper')
  }
  return hashed(pepperedText(pepper, bcrypt))
}

function plainDigest(algorithm: 'md5' | 'sha256', digest: string): Credential {
  const hash = fromHex(digest)
  if (hash === undefined) return malformedHash('has digits that are not hexadecimal')
  return hashed(digestText(algorithm, hash))
}

function pbkdf2(
  algorithm: 'sha1' | 'sha256' | 'sha512',
  parts: string[],
  salt: Buffer | undefined,
  hash: Buffer | undefined,
): Credential {
  const iterations = Number(parts[1])
  if (salt === undefined || hash === undefined || hash.length === 0 || !(iterations >= 1)) {
    return malformedHash('is not iterations, salt and hash')
  }
  return hashed(pbkdf2Text(algorithm, iterations, salt, hash))
}

/** Clerk's order: hash, salt, signer key, salt separator, rounds, memory cost. */
function firebase(parts: string[]): Credential {
  const [hash, salt, signerKey, separator, rounds, memory, ...rest] = parts
  if (memory === undefined || rest.length > 0) return malformedHash('does not have six parts')
  return hashed(
    `$fbscrypt$v=1,n=${memory},r=${rounds},p=1,ss=${separator},sk=${signerKey}$${salt}$${hash}`,
  )
}
