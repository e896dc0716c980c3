// The entrypoint for resource servers in other workers: they verify access tokens over a service
// binding, and a revoked token stops counting at once. src/kit/README.md says how to bind it.
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { AuthorizationServer } from './core/authorization-server.ts'
import { signInClaims } from './core/tokens/acr.ts'
import { type LiveToken, findLiveToken } from './core/tokens/access-token.ts'
import { identityAt } from './http/host.ts'
import { nowhere } from './http/location.ts'
import { RequestLog } from './http/request-log.ts'
import { isolateOf } from './isolate.ts'
import type { AccessToken } from './kit/access-token.ts'

export class AccessTokens extends WorkerEntrypoint<Env> {
  /**
   * Verifies an access token that `issuer` signed and loads its grant. Returns null for an invalid
   * token. The caller checks audience, scope and proof of possession.
   * @throws Error if the server is not configured, has another issuer, or D1 does not answer
   */
  async verify(token: string, issuer: string): Promise<AccessToken | null> {
    const live = await findLiveToken(this.#serverFor(issuer), token)
    if (live === null) return null
    const { subject, clientId, audience, scope, expiresAt, confirmation } = live.token
    return {
      ...{ issuer, subject, clientId, audience, scope, expiresAt },
      ...signInOf(live),
      ...(confirmation === null ? {} : { confirmation }),
    }
  }

  #serverFor(issuer: string): AuthorizationServer {
    const isolate = isolateOf(this.env)
    if ('faults' in isolate) throw new Error('the authorization server is not configured')
    const identity = identityAt(issuer, isolate.server.settings)
    if (identity?.issuer !== issuer) throw new Error('the authorization server has another issuer')
    const log = new RequestLog(new Request(issuer), crypto.randomUUID(), false)
    return {
      ...isolate.server,
      ...identity,
      now: Date.now() / 1000,
      requestId: log.requestId,
      address: '',
      userAgent: null,
      ...nowhere,
      certificate: null,
      waitUntil: (work) => this.ctx.waitUntil(work.catch(() => undefined)),
      nameClient: log.nameClient,
      nameRoute: log.nameRoute,
      log: log.event,
    }
  }
}

function signInOf({ userGrant }: LiveToken): Pick<AccessToken, 'authTime' | 'acr'> {
  if (userGrant === null) return {}
  const { auth_time: authTime, acr } = signInClaims(userGrant.grant)
  return { authTime, acr }
}
