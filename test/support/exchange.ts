// Token requests with facts that a test states: the key that was proved, what the request spends.
import type { Spending } from '../../src/core/server/storage.ts'
import { exchangeGrant } from '../../src/core/exchange/token.ts'
import type { TokenRequest } from '../../src/core/exchange/token-request.ts'
import type { Issued } from '../../src/core/tokens/issuance.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { OAuthError, invalidClient } from '../../src/protocol/error.ts'
import { parseParameters } from '../../src/protocol/parameters.ts'
import { requestToCore, server } from './authorization-server.ts'
import { encodeForm, type Form } from './http.ts'
import type { TestClient } from './registry.ts'

/** What a client is told, and with what status. */
type Exchanged = Issued | { error: string; status: number }

/** An identifier that nobody has spent, as of a client assertion; a replay is `invalid_client`. */
export const newSpending = (): Spending => ({
  digest: randomSecret(),
  expiresAt: Date.now() / 1000 + 300,
  refusal: () => invalidClient('the assertion was used before'),
})

/** Exchanges a grant for an authenticated client, and waits for what the response leaves behind. */
export async function exchange(
  client: TestClient,
  form: Form,
  facts: Omit<TokenRequest, 'parameters'> = {},
): Promise<Exchanged> {
  const left: Promise<unknown>[] = []
  const as = requestToCore({ waitUntil: (work) => left.push(work) })
  const stored = await server.store.clients.find(client.client_id)
  if (stored === null) throw new Error('there is no such client')
  try {
    const mayRepeat = () => true
    const parameters = parseParameters(encodeForm(form), { mayRepeat })
    return await exchangeGrant(as, stored, { parameters, ...facts })
  } catch (refusal) {
    if (!(refusal instanceof OAuthError)) throw refusal
    return { error: refusal.code, status: refusal.status }
  } finally {
    await Promise.all(left)
  }
}

/** Refreshes with the facts of a request. */
export const refreshWith = (
  client: TestClient,
  refreshToken: string | undefined,
  facts: Omit<TokenRequest, 'parameters'> = {},
  extra: Record<string, string | string[]> = {},
): Promise<Exchanged> =>
  exchange(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...extra }, facts)
