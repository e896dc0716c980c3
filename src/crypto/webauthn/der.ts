// Signatures of ES256 as authenticators write them. WebAuthn 6.5.5: "encoded as an ASN.1 DER
// Ecdsa-Sig-Value" (RFC 3279 2.2.3); WebCrypto takes r and s of 32 bytes each.

/**
 * Returns r and s of a P-256 signature in DER, or null for anything else: each signature has one
 * spelling (ITU-T X.690 8.3, 10.1), without a long length, a needless zero byte or a negative number.
 */
export function rawSignature(der: Uint8Array): Uint8Array | null {
  // 30 length 02 length r 02 length s: no length of P-256 reaches 128, where the long form begins.
  if (der[0] !== 0x30 || der[1] !== der.byteLength - 2) return null
  const raw = new Uint8Array(64)
  let offset = 2
  for (const end of [32, 64]) {
    const [tag, length = 0] = der.subarray(offset, offset + 2)
    const integer = der.subarray(offset + 2, offset + 2 + length)
    if (tag !== 2 || length === 0 || integer.byteLength !== length) return null
    const [first = 0, second = 0x80] = integer
    if (first >= 0x80 || (first === 0 && second < 0x80)) return null
    const digits = first === 0 ? integer.subarray(1) : integer
    if (digits.byteLength > 32) return null
    raw.set(digits, end - digits.byteLength)
    offset += 2 + length
  }
  return offset === der.byteLength ? raw : null
}
