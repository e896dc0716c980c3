// The client certificate of a connection, as the platform tells it beside the request. RFC 8705.
import type { ClientCertificate } from '../core/server/certificate.ts'
import type { Settings } from '../core/server/settings.ts'
import { base64url } from '../crypto/encoding.ts'
import { hostOf } from './host.ts'

/**
 * Returns the certificate of a request to MTLS_HOST, or null. Headers that name one are never read:
 * whoever sends a request writes them. A revoked certificate is "verified", too, so both are asked.
 */
export function certificateOf(request: Request, settings: Settings): ClientCertificate | null {
  if (settings.mtlsHost === undefined || hostOf(request.url) !== settings.mtlsHost) return null
  const shown: unknown = request.cf?.tlsClientAuth
  if (!isShown(shown) || shown.certPresented !== '1' || shown.certRevoked !== '0') return null
  const isIssued = shown.certVerified === 'SUCCESS'
  if (!isIssued && shown.certVerified !== 'FAILED:self signed certificate') return null
  const digest = shown.certFingerprintSHA256
  if (!/^[0-9a-f]{64}$/i.test(digest)) return null
  const bytes = new Uint8Array(digest.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [])
  return { thumbprint: base64url(bytes), subject: shown.certSubjectDNRFC2253, isIssued }
}

const members = [
  'certPresented',
  'certVerified',
  'certRevoked',
  'certFingerprintSHA256',
  'certSubjectDNRFC2253',
] as const

type Shown = Record<(typeof members)[number], string>

const isShown = (value: unknown): value is Shown =>
  typeof value === 'object' &&
  value !== null &&
  members.every((name) => typeof Reflect.get(value, name) === 'string')
