// Verifies access tokens by asking the server itself over a service binding.
import { type AccessToken, Unverifiable, type VerifyAccessToken } from './access-token.ts'

/** The server's entrypoint `AccessTokens`, as a service binding has it. */
export type AccessTokensService = {
  verify(token: string, issuer: string): Promise<AccessToken | null>
}

/**
 * Verifies access tokens by a service binding to the server's entrypoint `AccessTokens`: a revoked
 * token stops counting at once. Pass the entrypoint's own `verify` where both live in one worker.
 */
export function verifyByService(service: AccessTokensService): VerifyAccessToken {
  return async (token, { issuer }) => {
    try {
      return await service.verify(token, issuer)
    } catch (cause) {
      throw new Unverifiable('the authorization server did not answer', { cause })
    }
  }
}
