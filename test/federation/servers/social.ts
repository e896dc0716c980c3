// Google, Microsoft, Apple and GitHub, as far as a sign-in meets them, each as strict as the original.
// A person is a header of the request to the authorization endpoint: what is to be said about them. A
// lie is a person, too.
import { createHash } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { SignJWT, exportJWK, generateKeyPair, importJWK, jwtVerify, type JWK } from 'jose'

/** What is to be said about a person. */
export type SocialPerson = {
  /** Members of the ID token, null = left out; or of GitHub's `/user`. */
  claims: Record<string, unknown>
  /** Of GitHub's `/user/emails`. */
  emails?: { email: string; primary: boolean; verified: boolean }[]
  /** Of Apple's form: at the first sign-in. */
  user?: unknown
  /** The key of Microsoft that signs. */
  kid?: string
  /** Whether the person turns back. */
  denies?: boolean
}

type Issued = { person: SocialPerson; query: URLSearchParams }

/** The tenants of Microsoft in this play. */
export const tenants = {
  one: '11111111-1111-4111-8111-111111111111',
  other: '22222222-2222-4222-8222-222222222222',
  personal: '9188040d-6c67-4c5b-b112-36a304b66dad',
}

class Refusal extends Error {}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Refusal(what)
}

const makeKey = async (kid: string) => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  }
}

/** The providers at `origin`: `/google`, `/microsoft/<tenant>/v2.0`, `/apple` and `/github`. */
export async function socialProviders(origin: string): Promise<RequestListener> {
  const [key, otherKey] = await Promise.all([makeKey('any'), makeKey('other')])
  const issued = new Map<string, Issued>()
  const appleKeys = new Map<string, JWK>()
  let count = 0

  return (request, response) => {
    void respond(request, response).catch((thrown: unknown) => {
      const what = thrown instanceof Refusal ? thrown.message : String(thrown)
      json(response, { error: 'invalid_request', error_description: what }, 400)
    })
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const [, name = '', ...rest] = url.pathname.split('/')
    const path = `/${rest.join('/')}`
    if (path.endsWith('/authorize')) return authorize(name, url.searchParams, request, response)
    if (request.method === 'PUT') {
      const { teamAndKey, jwk }: { teamAndKey: string; jwk: JWK } = JSON.parse(
        await readText(request),
      )
      appleKeys.set(teamAndKey, jwk)
      response.writeHead(204).end()
      return
    }
    if (request.method === 'POST') return token(name, path, request, response)
    if (path.endsWith('/.well-known/openid-configuration')) {
      return json(response, metadata(name, path.replace('/.well-known/openid-configuration', '')))
    }
    if (path.endsWith('/keys')) return json(response, { keys: keysOf(name) })
    return api(path, request, response)
  }

  function metadata(name: string, path: string): object {
    const issuer = `${origin}/${name}${path === '/' ? '' : path}`
    const base = `${origin}/${name}`
    return {
      issuer: issuer.replace(/\/(common|organizations)\/v2\.0$/, '/{tenantid}/v2.0'),
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/keys`,
      // Nothing answers there: whatever is needed is in the token.
      ...(name === 'apple' ? {} : { userinfo_endpoint: `${base}/userinfo` }),
    }
  }

  function keysOf(name: string): object[] {
    if (name !== 'microsoft') return [key.jwk]
    const issuerOf = (tenant: string) => `${origin}/microsoft/${tenant}/v2.0`
    return [
      { ...key.jwk, issuer: issuerOf('{tenantid}') },
      { ...otherKey.jwk, issuer: issuerOf(tenants.other) },
    ]
  }

  function authorize(
    name: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const person: SocialPerson = JSON.parse(String(request.headers['x-person']))
    const [prompt, scope] = [query.get('prompt'), query.get('scope') ?? '']
    const prompts: Record<string, string[]> = {
      google: ['none', 'consent', 'select_account'],
      microsoft: ['login', 'none', 'consent', 'select_account'],
      github: ['select_account'],
    }
    demand(prompt === null || prompts[name]?.includes(prompt) === true, `prompt ${prompt}`)
    demand(query.get('response_type') === 'code', 'response_type')
    demand(query.get('code_challenge_method') === 'S256', 'code_challenge_method')
    demand(
      name !== 'apple' || query.get('response_mode') === 'form_post',
      'response_mode must be form_post when name or email scope is requested.',
    )
    demand(name !== 'github' || /\buser:email\b/.test(scope), 'scope')
    const code = `${name}-${++count}`
    issued.set(code, { person, query })
    const state = query.get('state') ?? ''
    const denial = name === 'apple' ? 'user_cancelled_authorize' : 'access_denied'
    const answer: Record<string, string> = person.denies
      ? { error: denial, state }
      : { code, state }
    if (name === 'apple') {
      const user = person.user === undefined ? {} : { user: JSON.stringify(person.user) }
      return json(response, { action: query.get('redirect_uri'), form: { ...answer, ...user } })
    }
    const back = `${query.get('redirect_uri')}?${new URLSearchParams(answer)}`
    response.writeHead(302, { Location: back }).end()
  }

  async function token(
    name: string,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const form = new URLSearchParams(await readText(request))
    const code = form.get('code') ?? ''
    const known = issued.get(code)
    if (known === undefined || !code.startsWith(name)) throw new Refusal('code')
    const { person, query } = known
    demand(form.get('redirect_uri') === query.get('redirect_uri'), 'redirect_uri')
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
    demand(challenge.digest('base64url') === query.get('code_challenge'), 'code_verifier')
    await authenticate(name, form)
    if (name === 'github') {
      demand(path === '/login/oauth/access_token', path)
      demand(request.headers.accept === 'application/json', 'accept')
      return json(response, { access_token: code, token_type: 'bearer', scope: 'user:email' })
    }
    issued.delete(code)
    const signer = person.kid === 'other' ? otherKey : key
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: `${origin}/${name}`,
      aud: query.get('client_id'),
      iat: now,
      exp: now + 600,
      nonce: query.get('nonce'),
      ...person.claims,
    }
    const stated = Object.entries(claims).filter(([, value]) => value !== null)
    const id_token = await new SignJWT(Object.fromEntries(stated))
      .setProtectedHeader({ alg: 'RS256', kid: signer.kid })
      .sign(signer.privateKey)
    json(response, { access_token: 'an access token', token_type: 'Bearer', id_token })
  }

  async function authenticate(name: string, form: URLSearchParams): Promise<void> {
    const secret = form.get('client_secret') ?? ''
    if (name !== 'apple') return demand(secret === 'the secret', 'client_secret')
    const { payload, protectedHeader } = await jwtVerify(
      secret,
      async ({ kid }) => {
        const [, body = ''] = secret.split('.')
        const { iss }: { iss: string } = JSON.parse(Buffer.from(body, 'base64url').toString())
        return importJWK(appleKeys.get(`${iss}/${kid}`) ?? {}, 'ES256')
      },
      { audience: `${origin}/apple`, subject: form.get('client_id') ?? '', algorithms: ['ES256'] },
    )
    demand(protectedHeader.alg === 'ES256', 'alg')
    const { exp = Infinity, iat = 0 } = payload
    demand(exp - iat <= 15_777_000, 'exp')
  }

  /** GitHub's API. The access token is the code, which is good for as long as this server lives. */
  function api(path: string, request: IncomingMessage, response: ServerResponse): void {
    demand(
      (request.headers['user-agent'] ?? '') !== '',
      'Please make sure your request has a User-Agent',
    )
    const known = issued.get(request.headers.authorization?.replace('Bearer ', '') ?? '')
    if (path === '/api/v3/meta') return json(response, {})
    if (known === undefined) return json(response, { message: 'Bad credentials' }, 401)
    if (path === '/api/v3/user') return json(response, known.person.claims)
    if (path === '/api/v3/user/emails') return json(response, known.person.emails ?? [])
    json(response, { message: 'Not Found' }, 404)
  }
}

function json(response: ServerResponse, body: object, status = 200): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(body))
}
