import {
  type Credential,
  base32,
  fromBase64,
  hashed,
  malformedHash,
  pbkdf2Text,
  phcText,
  temporaryIf,
  unknownHash,
} from './hash-text.ts'
import { type Members, firstText, flagOf, listOf, membersOf, textOf } from './members.ts'
import type { RowProblem } from './source.ts'

const digests = new Map<string, 'sha1' | 'sha256' | 'sha512'>([
  ['pbkdf2', 'sha1'],
  ['pbkdf2-sha256', 'sha256'],
  ['pbkdf2-sha512', 'sha512'],
])

/**
 * The password among the credentials of a user, undefined if there is none.
 * @param mustChange whether the user is to change it at the first sign-in
 */
export function keycloakPassword(
  credentials: Members[],
  mustChange: boolean,
): Credential | undefined {
  const credential = credentials.find(({ type }) => type === 'password')
  if (credential === undefined) return undefined
  const isTemporary = mustChange || flagOf(credential['temporary']) === true
  return temporaryIf(isTemporary, credentialOf(credential))
}

function credentialOf(credential: Members): Credential {
  const plain = credential['value']
  if (typeof plain === 'string' && plain !== '') {
    return /^\*+$/.test(plain) ? hashed(plain) : { password: { plain } }
  }
  // Both are JSON in a string. Until Keycloak 8 their members stood in the credential itself.
  const secret = membersOf(credential['secretData'])
  const data = membersOf(credential['credentialData'])
  const value = firstText(secret, ['value']) ?? firstText(credential, ['hashedSaltedValue'])
  if (value === undefined || /^\*+$/.test(value)) return hashed(maskedText(credential) ?? value)
  const hash = fromBase64(value)
  const salt = fromBase64(firstText(secret, ['salt']) ?? firstText(credential, ['salt']))
  const algorithm =
    firstText(data, ['algorithm']) ?? firstText(credential, ['algorithm']) ?? 'nothing'
  const iterations = Number(
    firstText(data, ['hashIterations']) ?? firstText(credential, ['hashIterations']),
  )
  const digest = digests.get(algorithm)
  if (digest === undefined && algorithm !== 'argon2') {
    return value.startsWith('$2') ? hashed(value) : unknownHash(algorithm)
  }
  if (hash === undefined || hash.length === 0 || salt === undefined) {
    return malformedHash('has a value or salt that is not base64')
  }
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    return malformedHash('has no hashIterations')
  }
  return digest === undefined
    ? argon2(membersOf(data['additionalParameters']), iterations, salt, hash)
    : hashed(pbkdf2Text(digest, iterations, salt, hash))
}

/** The console exports `**********` instead of the whole JSON of a secret. */
const maskedText = (credential: Members) =>
  [firstText(credential, ['secretData'])].find((text) => /^\*+$/.test(text ?? ''))

function argon2(parameters: Members, iterations: number, salt: Buffer, hash: Buffer): Credential {
  // Each is a list of texts.
  const parameter = (name: string) => textOf(listOf(parameters[name])[0])
  const type = parameter('type') ?? 'id'
  const version = parameter('version') === '1.0' ? 16 : 19
  const [memory, parallelism] = [Number(parameter('memory')), Number(parameter('parallelism') ?? 1)]
  if (
    !['id', 'i', 'd'].includes(type) ||
    !Number.isInteger(memory) ||
    !Number.isInteger(parallelism)
  ) {
    return malformedHash('has no type or memory of Argon2')
  }
  const text = phcText('parameters', { m: memory, t: iterations, p: parallelism }, salt, hash)
  return hashed(text.replace('$parameters', `$argon2${type}$v=${version}`))
}

/**
 * The secret of the authenticator app in base32, or as a URI with what is not usual. Keycloak stores it
 * as raw text.
 */
export function keycloakTotp(credentials: Members[]): {
  totp?: string
  totpProblem?: RowProblem
} {
  const credential = credentials.find(({ type }) => type === 'otp' || type === 'totp')
  if (credential === undefined) return {}
  const data = { ...credential, ...membersOf(credential['credentialData']) }
  const value =
    firstText(membersOf(credential['secretData']), ['value']) ?? firstText(credential, ['value'])
  if (value === undefined || /^\*+$/.test(value)) {
    return totpProblem('masked', 'is masked in the export')
  }
  const algorithm = (firstText(data, ['algorithm']) ?? 'HmacSHA1').replace('Hmac', '')
  const digits = firstText(data, ['digits']) ?? '6'
  const period = firstText(data, ['period']) ?? '30'
  const isKnown =
    (firstText(data, ['subType']) ?? 'totp') === 'totp' &&
    ['SHA1', 'SHA256', 'SHA512'].includes(algorithm) &&
    ['6', '8'].includes(digits) &&
    ['30', '60'].includes(period)
  if (!isKnown) {
    return totpProblem(
      'unsupported',
      'is not of SHA-1, 256 or 512, 6 or 8 digits, and 30 or 60 seconds',
    )
  }
  const isBase32 = firstText(data, ['secretEncoding'])?.toUpperCase() === 'BASE32'
  const secret = isBase32 ? value : base32(Buffer.from(value))
  const isUsual = algorithm === 'SHA1' && digits === '6' && period === '30'
  const parameters = `algorithm=${algorithm}&digits=${digits}&period=${period}`
  return { totp: isUsual ? secret : `otpauth://totp/app?secret=${secret}&${parameters}` }
}

const totpProblem = (code: string, detail: string) => ({
  totpProblem: { field: 'totp', code, detail },
})
