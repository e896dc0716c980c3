// Passkeys as the pages of the server ask for them and get them.
import { env } from 'cloudflare:workers'
import { signedIn } from '../openid/flow.ts'
import { type Ceremony, type Lies, SoftPasskey } from './soft-passkey.ts'
import { issuer } from './http.ts'
import { type TestUser, admin, registerUser } from './registry.ts'
import type { Place, UserAgent } from './user-agent.ts'

/** The options that a page asks the browser with. */
export type PasskeyOptions = {
  challenge: string
  rpId?: string
  rp?: { id: string; name: string }
  user?: { id: string; name: string; displayName: string }
  excludeCredentials?: { id: string }[]
}

/** Reads a JSON element of a page; null = it has none. */
export function jsonIn(place: Place, id: string): unknown {
  const found = new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`).exec(
    place.html,
  )
  return found?.[1] === undefined ? null : JSON.parse(found[1])
}

/** Returns what a page asks the browser for. */
export function ceremonyOf(place: Place): Ceremony & { options: PasskeyOptions } {
  const options: PasskeyOptions = JSON.parse(JSON.stringify(jsonIn(place, 'passkey-options')))
  const rpId = options.rpId ?? options.rp?.id ?? ''
  return { challenge: options.challenge, rpId, origin: issuer, options }
}

/** Posts an answer by the form of a page that has an input for it. */
export function postPasskey(
  agent: UserAgent,
  place: Place,
  answer: object,
  further: Record<string, string> = {},
): Promise<Place> {
  const form = place.forms.find(({ hidden }) => 'passkey' in hidden)
  if (form === undefined) throw new Error(`no form for a passkey on ${place.path}`)
  const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
  const fields = { ...form.hidden, ...further, passkey: JSON.stringify(answer) }
  return agent.post(form.action, fields, headers)
}

/** Adds a passkey on the account page of a browser that has just signed in. */
export async function addPasskey(agent: UserAgent, passkey: SoftPasskey): Promise<Place> {
  const page = await agent.open('/account/passkeys')
  const ceremony = ceremonyOf(page)
  passkey.userHandle = ceremony.options.user?.id
  return postPasskey(agent, page, await passkey.register(ceremony))
}

/** Signs in with a passkey on the sign-in page. */
export const signInWithPasskey = async (
  agent: UserAgent,
  place: Place,
  passkey: SoftPasskey,
  lies: Lies = {},
): Promise<Place> => postPasskey(agent, place, await passkey.assert(ceremonyOf(place), lies))

/** A user with a passkey, and the browser in which it was added. */
export async function userWithPasskey(passkey?: SoftPasskey) {
  const user = await registerUser()
  const agent = await signedIn(user)
  const own = passkey ?? (await SoftPasskey.make())
  const place = await addPasskey(agent, own)
  if (place.path !== '/account/passkeys?done=added') throw new Error(`not added: ${place.html}`)
  return { user, agent, passkey: own }
}

/** Sends the form of the page of the passkeys. */
export async function changePasskeys(
  agent: UserAgent,
  fields: Record<string, string>,
): Promise<Place> {
  const { forms } = await agent.open('/account/passkeys')
  const hidden = forms.find(({ action }) => action === '/account/passkeys')?.hidden
  const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
  return agent.post('/account/passkeys', { form_token: hidden?.form_token, ...fields }, headers)
}

/** The audit events of a user of one kind. */
export async function eventsOf(
  user: TestUser,
  kind: string,
): Promise<readonly Record<string, unknown>[]> {
  const answer = await admin('GET', `/users/${user.id}/events?kind=${kind}`)
  return (await answer.json<{ items: Record<string, unknown>[] }>()).items
}

export const detailsOf = async (user: TestUser, kind: string): Promise<unknown[]> =>
  (await eventsOf(user, kind)).map(({ detail }) => detail)

/** The ids of the stored passkeys of a user. */
export async function storedOf({ id }: TestUser): Promise<unknown[]> {
  const query = "SELECT id FROM credentials WHERE user_id = ? AND kind = 'passkey'"
  return (await env.DB.prepare(query).bind(id).all()).results.map((row) => row.id)
}

/** What a person sees of a sign-in by passkey. */
export const seen = ({ status, path, html }: Place) => ({
  status,
  isSignIn: path.startsWith('/login'),
  isRefused: html.includes('This passkey did not work.'),
})

/** The sign-in page with the refusal of a passkey. */
export const refusedSignIn = { status: 400, isSignIn: true, isRefused: true }
