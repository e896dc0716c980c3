// Signing in at a provider as people do it: the button on our page, the screens over there, back.
import type { JWTPayload } from 'jose'
import { issuer } from '../support/http.ts'
import type { UserAgent, Place } from '../support/user-agent.ts'
import { providerWithKeys } from './provider-with-keys.ts'
import { registerProvider, seconds, signToken, providerOrigin } from './providers.ts'
import { walkProvider } from './provider-browser.ts'

/** Presses the provider's button on the sign-in page. */
export const leaveFor = (agent: UserAgent, place: Place, provider: string): Promise<Place> =>
  agent.submit(place, { provider }, { action: '/login/provider' })

/** The way back that the real provider sends a browser: a path of ours. */
export async function returnFrom(away: Place, login: string, denies = false): Promise<string> {
  if (away.away?.startsWith(providerOrigin) !== true) throw new Error(`at ${away.path} instead`)
  return pathOf(await walkProvider(away.away, login, { denies }))
}

export function pathOf(url: URL): string {
  if (url.origin !== issuer) throw new Error(`sent to ${url.href}`)
  return url.pathname + url.search
}

/** Presses the button, signs in over there as `login`, and comes back. */
export async function signInThere(
  agent: UserAgent,
  place: Place,
  provider: string,
  login: string,
): Promise<Place> {
  return agent.open(await returnFrom(await leaveFor(agent, place, provider), login))
}

/** The ids of the links that the account page shows, in its order. */
export const linksShown = ({ html }: Place): string[] =>
  [...html.matchAll(/name="link" value="([\w-]+)"/g)].map(([, id = '']) => id)

/** A scripted provider to sign in with: each answer of it can be another. */
export async function scriptedSignIn(configuration: object = {}, metadata: object = {}) {
  const scripted = await providerWithKeys()
  const { provider, key, claimsWith } = scripted
  const document = {
    issuer: provider.url(''),
    authorization_endpoint: provider.url('/authorize'),
    token_endpoint: provider.url('/token'),
    jwks_uri: provider.url('/keys'),
    userinfo_endpoint: provider.url('/userinfo'),
    ...metadata,
  }
  await provider.answer('/.well-known/openid-configuration', { body: document })
  const registered = await registerProvider({ issuer: provider.url(''), ...configuration })
  const { id } = registered

  /** The parameters that the browser is sent there with. */
  async function leave(agent: UserAgent): Promise<Record<string, string>> {
    const away = await leaveFor(agent, await agent.open('/'), id)
    if (away.away === null) throw new Error(`at ${away.path}: ${away.html}`)
    return Object.fromEntries(new URL(away.away).searchParams)
  }

  /** Scripts the token answer for a journey; `claims` differ from those of a token that counts. */
  async function gives(nonce: string | undefined, claims: JWTPayload, header: object = {}) {
    const all = claimsWith({ ...(nonce === undefined ? {} : { nonce }), ...claims })
    const id_token = await signToken(key, all, header)
    await provider.answer('/token', {
      body: { id_token, access_token: 'at', token_type: 'Bearer' },
    })
  }

  const callback = (parameters: Record<string, string>): string =>
    `/login/callback/${id}?${new URLSearchParams(parameters)}`

  /** Leaves, and comes back with a code for a token with these claims. */
  async function signIn(agent: UserAgent, claims: JWTPayload): Promise<Place> {
    const { nonce, state = '' } = await leave(agent)
    await gives(nonce, claims)
    return agent.open(callback({ state, code: 'a code' }))
  }

  /** Presses Link on the account page, and comes back as this person. */
  async function link(agent: UserAgent, claims: JWTPayload): Promise<Place> {
    const account = await agent.open('/account')
    const away = await agent.submit(account, { provider: id }, { action: '/account/link' })
    if (away.away === null) return away
    const { nonce, state = '' } = Object.fromEntries(new URL(away.away).searchParams)
    await gives(nonce, claims)
    return agent.open(callback({ state, code: 'a code' }))
  }

  return { ...scripted, id, document, leave, gives, callback, signIn, link }
}

/** Everything that a new person's ID token tells, so that userinfo is not asked. */
export const personClaims = (name: string, more: JWTPayload = {}): JWTPayload => ({
  sub: name,
  preferred_username: name,
  name: `Name of ${name}`,
  email: `${name}@upstream.example`,
  email_verified: true,
  iat: seconds(),
  ...more,
})
