// The identity provider of a company: it signs everybody in at once, and exchanges their ID tokens for
// identity assertion grants (ID-JAG, draft-ietf-oauth-identity-assertion-authz-grant).
import { type IncomingMessage, createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { SignJWT, decodeJwt, exportJWK, generateKeyPair, type JWTPayload } from 'jose'
import { freePort } from '../operator/boot.ts'

export type IdentityProvider = {
  issuer: string
  /** An ID token of the employee for a client of the provider's. */
  idToken: (clientId: string) => Promise<string>
  end: () => void
}

/** The provider's only employee. */
export const employee = {
  sub: 'employee-1',
  preferred_username: 'grace',
  name: 'Grace',
  email: 'grace@company.example',
  email_verified: true,
}

/** Starts the provider. Its identity assertion grants are for `clientId` at the authorization server. */
export async function newIdentityProvider(clientId: () => string): Promise<IdentityProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const signed = (claims: JWTPayload, typ = 'JWT'): Promise<string> =>
    new SignJWT({ iss: issuer, jti: crypto.randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ })
      .setIssuedAt()
      .setExpirationTime('5 minutes')
      .sign(privateKey)
  const nonces = new Map<string, string>()

  const documents: Record<string, unknown> = {
    '/jwks': { keys: [jwk] },
    '/.well-known/openid-configuration': {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    },
  }

  async function tokens(form: URLSearchParams): Promise<object> {
    const code = form.get('code')
    if (code !== null) {
      const claims = { ...employee, aud: 'postern', nonce: nonces.get(code) }
      return { id_token: await signed(claims), access_token: code, token_type: 'Bearer' }
    }
    const { sub } = decodeJwt(form.get('subject_token') ?? '')
    const [aud, resource, scope] = ['audience', 'resource', 'scope'].map((name) => form.get(name))
    const bounds = { resource, ...(scope === null ? {} : { scope }) }
    const claims = { ...bounds, sub, aud: aud ?? undefined, client_id: clientId() }
    return {
      issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
      access_token: await signed(claims, 'oauth-id-jag+jwt'),
      token_type: 'N_A',
    }
  }

  async function answerTo(request: IncomingMessage): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    if (pathname === '/token') {
      return Response.json(await tokens(new URLSearchParams(await text(request))))
    }
    const document = documents[pathname]
    if (pathname !== '/authorize') {
      return Response.json(document ?? null, { status: document === undefined ? 404 : 200 })
    }
    const code = crypto.randomUUID()
    nonces.set(code, searchParams.get('nonce') ?? '')
    const back = new URL(searchParams.get('redirect_uri') ?? '')
    back.search = String(new URLSearchParams({ code, state: searchParams.get('state') ?? '' }))
    return Response.redirect(back.href, 303)
  }

  const server = createServer((request, response) => {
    void answerTo(request).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(await answer.text())
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    issuer,
    idToken: (client) => signed({ ...employee, aud: client }),
    end: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
