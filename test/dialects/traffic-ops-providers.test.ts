// Traffic Ops with a provider that nobody here wrote: a portal gets a code there and brings it here.
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { registerProvider, providerClient, providerOrigin } from '../federation/providers.ts'
import { api, cookieOf, loginWithCode } from './traffic-ops.ts'
import { walkProvider } from '../federation/provider-browser.ts'
import { get } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'

const user = await registerUser()
const redirectUri = 'https://traffic-portal.example.com/sso'
const tokenUrl = `${providerOrigin}/token`

beforeAll(async () => {
  await registerProvider({ ...providerClient, issuer: providerOrigin, token_url: tokenUrl })
})

/** The code that the portal gets for somebody who signs in over there. */
async function codeFor(login: string, resource?: string): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: providerClient.client_id,
    redirect_uri: redirectUri,
    scope: 'openid email',
    ...(resource === undefined ? {} : { resource }),
  })
  const back = await walkProvider(`${providerOrigin}/auth?${query}`, login)
  return back.searchParams.get('code') ?? ''
}

const exchange = (code: string, more: object = {}) =>
  loginWithCode({
    authCodeTokenUrl: tokenUrl,
    code,
    clientId: providerClient.client_id,
    redirectUri,
    ...more,
  })

describe('Traffic Ops with a real provider', () => {
  it('signs the user in whom the provider proves', async () => {
    const answer = await exchange(await codeFor(user.username))
    expect({ status: answer.status, length: (await answer.text()).length }).toEqual({
      status: 200,
      length: 65,
    })
    const current = await api('GET', '4.0/user/current', undefined, { Cookie: cookieOf(answer) })
    expect(await current.json()).toMatchObject({ response: { username: user.username } })
  })

  it.each(['ECDH-ES+A256KW', 'RSA-OAEP-256'])(
    'and by a token encrypted for us: %s',
    async (alg) => {
      const jwks = z.object({ keys: z.array(z.looseObject({ alg: z.string(), use: z.string() })) })
      const { keys } = jwks.parse(await (await get('/.well-known/jwks.json')).json())
      const ours = keys.find((key) => key.use === 'enc' && key.alg === alg)
      await fetch(`${providerOrigin}/encryption-key`, { method: 'PUT', body: JSON.stringify(ours) })
      const answer = await exchange(await codeFor(user.username, 'urn:encrypted'))
      expect(answer.status).toBe(200)
    },
  )

  it('lets a code count once', async () => {
    const code = await codeFor(user.username)
    expect((await exchange(code)).status).toBe(200)
    expect((await exchange(code)).status).toBe(502)
  })

  it('knows nobody who has no account here', async () => {
    expect((await exchange(await codeFor('somebody-else'))).status).toBe(403)
  })

  it('takes no code that is bound to another redirect URI', async () => {
    const code = await codeFor(user.username)
    expect((await exchange(code, { redirectUri: 'https://portal.example/' })).status).toBe(502)
  })
})
