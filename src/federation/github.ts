// Sign-in with GitHub, which speaks OAuth without OpenID Connect: its API says whose access token it is
// and which addresses that person has verified.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { ProviderConfiguration } from '../core/providers/configuration.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { OutboundError, guardedFetch, jsonOf } from './outbound.ts'
import { providerPorts } from './provider-ports.ts'

type Configured = Pick<ProviderConfiguration, 'issuer'>

/** Returns the endpoints of GitHub, or of a GitHub Enterprise Server at the issuer. */
export const gitHubEndpoints = ({ issuer }: Configured) => ({
  authorization_endpoint: `${issuer}/login/oauth/authorize`,
  token_endpoint: `${issuer}/login/oauth/access_token`,
})

const apiOf = ({ issuer }: Configured): string =>
  /^https:\/\/([\w-]+\.ghe|github)\.com$/.test(issuer)
    ? issuer.replace('//', '//api.')
    : `${issuer}/api/v3`

const user = once(() =>
  v.object({
    /** Never reused, whereas a `login` can be given up and taken by somebody else. */
    id: v.pipe(v.int(), v.minValue(1)),
    login: v.string(),
    name: v.nullish(v.string()),
  }),
)

const addresses = once(() =>
  v.array(v.object({ email: v.string(), primary: v.boolean(), verified: v.boolean() })),
)

/**
 * Returns what GitHub says about the owner of an access token, in the claims of OpenID Connect Core 5.1.
 * The address is the primary one, if it is verified.
 * @throws OutboundError
 */
export async function gitHubClaims(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
  accessToken: string,
): Promise<Record<string, unknown> & { sub: string }> {
  const [owner, owned] = await Promise.all([
    ask(as, configuration, '/user', user, accessToken),
    ask(as, configuration, '/user/emails', addresses, accessToken),
  ])
  const { id, login, name } = owner
  const address = owned.find(({ primary, verified }) => primary && verified)
  return {
    sub: String(id),
    preferred_username: login,
    name,
    ...(address === undefined ? {} : { email: address.email, email_verified: true }),
  }
}

/** Asks whether the API answers. @throws OutboundError */
export async function requireGitHub(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
): Promise<void> {
  await ask(as, configuration, '/meta', () => v.looseObject({}))
}

async function ask<Schema extends v.GenericSchema>(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
  path: string,
  schema: () => Schema,
  accessToken?: string,
): Promise<v.InferOutput<Schema>> {
  const headers = {
    Accept: 'application/vnd.github+json',
    // "All API requests must include a valid User-Agent header."
    'User-Agent': 'Postern',
    ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
  }
  const allow = { ports: providerPorts(configuration) }
  const answer = await guardedFetch(as, `${apiOf(configuration)}${path}`, { headers }, allow)
  const parsed = v.safeParse(schema(), jsonOf(answer))
  if (!parsed.success) throw new OutboundError('malformed', 'the response is not of the API')
  return parsed.output
}
