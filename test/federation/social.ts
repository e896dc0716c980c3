// Signing in with Google, Microsoft, Apple and GitHub, as the second process plays them.
import { exportPKCS8, exportJWK, generateKeyPair } from 'jose'
import { inject } from 'vitest'
import { z } from 'zod'
import type { Place, UserAgent } from '../support/user-agent.ts'
import { registerProvider } from './providers.ts'
import type { SocialPerson } from './servers/social.ts'
import { leaveFor, pathOf } from './sign-in.ts'

export const socialOrigin = inject('socialOrigin')

const postedForm = z.object({ action: z.string(), form: z.record(z.string(), z.string()) })

/** A preset as an operator configures it, but for the address of the play. */
export async function socialSignIn(preset: string, issuer: string, more: object = {}) {
  const id = `${preset}-${crypto.randomUUID().slice(0, 8)}`
  const label = `${preset} in a play`
  const configuration = { preset, id, label, issuer, accounts: 'create', ...more }
  const registered = await registerProvider(configuration)

  /** The parameters of the request that the browser leaves with. */
  async function leave(agent: UserAgent, place?: Place): Promise<URL> {
    const away = await leaveFor(agent, place ?? (await agent.open('/')), id)
    if (away.away === null) throw new Error(`at ${away.path}: ${away.html}`)
    return new URL(away.away)
  }

  /** What the provider sends the browser back with; a form comes as a POST of another site. */
  async function answer(
    address: URL,
    person: SocialPerson,
  ): Promise<(by: UserAgent) => Promise<Place>> {
    const headers = { 'X-Person': JSON.stringify(person) }
    const response = await fetch(address, { headers, redirect: 'manual' })
    const location = response.headers.get('Location')
    if (location !== null) return (agent) => agent.open(pathOf(new URL(location)))
    const { action, form } = postedForm.parse(await response.json())
    return (agent) => {
      // What a browser sends with a form of another site: no cookie that is SameSite=Lax.
      const bare = agent.copy()
      bare.cookies.clear()
      return postedFrom(agent, bare, pathOf(new URL(action)), form)
    }
  }

  async function signIn(agent: UserAgent, person: SocialPerson): Promise<Place> {
    return (await answer(await leave(agent), person))(agent)
  }

  return { ...registered, id, label, leave, answer, signIn }
}

/** Posts without cookies and follows the redirect with them, as browsers do. */
async function postedFrom(
  agent: UserAgent,
  bare: UserAgent,
  path: string,
  form: Record<string, string>,
): Promise<Place> {
  const headers = { Origin: 'https://appleid.apple.com', 'Sec-Fetch-Site': 'cross-site' }
  const posted = await bare.post(path, form, headers)
  const [first] = posted.trail
  if (first === undefined) return posted
  return agent.open(first.location)
}

/** A developer's key at Apple: the `.p8` file, and the configuration that names it. */
export async function appleDeveloper() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const [team_id, key_id] = ['TEAM123456', crypto.randomUUID().slice(0, 10)]
  await fetch(`${socialOrigin}/apple/developer`, {
    method: 'PUT',
    body: JSON.stringify({ teamAndKey: `${team_id}/${key_id}`, jwk: await exportJWK(publicKey) }),
  })
  return { team_id, key_id, client_secret: await exportPKCS8(privateKey) }
}
