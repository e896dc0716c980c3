// Okta: users as its API lists them (no hashes), or as its import form takes them (with hashes).
import { isObject } from '../json.ts'
import {
  type Credential,
  bcryptOfParts,
  digestText,
  fromBase64,
  hashed,
  isDigestAlgorithm,
  malformedHash,
  pbkdf2Text,
  unknownHash,
} from './hash-text.ts'
import { type Members, firstText, joinedName, membersOf, secondsOf, textOf } from './members.ts'
import type { Source } from './source.ts'

export const okta: Source = {
  name: 'okta',
  subject: 'sub',
  recognises: ({ entries }) =>
    entries.some(({ profile }) => textOf(membersOf(profile)['login']) !== undefined),
  read: (user) => {
    const profile = membersOf(user['profile'])
    const login = firstText(profile, ['login'])
    const provider = firstText(membersOf(membersOf(user['credentials'])['provider']), ['type'])
    const isFederated = provider === 'FEDERATION' || provider === 'SOCIAL'
    const status = textOf(user['status'])
    return {
      id: textOf(user['id']) ?? login,
      sub: textOf(user['id']),
      username: login,
      email: firstText(profile, ['email']),
      name:
        firstText(profile, ['displayName']) ??
        joinedName(profile['firstName'], profile['lastName']),
      disabled: status === 'SUSPENDED' || status === 'DEPROVISIONED',
      created_at: secondsOf(user['created']),
      ...(isFederated ? {} : credentialOf(membersOf(membersOf(user['credentials'])['password']))),
      metadata: [profile],
    }
  },
}

function credentialOf(password: Members): Credential {
  const plain = password['value']
  if (typeof plain === 'string' && plain !== '') return { password: { plain } }
  const hash = password['hash']
  if (!isObject(hash)) return hashed(undefined)
  const algorithm = firstText(hash, ['algorithm'])
  const text = firstText(hash, ['value'])
  if (algorithm === 'BCRYPT') {
    return bcryptOfParts(Number(hash['workFactor']), firstText(hash, ['salt']), text)
  }
  const value = fromBase64(text)
  const salt = fromBase64(firstText(hash, ['salt']) ?? '')
  if (value === undefined || value.length === 0 || salt === undefined) {
    return malformedHash('has a value or salt that is not base64')
  }
  const name = algorithm?.toLowerCase().replace('-', '')
  if (name === 'pbkdf2') return pbkdf2(hash, salt, value)
  if (!isDigestAlgorithm(name)) return unknownHash(algorithm)
  const suffix = firstText(hash, ['saltOrder'])?.toUpperCase() === 'POSTFIX'
  return hashed(digestText(name, value, { salt, suffix }))
}

function pbkdf2(hash: Members, salt: Buffer, value: Buffer): Credential {
  const iterations = Number(hash['iterationCount'])
  const digest = firstText(hash, ['digestAlgorithm'])
  if (digest !== 'SHA256_HMAC' && digest !== 'SHA512_HMAC') return unknownHash(`PBKDF2 ${digest}`)
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    return malformedHash('has no iterationCount')
  }
  const size = hash['keySize']
  if (size !== undefined && Number(size) !== value.length) {
    return malformedHash('has a value that is not of its keySize')
  }
  return hashed(pbkdf2Text(digest === 'SHA256_HMAC' ? 'sha256' : 'sha512', iterations, salt, value))
}
