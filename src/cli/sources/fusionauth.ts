// FusionAuth: the users of its API (search, or what its import takes).
import { isObject } from '../json.ts'
import {
  type Credential,
  base32,
  bcryptOfParts,
  digestText,
  fromBase64,
  hashed,
  malformedHash,
  pbkdf2Text,
  temporaryIf,
  unknownHash,
} from './hash-text.ts'
import {
  type Members,
  firstText,
  flagOf,
  joinedName,
  listOf,
  membersOf,
  secondsOf,
  textOf,
} from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

export const fusionauth: Source = {
  name: 'fusionauth',
  subject: 'id',
  recognises: ({ names }) => names.has('encryptionScheme'),
  read: (user, { now }) => {
    const mustChange = flagOf(user['passwordChangeRequired']) === true
    const expiry = secondsOf(user['expiry'])
    return {
      ...mapped(user, {
        external_id: ['id'],
        username: ['username'],
        email: ['email'],
        email_verified: ['verified'],
        created_at: ['insertInstant'],
      }),
      name: textOf(user['fullName']) ?? joinedName(user['firstName'], user['lastName']),
      disabled: flagOf(user['active']) === false || (expiry !== undefined && expiry <= now),
      ...temporaryIf(mustChange, credentialOf(user)),
      totp: totpOf(user),
      metadata: [membersOf(user['data']), user],
    }
  },
}

function credentialOf(user: Members): Credential {
  const scheme = firstText(user, ['encryptionScheme'])
  const value = firstText(user, ['password'])
  const salt = firstText(user, ['salt']) ?? ''
  const factor = Number(user['factor'])
  if (value === undefined) return hashed(undefined)
  switch (scheme) {
    case 'bcrypt':
      return bcryptOfParts(factor, salt, value)
    case 'phpass-md5':
      return phpass(value, salt, factor)
    case 'salted-md5':
    case 'salted-sha256':
    case 'salted-hmac-sha256':
    case 'salted-pbkdf2-hmac-sha256':
    case 'salted-pbkdf2-hmac-sha256-512':
    case 'salted-pbkdf2-hmac-sha512-512':
      return saltedText(scheme, fromBase64(value), fromBase64(salt), factor)
    default:
      return unknownHash(scheme)
  }
}

function saltedText(
  scheme: string,
  hash: Buffer | undefined,
  salt: Buffer | undefined,
  factor: number,
): Credential {
  if (hash === undefined || hash.length === 0 || salt === undefined) {
    return malformedHash('has a password or salt that is not base64')
  }
  if (!Number.isSafeInteger(factor) || factor < 1) return malformedHash('has no factor')
  switch (scheme) {
    case 'salted-md5':
      return hashed(digestText('md5', hash, { salt, rounds: factor }))
    case 'salted-sha256':
      return hashed(digestText('sha256', hash, { salt, rounds: factor }))
    case 'salted-hmac-sha256':
      return hashed(digestText('sha256', hash, { salt, hmac: true, rounds: factor }))
    default:
      return hashed(pbkdf2Text(scheme.includes('sha512') ? 'sha512' : 'sha256', factor, salt, hash))
  }
}

/** phpass in three parts: the factor is the logarithm of the rounds. */
function phpass(value: string, salt: string, factor: number): Credential {
  if (value.startsWith('$')) return hashed(value)
  const digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const cost = digits.charAt(factor)
  if (salt.length !== 8 || value.length !== 22 || cost === '') {
    return malformedHash('is not the salt, hash and factor of phpass')
  }
  return hashed(`$P$${cost}${salt}${value}`)
}

/** The secret is base64 in FusionAuth, and newer versions give it in base32, too. */
function totpOf(user: Members): string | undefined {
  const method = listOf(membersOf(user['twoFactor'])['methods'])
    .filter(isObject)
    .find((each) => each['method'] === 'authenticator')
  if (method === undefined) return undefined
  const shown = firstText(method, ['secretBase32Encoded'])
  const secret = fromBase64(firstText(method, ['secret']))
  return shown ?? (secret === undefined ? undefined : base32(secret))
}
