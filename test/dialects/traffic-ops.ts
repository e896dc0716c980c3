// A provider of Traffic Ops as the tests configure one, and requests of the face.
import { issuer, postern, type Answerer } from '../support/http.ts'
import { providerWithKeys } from '../federation/provider-with-keys.ts'
import { registerProvider } from '../federation/providers.ts'

export const api = (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
  to: Answerer = postern,
): Promise<Response> =>
  to(new Request(`${issuer}/api/${path}`, { method, headers, body: body ?? null }))

/** Posts the document's request. */
export const loginWithCode = (wire: unknown, to: Answerer = postern, version = '3.0') =>
  api(
    'POST',
    `${version}/user/login/oauth`,
    JSON.stringify(wire),
    { 'Content-Type': 'application/json' },
    to,
  )

/** The cookie that an answer sets, as a request sends it. */
export const cookieOf = (answer: Response): string =>
  answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''

/** A scripted provider as Traffic Ops trusts one, and the request for one of its codes. */
export async function scriptedIssuer(host?: string) {
  const scripted = await providerWithKeys(host)
  const { provider } = scripted
  const wire = {
    authCodeTokenUrl: provider.url('/token'),
    code: 'AbCd123',
    clientId: 'portal',
    redirectUri: 'https://traffic-portal.example.com/sso',
  }
  const givesToken = async (token: string | Promise<string>) =>
    provider.answer('/token', { body: { access_token: await token, token_type: 'Bearer' } })
  /** Makes it known to the operator's interface. */
  const register = (configuration: object = {}, to?: Answerer) =>
    registerProvider(
      {
        issuer: provider.url(''),
        token_url: wire.authCodeTokenUrl,
        sign_in: false,
        ...configuration,
      },
      to,
    )
  return { ...scripted, wire, givesToken, register }
}
