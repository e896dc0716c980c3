// Tokens that the server never issues, signed with its own keys: only its rules are left to refuse
// them.
import { env } from 'cloudflare:workers'
import { SigningKeys } from '../../src/core/server/signing-keys.ts'
import { type TokenType, signJwt } from '../../src/crypto/jwt.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { openStore } from '../../src/store/open.ts'

function signingKeys(): SigningKeys {
  const outcome = configurationFrom(env)
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  const keys = new KeyRing(outcome.settings.masterKeys)
  const schedule = { signingKeyLifetime: 86_400, jwksMaxAge: 300, encryption: false }
  return new SigningKeys(openStore(env).signingKeys, keys, schedule)
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
}

/** The same token with other claims (`undefined` = without) or of another kind, signed for real. */
export async function forge(
  token: string,
  claims: Record<string, unknown>,
  typ: TokenType = 'at+jwt',
  alg: 'ES256' | 'RS256' = 'ES256',
): Promise<string> {
  const signer = await signingKeys().signer(alg, Date.now() / 1000)
  return signJwt(signer, typ, { ...claimsOf(token), ...claims })
}
