// The certificate that a client has proved by TLS. RFC 8705.

/** A client's certificate, as the platform verified it when the connection was made. */
export type ClientCertificate = {
  /** SHA-256 of its DER in base64url: `x5t#S256` (3.1). */
  thumbprint: string
  /** The subject's distinguished name (RFC 4514). */
  subject: string
  /** Whether a trusted authority issued it; else the client did, and only its registration counts. */
  isIssued: boolean
}
