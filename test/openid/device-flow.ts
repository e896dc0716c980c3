// Devices as RFC 8628 has them: they ask for codes, poll, and their user answers on our pages.
import { z } from 'zod'
import { basic, formRequest, postern, type Answerer } from '../support/http.ts'
import { registerClient, type TestClient } from '../support/registry.ts'
import { postAs } from '../support/tokens.ts'
import type { Place, UserAgent } from '../support/user-agent.ts'
import type { Extra } from './flow.ts'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A public client for devices, which nobody trusts. */
export const registerDevice = (metadata: object = {}): Promise<TestClient> =>
  registerClient({
    client_name: 'Reading room terminal',
    token_endpoint_auth_method: 'none',
    grant_types: [deviceGrant, 'refresh_token'],
    scope: 'openid profile email offline_access read',
    trusted: false,
    ...metadata,
  })

let devices = 0

/** An address that no other device of the tests has: each address may ask 20 times a minute. */
export const freshAddress = (): string => `2001:db8:0:${(++devices).toString(16)}::1`

type Origin = { address?: string; userAgent?: string }

/** The request of a device; it comes from an address of its own unless one is named. */
export function askForCodes(
  client: TestClient,
  form: Record<string, string | string[] | undefined> = {},
  { address = freshAddress(), userAgent = 'Terminal/1.0' }: Origin = {},
  to: Answerer = postern,
): Promise<Response> {
  const { client_id, client_secret } = client
  const credentials = client_secret === undefined ? {} : basic(client_id, client_secret)
  const named = client_secret === undefined ? { client_id } : {}
  const headers = { ...credentials, 'CF-Connecting-IP': address, 'User-Agent': userAgent }
  return to(formRequest('/oauth2/device_authorization', { ...named, ...form }, headers))
}

const deviceResponse = z.strictObject({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.number(),
  interval: z.number(),
})
type DeviceCodes = z.infer<typeof deviceResponse>

/** The codes of an answer that must have some. */
export async function codesOf(answer: Response | Promise<Response>): Promise<DeviceCodes> {
  const response = await answer
  const text = await response.text()
  if (response.status !== 200) throw new Error(`no codes but ${response.status}: ${text}`)
  return deviceResponse.parse(JSON.parse(text))
}

export const codesFor = (
  client: TestClient,
  form: Extra = {},
  to: Answerer = postern,
): Promise<DeviceCodes> => codesOf(askForCodes(client, form, {}, to))

/** Asks whether the user has decided. */
export const poll = (
  client: TestClient,
  deviceCode: string,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => {
  const form = { grant_type: deviceGrant, device_code: deviceCode, ...extra }
  return postAs(client, '/oauth2/token', form, to)
}

/** Types a code on the page, in a browser that is signed in. */
export const enterCode = async (agent: UserAgent, userCode: string): Promise<Place> =>
  agent.submit(await agent.open('/device'), { user_code: userCode }, { action: '/device' })

/** Answers the question about a device. */
export const answerDevice = (
  agent: UserAgent,
  asked: Place,
  decision: 'allow' | 'deny',
): Promise<Place> => agent.submit(asked, { decision }, { action: '/device/decision' })

/** Types a code and allows the device. */
export const allowDevice = async (agent: UserAgent, userCode: string): Promise<Place> =>
  answerDevice(agent, await enterCode(agent, userCode), 'allow')
