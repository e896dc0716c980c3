// Verifies access tokens by the server's public keys alone. RFC 9068 4, RFC 8725 3.
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose'
import { type AccessToken, Unverifiable, type VerifyAccessToken } from './access-token.ts'

type KeysOptions = {
  /** The address of the key set; by default the issuer's `/.well-known/jwks.json`. */
  jwksUri?: string
  /** The types of token that count; `JWT` for a resource that was registered for it. */
  type?: 'at+jwt' | 'JWT'
  /** Loads the key set: a service binding's `fetch` where the server is a worker of the same zone. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The algorithms that count. */
  algorithms?: readonly ('ES256' | 'RS256' | 'EdDSA')[]
}

/** Seconds by which clocks may differ. */
const clockDifference = 60

/** Milliseconds between two loads of the key set that an unknown `kid` asks for. */
const cooldown = 30_000

/**
 * Verifies access tokens by the keys that the server publishes, without a request for each. Revoked
 * tokens count until they expire: choose `verifyByService` where that is too long.
 */
export function verifyByKeys(options: KeysOptions = {}): VerifyAccessToken {
  const { type = 'at+jwt', algorithms = ['ES256'] } = options
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>()
  return async (token, { issuer }) => {
    const address = options.jwksUri ?? `${issuer}/.well-known/jwks.json`
    const keys =
      keySets.get(address) ??
      createRemoteJWKSet(new URL(address), {
        cooldownDuration: cooldown,
        timeoutDuration: 3_000,
        [customFetch]: options.fetch ?? ((url, init) => fetch(url, init)),
      })
    keySets.set(address, keys)
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        typ: type,
        algorithms: [...algorithms],
        clockTolerance: clockDifference,
        requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
      })
      return accessTokenOf(issuer, payload)
    } catch (failure) {
      if (failure instanceof errors.JOSEError && countsAgainst(failure)) return null
      throw new Unverifiable('the keys of the authorization server cannot be loaded', {
        cause: failure,
      })
    }
  }
}

/** Returns whether a failure is the token's fault. Any other one says nothing about the token. */
const countsAgainst = (failure: errors.JOSEError): boolean =>
  ![errors.JWKSInvalid.code, errors.JWKSTimeout.code, errors.JOSEError.code].includes(failure.code)

function accessTokenOf(issuer: string, payload: JWTPayload): AccessToken | null {
  const { sub, aud = [], exp, client_id, scope = '', auth_time, acr, cnf } = payload
  if (sub === undefined || exp === undefined) return null
  if (typeof client_id !== 'string' || typeof scope !== 'string') return null
  const confirmation = confirmationOf(cnf)
  if (confirmation === null) return null
  return {
    issuer,
    subject: sub,
    clientId: client_id,
    audience: [aud].flat(),
    scope: scope.split(' ').filter((name) => name !== ''),
    expiresAt: exp,
    ...(typeof auth_time === 'number' ? { authTime: auth_time } : {}),
    ...(typeof acr === 'string' ? { acr } : {}),
    ...(confirmation === undefined ? {} : { confirmation }),
  }
}

/**
 * Returns what a token is bound to; undefined for a token that is not bound. Null where the binding is
 * of a kind that nobody here can judge: such a token must not pass as an unbound one.
 */
function confirmationOf(cnf: unknown): AccessToken['confirmation'] | null {
  if (cnf === undefined) return undefined
  if (typeof cnf !== 'object' || cnf === null) return null
  if ('jkt' in cnf && typeof cnf.jkt === 'string') return { jkt: cnf.jkt }
  if ('x5t#S256' in cnf && typeof cnf['x5t#S256'] === 'string') {
    return { 'x5t#S256': cnf['x5t#S256'] }
  }
  return null
}
