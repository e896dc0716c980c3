// Auth0's schema for bulk imports: what other systems write for it, with hashes of any kind.
import { isObject } from '../json.ts'
import {
  type Credential,
  digestText,
  fromBase64,
  fromHex,
  hashed,
  isDigestAlgorithm,
  malformedHash,
  phcText,
  unknownHash,
} from './hash-text.ts'
import { type Members, firstText, listOf, membersOf, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

const schema = [
  ...['email', 'email_verified', 'phone_number', 'phone_verified', 'user_id', 'username'],
  ...['given_name', 'family_name', 'name', 'nickname', 'picture', 'blocked', 'password_hash'],
  ...['custom_password_hash', 'app_metadata', 'user_metadata', 'mfa_factors'],
]

export const auth0Import: Source = {
  name: 'auth0-import',
  subject: 'id',
  recognises: ({ names, format }) =>
    names.has('custom_password_hash') ||
    (format !== 'csv' &&
      names.has('password_hash') &&
      [...names].every((name) => schema.includes(name))),
  read: (members) => {
    const draft = mapped(members, {
      username: ['username'],
      email: ['email'],
      email_verified: ['email_verified'],
      name: ['name'],
      disabled: ['blocked'],
    })
    const id = textOf(members['user_id'])
    return {
      ...draft,
      // Auth0 puts the name of the connection's strategy before it.
      id: id === undefined || id.startsWith('auth0|') ? id : `auth0|${id}`,
      ...credentialOf(members),
      totp: secretOf(members['mfa_factors']),
      metadata: [membersOf(members['app_metadata']), membersOf(members['user_metadata']), members],
    }
  },
}

function credentialOf(members: Members): Credential {
  const custom = members['custom_password_hash']
  if (!isObject(custom)) return hashed(firstText(members, ['password_hash']))
  const algorithm = textOf(custom['algorithm'])
  const hash = membersOf(custom['hash'])
  const value = textOf(hash['value'])
  switch (algorithm) {
    case 'argon2':
    case 'bcrypt':
    case 'ldap':
      return hashed(value)
    case 'pbkdf2':
      return pbkdf2(value)
    case 'scrypt':
      return scrypt(custom, hash)
    case 'hmac':
      return hmac(hash)
    default:
      return isDigestAlgorithm(algorithm) ? digest(algorithm, custom, hash) : unknownHash(algorithm)
  }
}

/** PHC, of which Auth0 lets the parameters be absent: 100,000 iterations and 64 bytes. */
function pbkdf2(value: string | undefined): Credential {
  const found = /^\$pbkdf2-(sha\d+)\$(?:([^$]*=[^$]*)\$)?([^$]+)\$([^$]+)$/.exec(value ?? '')
  if (found === null) return malformedHash('is no PHC string of PBKDF2')
  const [, name, parameters = '', salt, hash] = found
  const iterations = /(?:^|,)i=(\d+)/.exec(parameters)?.[1] ?? '100000'
  const length = /(?:^|,)l=(\d+)/.exec(parameters)?.[1] ?? '64'
  return hashed(`$pbkdf2-${name}$i=${iterations},l=${length}$${salt}$${hash}`)
}

function scrypt(custom: Members, hash: Members): Credential {
  const key = decoded(hash['value'], hash['encoding'], 'hex')
  const salt = saltOf(custom)
  if (key === undefined || key.length === 0 || salt === undefined) {
    return malformedHash('has a hash or salt that does not fit its encoding')
  }
  const parameter = (name: string, standard: number) =>
    custom[name] === undefined ? standard : Number(textOf(custom[name]))
  const exponent = Math.log2(parameter('cost', 16384))
  if (!Number.isInteger(exponent)) return malformedHash('has a cost that is no power of 2')
  const parameters = {
    ln: exponent,
    r: parameter('blockSize', 8),
    p: parameter('parallelization', 1),
  }
  return hashed(phcText('scrypt', parameters, salt, key))
}

function hmac(hash: Members): Credential {
  const algorithm = textOf(hash['digest'])
  if (!isDigestAlgorithm(algorithm)) return unknownHash(`hmac of ${algorithm}`)
  const value = decoded(hash['value'], hash['encoding'], 'hex')
  const key = membersOf(hash['key'])
  const salt = decoded(key['value'], key['encoding'], 'utf8')
  if (value === undefined || value.length === 0 || salt === undefined) {
    return malformedHash('has a hash or key that does not fit its encoding')
  }
  return hashed(digestText(algorithm, value, { salt, hmac: true }))
}

const encodings = new Map([
  ...['utf8', 'utf-8', 'ascii'].map((name) => [name, 'utf8'] as const),
  ...['latin1', 'binary'].map((name) => [name, 'latin1'] as const),
  ...['utf16le', 'utf-16le', 'ucs2', 'ucs-2'].map((name) => [name, 'utf16le'] as const),
  ...['utf16be', 'utf-16be'].map((name) => [name, 'utf16be'] as const),
])

function digest(
  algorithm: Parameters<typeof digestText>[0],
  custom: Members,
  hash: Members,
): Credential {
  const value = decoded(hash['value'], hash['encoding'], 'hex')
  const salt = saltOf(custom)
  if (value === undefined || value.length === 0 || salt === undefined) {
    return malformedHash('has a hash or salt that does not fit its encoding')
  }
  const name = textOf(membersOf(custom['password'])['encoding']) ?? 'utf8'
  const encoding = encodings.get(name.toLowerCase())
  if (encoding === undefined) return unknownHash(`${algorithm} of ${name}`)
  const suffix = textOf(membersOf(custom['salt'])['position']) === 'suffix'
  return hashed(digestText(algorithm, value, { salt, suffix, encoding }))
}

/** The salt, empty where there is none. */
const saltOf = (custom: Members): Buffer | undefined => {
  const salt = custom['salt']
  return isObject(salt) ? decoded(salt['value'], salt['encoding'], 'utf8') : Buffer.alloc(0)
}

function decoded(value: unknown, encoding: unknown, standard: string): Buffer | undefined {
  if (typeof value !== 'string') return undefined
  switch (textOf(encoding) ?? standard) {
    case 'hex':
      return fromHex(value)
    case 'base64':
      return fromBase64(value)
    case 'utf8':
      return Buffer.from(value)
    default:
      return undefined
  }
}

const secretOf = (factors: unknown): string | undefined =>
  listOf(factors)
    .map((factor) => textOf(membersOf(membersOf(factor)['totp'])['secret']))
    .find((secret) => secret !== undefined)
