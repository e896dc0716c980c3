// One-time passwords of authenticator apps. RFC 6238 (TOTP) over RFC 4226 (HOTP).
import { equalInConstantTime } from './secret.ts'

const algorithms = ['SHA-1', 'SHA-256', 'SHA-512'] as const

/** What an app and this server share: the key, and how codes are made of it; `period` in seconds. */
export type TotpSecret = {
  key: Uint8Array<ArrayBuffer>
  algorithm: (typeof algorithms)[number]
  digits: 6 | 8
  period: 30 | 60
}

const nameOf = (algorithm: string): string => algorithm.replace('-', '')

/** Returns a new secret: "We RECOMMEND a shared secret length of 160 bits" (RFC 4226 4, R6). */
export const newTotpSecret = (): TotpSecret => ({
  key: crypto.getRandomValues(new Uint8Array(20)),
  algorithm: 'SHA-1',
  digits: 6,
  period: 30,
})

/** Returns the code of one time step. RFC 6238 4.2, RFC 4226 5.3. */
export async function totpCode(
  { key, algorithm, digits }: Pick<TotpSecret, 'key' | 'algorithm' | 'digits'>,
  step: number,
): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(step))
  const hmac = { name: 'HMAC', hash: algorithm }
  const imported = await crypto.subtle.importKey('raw', key, hmac, false, ['sign'])
  const mac = new DataView(await crypto.subtle.sign('HMAC', imported, counter))
  const offset = mac.getUint8(mac.byteLength - 1) & 0xf
  const number = mac.getUint32(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * Returns the time step that a code is of: the present one, or the one before or after it, because
 * clocks differ; null = the code is of none of them. `now` in seconds. RFC 6238 5.2, 6.
 */
export async function matchingStep(
  secret: TotpSecret,
  code: string,
  now: number,
): Promise<number | null> {
  const present = Math.floor(now / secret.period)
  let matching: number | null = null
  // All three are computed, so that the time does not tell which one matched.
  for (const step of [present - 1, present, present + 1]) {
    if (equalInConstantTime(await totpCode(secret, step), code)) matching = step
  }
  return matching
}

/**
 * Returns the text in which a secret is stored: base32 for what nearly all apps use, as imports bring
 * it, or an `otpauth` URI that names what differs.
 */
export function totpText({ key, algorithm, digits, period }: TotpSecret): string {
  const secret = base32(key)
  if (algorithm === 'SHA-1' && digits === 6 && period === 30) return secret
  const parameters = { secret, algorithm: nameOf(algorithm), digits, period }
  return `otpauth://totp/app?${queryOf(parameters)}`
}

/** Reads a text of `totpText`, or base32 with padding and in any case. Returns null for any other text. */
export function readTotpText(text: string): TotpSecret | null {
  if (!text.startsWith('otpauth://totp/')) return secretOf({ secret: text })
  if (!URL.canParse(text)) return null
  return secretOf(Object.fromEntries(new URL(text).searchParams))
}

function secretOf({ secret, ...rest }: Record<string, string>): TotpSecret | null {
  const { algorithm: named = 'SHA1', digits = '6', period = '30' } = rest
  const key = secret === undefined ? null : fromBase32(secret)
  const algorithm = algorithms.find((one) => nameOf(one) === named.toUpperCase())
  // Shorter than any app makes them; RFC 4226 4, R6 asks for 128 bits, but 80 are in use.
  if (key === null || key.byteLength < 10 || algorithm === undefined) return null
  if ((digits !== '6' && digits !== '8') || (period !== '30' && period !== '60')) return null
  return { key, algorithm, digits: digits === '6' ? 6 : 8, period: period === '30' ? 30 : 60 }
}

/**
 * Returns the URI that a QR code shows to an authenticator app (Key Uri Format). Apps list the secret
 * as the account of the issuer. "Neither issuer nor account name may themselves contain a colon."
 */
export function totpUri(
  { key, algorithm, digits, period }: TotpSecret,
  names: { issuer: string; account: string },
): string {
  const issuer = names.issuer.replaceAll(':', '')
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(names.account.replaceAll(':', ''))}`
  const parameters = { secret: base32(key), issuer, algorithm: nameOf(algorithm), digits, period }
  return `otpauth://totp/${label}?${queryOf(parameters)}`
}

// Apps read the URI as RFC 3986 has it: a space is %20, never "+".
const queryOf = (parameters: Record<string, string | number>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Encodes bytes in base32 without padding (RFC 4648 6). */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => alphabet.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
}

/** Decodes base32 in any case, padded or not. Returns null for any other text. */
function fromBase32(text: string): Uint8Array<ArrayBuffer> | null {
  const letters = text.replace(/=+$/, '').toUpperCase()
  if (!/^[A-Z2-7]+$/.test(letters)) return null
  const bits = [...letters]
    .map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0'))
    .join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}
