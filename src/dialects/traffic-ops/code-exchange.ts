// Exchanges a provider's code for the local user, as Traffic Ops does with a code from its portal.
// The provider must be configured; in development a listed host is enough. Nothing is fetched
// before the provider is known.
import type { AuthorizationServer } from '../../core/authorization-server.ts'
import { foldLoginName } from '../../core/people/login-name.ts'
import { noteRefusedSignIn } from '../../core/people/refused-sign-in.ts'
import type { User } from '../../core/people/storage.ts'
import type { Provider } from '../../core/providers/storage.ts'
import { isToken } from '../../crypto/foreign-token.ts'
import {
  type OutboundAllowance,
  type OutboundAnswer,
  OutboundError,
  mediaTypeOf,
  outboundFault,
} from '../../federation/outbound.ts'
import { providerPorts } from '../../federation/provider-ports.ts'
import { requestTokens } from '../../federation/token-request.ts'
import { type TokenTrust, type ProviderClaims, judgeToken } from '../../federation/token-trust.ts'
import { isSameAddress } from '../../federation/provider-address.ts'
import { vouches } from '../../federation/vouching.ts'
import { isLoopbackHost } from '../../protocol/redirect-uri.ts'
import { isJsonObject, parseJson } from '../../protocol/strict-json.ts'
import { isListedHost } from './host-glob.ts'

type ExchangeRequest = {
  tokenUrl: string
  code: string
  clientId: string
  redirectUri: string
}

/**
 * `forbidden`: no provider may be asked, and nothing was sent. `unreachable`: no response in time.
 * `untrusted`: the response has no acceptable token. `unknown`: no enabled user for the token.
 */
export type ExchangeOutcome =
  | { outcome: 'proved'; user: User }
  | { outcome: 'forbidden' | 'unreachable' | 'untrusted' | 'unknown' }

/** Who is trusted, and with which limits. */
type Voucher = {
  provider: Provider | null
  userClaim: string
  allow: OutboundAllowance
  trust: TokenTrust
}

/**
 * Exchanges the code and finds the user. The exact cause of a failure goes to the log, never to the
 * caller. `allowedHosts` are the globs of hosts that are trusted in development.
 */
export async function exchangeCode(
  as: AuthorizationServer,
  request: ExchangeRequest,
  allowedHosts: readonly string[],
): Promise<ExchangeOutcome> {
  const voucher = await voucherFor(as, request, allowedHosts)
  const refuse = (outcome: Exclude<ExchangeOutcome['outcome'], 'proved'>, fault: string) => {
    const provider = voucher?.provider?.id
    as.log({ event: 'code exchange refused', outcome, fault, provider })
    noteRefusedSignIn(as, undefined, { reason: 'provider', outcome, provider })
    return { outcome }
  }
  if (voucher === null) return refuse('forbidden', 'no provider has this token URL and client')
  try {
    const url = { url: request.tokenUrl, ...request }
    const answer = await requestTokens(as, url, voucher.provider, voucher.allow)
    const judgement = await firstBelieved(as, tokensIn(answer), voucher.trust)
    if ('fault' in judgement) return refuse('untrusted', judgement.fault)
    const user = await userOf(as, judgement.claims, voucher)
    return user === null ? refuse('unknown', 'no user') : { outcome: 'proved', user }
  } catch (failure) {
    if (!(failure instanceof OutboundError)) throw failure
    if (failure.reason === 'forbidden') return refuse('forbidden', failure.message)
    const noAnswer = failure.reason === 'unreachable' || failure.reason === 'late'
    return refuse(noAnswer ? 'unreachable' : 'untrusted', failure.message)
  }
}

async function voucherFor(
  as: AuthorizationServer,
  { tokenUrl, clientId }: ExchangeRequest,
  allowedHosts: readonly string[],
): Promise<Voucher | null> {
  const configured = (await as.store.providers.listEnabled()).filter(
    ({ configuration }) => configuration.token_url === tokenUrl,
  )
  const [provider, ...others] = configured
  if (provider !== undefined) {
    const { client_id, client_ids } = provider.configuration
    const knowsClient = client_id === clientId || client_ids.includes(clientId)
    return others.length === 0 && knowsClient ? providerVoucher(provider, clientId) : null
  }
  return as.settings.development ? listedVoucher(as, tokenUrl, clientId, allowedHosts) : null
}

function providerVoucher(provider: Provider, clientId: string): Voucher {
  const { configuration } = provider
  const allow = { ports: providerPorts(configuration) }
  const keySetHost = configuration.key_set_host ?? hostOf(configuration.token_url ?? '')
  return {
    provider,
    userClaim: configuration.user_claim,
    allow,
    trust: {
      issuer: configuration.issuer,
      clientId,
      audienceRequired: true,
      algorithm: configuration.id_token_signed_response_alg ?? null,
      // Otherwise any host could identify any user.
      keySet: ({ kid, jku }) =>
        kid === undefined || jku === undefined || hostOf(jku) !== keySetHost
          ? null
          : { url: jku, allow },
    },
  }
}

function listedVoucher(
  as: AuthorizationServer,
  tokenUrl: string,
  clientId: string,
  allowedHosts: readonly string[],
): Voucher | null {
  const allow = listedAllowance(as, tokenUrl, allowedHosts)
  if (allow === null) return null
  return {
    provider: null,
    userClaim: 'sub',
    allow,
    trust: {
      issuer: null,
      clientId,
      audienceRequired: false,
      algorithm: null,
      keySet({ kid, jku }) {
        if (kid === undefined || jku === undefined) return null
        const allowKeys = listedAllowance(as, jku, allowedHosts)
        return allowKeys === null ? null : { url: jku, allow: allowKeys }
      },
    },
  }
}

/** Returns what a listed host may be asked, or null for a host that is not listed. */
function listedAllowance(
  as: AuthorizationServer,
  text: string,
  allowedHosts: readonly string[],
): OutboundAllowance | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (!isListedHost(url, allowedHosts)) return null
  const namesPort = allowedHosts.includes(url.host) && url.port !== ''
  const allow = {
    loopback: isLoopbackHost(url.hostname),
    ports: namesPort ? [Number(url.port)] : [],
  }
  return outboundFault(as, text, allow) === null ? allow : null
}

const hostOf = (text: string): string | null => (URL.canParse(text) ? new URL(text).host : null)

/** Returns every text in the response that could be the token. */
function tokensIn(answer: OutboundAnswer): string[] {
  if (answer.status < 200 || answer.status > 299) return []
  const type = mediaTypeOf(answer)
  if (!/^(application\/([\w.-]+\+)?(json|jwt)|text\/plain)?$/.test(type)) return []
  const bare = answer.text.trim()
  if (isToken(bare)) return [bare]
  try {
    const fields = parseJson(answer.text)
    if (!isJsonObject(fields)) return []
    return [fields.id_token, fields.access_token].filter((value) => typeof value === 'string')
  } catch {
    return []
  }
}

/**
 * Returns the first acceptable token.
 * @throws OutboundError if the keys of one token are unavailable and no other token is acceptable
 */
async function firstBelieved(
  as: AuthorizationServer,
  tokens: readonly string[],
  trust: TokenTrust,
) {
  let unavailable: OutboundError | null = null
  let fault = 'the answer has no token'
  for (const token of tokens.filter(isToken)) {
    try {
      const judgement = await judgeToken(as, token, trust)
      if ('claims' in judgement) return judgement
      fault = judgement.fault
    } catch (failure) {
      if (!(failure instanceof OutboundError)) throw failure
      unavailable = failure
    }
  }
  if (unavailable !== null) throw unavailable
  return { fault }
}

/**
 * Returns the enabled user with exactly this name: at the provider, two spellings may be two
 * people.
 */
async function userOf(
  as: AuthorizationServer,
  claims: ProviderClaims,
  { provider, userClaim }: Pick<Voucher, 'provider' | 'userClaim'>,
): Promise<User | null> {
  const value = claims[userClaim]
  if (typeof value !== 'string' || value === '' || value.length > 320) return null
  const user =
    (await as.store.users.findByName(foldLoginName(value))) ??
    (await as.store.users.findBySub(value))
  if (user === null || user.disabledAt !== null || user.deleteAt !== null) return null
  if (userClaim === 'email') {
    // An address that either side has not verified proves nothing about its owner.
    const isTheirs = user.email !== null && isSameAddress(user.email, value)
    return isTheirs && user.emailVerified && vouches(provider?.configuration ?? {}, claims)
      ? user
      : null
  }
  return user.username === value || user.sub === value ? user : null
}
