// What people, their apps and machines do all day, and what others try. A visit rejects at any answer
// that is not the right one, and says which rows of which table its proofs may have made.
import { authorizationParameters, verifier } from '../bench/browser.ts'
import {
  expectStatus,
  memberOf,
  type Person,
  type Proofs,
  type Visit,
  type World,
} from './person.ts'
import { refusals } from './refusals.ts'

/** A sign-in by password: the session, the screen that it answered, its audit row. */
const signedIn: Proofs = { sessions: 1, used_identifiers: 2, audit_events: 2 }
/** A code that was redeemed. */
const granted: Proofs = { grants: 1, used_identifiers: 1, audit_events: 3 }

const nothing: Proofs = {}

const together = (...proofs: Proofs[]): Proofs => {
  const sum: Proofs = {}
  for (const [table, rows] of proofs.flatMap((one) => Object.entries(one))) {
    sum[table] = (sum[table] ?? 0) + rows
  }
  return sum
}

/** Gets a grant by a code; a browser that has no session signs in first. */
async function grant(person: Person, parameters?: Record<string, string>): Promise<string> {
  const { app, paths } = person.contestant
  const code = await person.browser.authorize(person.ask, parameters)
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: app.redirectUri,
    code_verifier: verifier,
  }
  const answer = expectStatus(await person.post(paths.token, form, app), 200)
  person.refreshToken = memberOf(answer, 'refresh_token')
  return memberOf(answer, 'access_token')
}

async function refresh(person: Person): Promise<Proofs> {
  const { app, paths } = person.contestant
  let proofs = nothing
  if (person.refreshToken === null) {
    await grant(person)
    proofs = together(signedIn, granted)
  }
  const form = { grant_type: 'refresh_token', refresh_token: person.refreshToken ?? '' }
  const answer = expectStatus(await person.post(paths.token, form, app), 200)
  person.refreshToken = memberOf(answer, 'refresh_token')
  const Authorization = `Bearer ${memberOf(answer, 'access_token')}`
  expectStatus(await person.send({ path: '/oauth2/userinfo', headers: { Authorization } }), 200)
  return together(proofs, { audit_events: 1 })
}

/** A new grant of the app, in place of the one it had: that one is revoked. */
async function authorize(person: Person): Promise<Proofs> {
  const before = person.refreshToken
  await grant(person)
  if (before === null) return together(signedIn, granted)
  const { app } = person.contestant
  expectStatus(await person.post('/oauth2/revoke', { token: before }, app), 200)
  return together(granted, { audit_events: 1, revocation_outbox: 1 })
}

async function push(person: Person): Promise<Proofs> {
  const { app } = person.contestant
  const isNew = person.refreshToken === null
  const pushed = await person.post('/oauth2/par', authorizationParameters(app), app)
  const request_uri = memberOf(expectStatus(pushed, 201), 'request_uri')
  await grant(person, { client_id: app.id, request_uri })
  return together(isNew ? signedIn : nothing, granted)
}

async function machine(person: Person): Promise<Proofs> {
  const { machine: account, paths } = person.contestant
  const form = { grant_type: 'client_credentials', scope: 'read' }
  const token = memberOf(
    expectStatus(await person.post(paths.token, form, account), 200),
    'access_token',
  )
  const introspect = () => person.post('/oauth2/introspect', { token }, account)
  requireActive((await introspect()).body, true)
  if (Math.random() > 0.2) return nothing
  expectStatus(await person.post('/oauth2/revoke', { token }, account), 200)
  requireActive((await introspect()).body, false)
  return { revoked_tokens: 1, revocation_outbox: 1, audit_events: 1 }
}

function requireActive(body: string, isActive: boolean): void {
  if (body.startsWith(`{"active":${isActive}`)) return
  throw new Error(`a token that is ${isActive ? '' : 'not '}active: ${body.slice(0, 200)}`)
}

async function device(person: Person, world: World): Promise<Proofs> {
  const { contestant } = person
  const isNew = person.refreshToken === null
  if (isNew) await grant(person)
  const client_id = world.device.id
  const codes = expectStatus(
    await person.post('/oauth2/device_authorization', { client_id, scope: 'openid' }),
    200,
  )
  const device_code = memberOf(codes, 'device_code')
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const poll = () => person.post(contestant.paths.token, { grant_type, device_code, client_id })
  expectStatus(await poll(), 400)
  const page = await person.follow({ path: '/device' })
  const entered = await person.answer(page, { user_code: memberOf(codes, 'user_code') })
  const decided = await person.answer(expectStatus(entered, 200), { decision: 'allow' })
  expectStatus(decided, 200)
  const tokens = await poll()
  // Whoever polls too soon is told to slow down: the person was quicker than five seconds.
  expectStatus(tokens, 200, 400)
  return together(isNew ? together(signedIn, granted) : nothing, granted, {
    device_codes: 1,
    consents: 1,
    resource_consents: 1,
  })
}

async function register(person: Person): Promise<Proofs> {
  const body = JSON.stringify({
    redirect_uris: ['https://app.example/callback'],
    client_name: 'An app that registers itself',
  })
  const headers = { 'Content-Type': 'application/json' }
  const made = expectStatus(
    await person.send({ method: 'POST', path: '/oauth2/register', headers, body }),
    201,
  )
  const { pathname } = new URL(memberOf(made, 'registration_client_uri'))
  const Authorization = `Bearer ${memberOf(made, 'registration_access_token')}`
  expectStatus(await person.send({ path: pathname, headers: { Authorization } }), 200)
  return { clients: 1, audit_events: 1, sign_in_attempts: 1 }
}

async function readDocuments(person: Person): Promise<Proofs> {
  const paths = ['openid-configuration', 'jwks.json', 'oauth-authorization-server']
  for (const name of paths) {
    expectStatus(await person.send({ path: `/.well-known/${name}` }), 200)
  }
  expectStatus(await person.send({ path: '/health' }), 200)
  return nothing
}

/** The pages of somebody who is signed in, and those of somebody who has only just come. */
async function lookAround(person: Person): Promise<Proofs> {
  const { browser, ask, contestant } = person
  const isNew = person.refreshToken === null
  if (isNew) await grant(person)
  for (const path of ['/account', '/account/password', '/account/passkeys', '/', '/device']) {
    expectStatus(await browser.visit(ask, { path }), 200, 303)
  }
  const query = new URLSearchParams(authorizationParameters(contestant.app))
  expectStatus(await person.send({ path: `/oauth2/authorize?${query}` }), 200, 303)
  return isNew ? together(signedIn, granted) : nothing
}

/** Signs out, and in again in another browser. */
async function signIn(person: Person): Promise<Proofs> {
  person.renewBrowser()
  await grant(person)
  return together(signedIn, granted)
}

export const visits: readonly Visit[] = [
  { name: 'a machine', weight: 20, make: machine },
  { name: 'a refresh', weight: 25, make: refresh },
  { name: 'a new grant', weight: 10, make: authorize },
  { name: 'a pushed request', weight: 5, make: push },
  { name: 'documents', weight: 12, make: readDocuments },
  { name: 'pages', weight: 5, make: lookAround },
  { name: 'a device', weight: 3, make: device },
  { name: 'a registration', weight: 2, make: register },
  { name: 'a sign-in', weight: 1, make: signIn },
  ...refusals,
]
