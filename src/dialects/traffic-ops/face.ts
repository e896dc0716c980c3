// Apache Traffic Control, Traffic Ops 3.0 to 5.0: `user/login/oauth`, which exchanges a provider's
// code for a session cookie, and related paths. Unlike the original, tokens are always verified and
// the provider must be configured; the cookie is opaque, SameSite=Lax, and Secure on https, and its
// session ends on the server; the messages about bad JSON are our own.
import type { Hono } from 'hono'
import { endSession } from '../../core/people/browser-session.ts'
import { type ProvedUser, provedByProvider, signInWithPassword } from '../../core/people/sign-in.ts'
import { type App, type FaceContext, newApp, route } from '../../http/app.ts'
import { readText } from '../../http/form.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { isJsonObject, parseJson } from '../../protocol/strict-json.ts'
import { faceHeaders, json, refusal, renderAlert, success } from './alerts.ts'
import { refuseForeignLogin, refuseForeignPage } from './browser-page.ts'
import { type ExchangeOutcome, exchangeCode } from './code-exchange.ts'
import { currentUser } from './current-user.ts'
import { beginFaceSession, faceSessionIdle, findFaceSession } from './session.ts'

const versions = ['3.0', '3.1', '4.0', '4.1', '5.0']

// HMAC, and so a password hash, ignores a trailing NUL. NUL is rejected here as it is in forms.
const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const field = once(() => v.pipe(v.string(), v.minLength(1), v.maxLength(4096), v.check(isText)))

/** The document's request. Other members are ignored. */
const oauthLogin = once(() =>
  v.object({
    authCodeTokenUrl: field(),
    code: field(),
    clientId: field(),
    redirectUri: field(),
  }),
)

const passwordLogin = once(() => v.object({ u: field(), p: field() }))

type TrafficOpsSettings = { allowedProviderHosts: readonly string[] }

/** Mounts `user/login/oauth` and the related paths. */
export function trafficOpsDialect({ allowedProviderHosts }: TrafficOpsSettings): Hono<App> {
  const app = newApp(renderAlert)
  const paths = {
    'user/login/oauth': {
      POST: (context: FaceContext) => loginWithCode(context, allowedProviderHosts),
    },
    'user/login': { POST: loginWithPassword },
    'user/logout': { POST: logout },
    'user/current': { GET: current },
  }
  for (const [path, handlers] of Object.entries(paths)) {
    for (const end of ['', '/']) {
      const address = `/api/:version/${path}${end}`
      app.use(address, faceHeaders, knownVersion)
      route(app, address, { ...handlers, OPTIONS: preflight }, refuseMethod)
    }
  }
  return app
}

async function knownVersion(
  context: FaceContext,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  if (versions.includes(context.req.param('version') ?? '')) {
    await next()
    return undefined
  }
  return refusal(
    501,
    'The requested api version is not implemented by this server. If you are using a newer client' +
      ' with an older server, you will need to use an older client version or upgrade your server.',
  )
}

const preflight = (): Response =>
  new Response(null, { status: 200, headers: { 'Cache-Control': 'no-store' } })

const refuseMethod = (): Response => refusal(405, 'Method Not Allowed')

/** The message for each failed exchange, with the trailing newline of the original. */
const exchangeRefusals = {
  forbidden: () => refusal(403, 'Forbidden'),
  unreachable: () => refusal(500, 'Internal Server Error'),
  untrusted: () => refusal(502, 'Bad response from OAuth2.0 provider'),
  unknown: () => refusal(403, 'Invalid username or password.', ''),
} satisfies Record<Exclude<ExchangeOutcome['outcome'], 'proved'>, () => Response>

async function loginWithCode(
  context: FaceContext,
  allowedProviderHosts: readonly string[],
): Promise<Response> {
  const { as } = context.env
  const foreign = refuseForeignLogin(context)
  if (foreign !== null) return foreign
  const wire = await readObject(context, oauthLogin)
  if (wire === 'malformed') return notJson()
  if (wire === 'incomplete') {
    return refusal(400, 'authCodeTokenUrl, code, clientId and redirectUri are required')
  }
  const { authCodeTokenUrl: tokenUrl, ...rest } = wire
  const exchange = await exchangeCode(as, { tokenUrl, ...rest }, allowedProviderHosts)
  if (exchange.outcome !== 'proved') return exchangeRefusals[exchange.outcome]()
  return (
    (await signedIn(context, provedByProvider(exchange.user), '')) ?? exchangeRefusals.unknown()
  )
}

async function loginWithPassword(context: FaceContext): Promise<Response> {
  const foreign = refuseForeignLogin(context)
  if (foreign !== null) return foreign
  const wire = await readObject(context, passwordLogin)
  if (wire === 'malformed') return notJson()
  if (wire === 'incomplete') return refusal(400, 'username and password are required')
  const proved = await signInWithPassword(context.env.as, wire.u, wire.p)
  return (await signedIn(context, proved, '\n')) ?? refusal(401, 'Invalid username or password.')
}

/** Returns the cookie, or null if the user was disabled meanwhile. */
async function signedIn(
  context: FaceContext,
  proof: ProvedUser,
  end: '\n' | '',
): Promise<Response | null> {
  const { as } = context.env
  const secret = await beginFaceSession(as, proof)
  if (secret === null) return null
  const answer = success('Successfully logged in.', end)
  answer.headers.set('Set-Cookie', cookie(context, secret, faceSessionIdle))
  return answer
}

async function logout(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const foreign = refuseForeignPage(context)
  if (foreign !== null) return foreign
  const standing = await findFaceSession(as, readCookie(context))
  if (standing === null) return pleaseLogIn()
  await endSession(as, standing.session.id, standing.user.id)
  const answer = success('You are logged out.', '\n')
  answer.headers.set('Set-Cookie', cookie(context, '', 0))
  return answer
}

async function current(context: FaceContext): Promise<Response> {
  const secret = readCookie(context)
  const standing = await findFaceSession(context.env.as, secret)
  if (standing === null || secret === undefined) return pleaseLogIn()
  const response = currentUser(standing, context.req.param('version') ?? '')
  const answer = json(200, `${JSON.stringify({ response })}\n`)
  answer.headers.set('Set-Cookie', cookie(context, secret, faceSessionIdle))
  return answer
}

const pleaseLogIn = (): Response => refusal(401, 'unauthorized, please log in.')

const notJson = (): Response => refusal(400, 'the request body is not a JSON object')

/**
 * Returns the document's cookie plus the attributes that it lacks. `maxAge` 0 removes it, without
 * Max-Age as in the document.
 */
function cookie(context: FaceContext, value: string, maxAge: number): string {
  const { as } = context.env
  const expires = new Date(Math.floor(as.now + maxAge) * 1000).toUTCString()
  return [
    `mojolicious=${value}`,
    'Path=/',
    `Expires=${expires}`,
    ...(maxAge === 0 ? [] : [`Max-Age=${maxAge}`]),
    'HttpOnly',
    ...(as.issuer.startsWith('https:') ? ['Secure'] : []),
    'SameSite=Lax',
  ].join('; ')
}

/** Returns the value of the first cookie with the name. */
const readCookie = (context: FaceContext): string | undefined =>
  /(?:^|;\s*)mojolicious=([^;]*)/.exec(context.req.header('Cookie') ?? '')?.[1]

/** Parses the body by a schema, whatever its media type: programs often send none. */
async function readObject<Schema extends v.GenericSchema>(
  context: FaceContext,
  schema: () => Schema,
): Promise<v.InferOutput<Schema> | 'malformed' | 'incomplete'> {
  const text = await readText(context.req.raw)
  let body: unknown
  try {
    body = parseJson(text)
  } catch {
    return 'malformed'
  }
  if (!isJsonObject(body)) return 'malformed'
  const wire = v.safeParse(schema(), body)
  return wire.success ? wire.output : 'incomplete'
}
