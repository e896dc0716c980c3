// What run.ts has started, and Postern's operator: users and clients made by the admin interface,
// fresh each call, so that tests share nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { utf8, utf8Text } from '../../src/crypto/encoding.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'

// workerd has it, Node 22 not yet.
Object.defineProperty(Uint8Array.prototype, 'toBase64', {
  value(this: Uint8Array): string {
    return Buffer.from(this).toString('base64url')
  },
})

export const world = {
  postern: named('POSTERN'),
  adminToken: named('ADMIN_TOKEN'),
  stateFolder: named('STATE_DIR'),
  spa: named('SPA'),
  chromium: named('CHROMIUM'),
  screenshots: named('SCREENSHOTS'),
  /** The instant after which no further test begins, in milliseconds. */
  deadline: Number(named('DEADLINE')),
}

function named(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: use npm run test:browser`)
  return value
}

export type Person = { id: number; username: string; password: string; name: string }
export type RegisteredClient = { id: string; redirectUri: string }

/** A request of the admin interface. @throws if it is refused */
export async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${world.postern}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${world.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

export async function registerPerson(facts: object = {}): Promise<Person> {
  const username = `user-${crypto.randomUUID()}`
  const sent = { username, email: `${username}@mail.example`, name: 'Ada Lovelace', ...facts }
  const password = `pass-${crypto.randomUUID()}`
  const answer = await admin('POST', '/users', { ...sent, password })
  const { id } = z.looseObject({ id: z.number() }).parse(answer)
  return { id, username: sent.username, password, name: sent.name }
}

/** A confidential client that is not trusted, but for `metadata`. */
export async function registerClient(
  redirectUri: string,
  metadata: object = {},
): Promise<RegisteredClient> {
  const answer = await admin('POST', '/clients', {
    client_name: 'Analytical Notes',
    redirect_uris: [redirectUri],
    ...metadata,
  })
  const { client_id: id } = z.looseObject({ client_id: z.string() }).parse(answer)
  return { id, redirectUri }
}

/** The address of an authorization request, with the code challenge of RFC 7636, appendix B. */
export function authorizeUrl(
  client: RegisteredClient,
  parameters: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'af0ifjsldkj',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...parameters,
  })
  return `${world.postern}/oauth2/authorize?${query}`
}

/** A device of a public client: it has asked, and `poll` returns the status of asking again. */
export async function startDevice(metadata: object = {}) {
  const client_id = (
    await registerClient('https://unused.example/', {
      client_name: 'Reading room terminal',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: [],
      token_endpoint_auth_method: 'none',
      scope: 'openid profile email',
      ...metadata,
    })
  ).id
  const send = (path: string, form: Record<string, string>) =>
    fetch(world.postern + path, {
      method: 'POST',
      headers: { 'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Safari/537.36' },
      body: new URLSearchParams({ client_id, ...form }),
    })
  const answer = await send('/oauth2/device_authorization', {})
  const codes = z
    .object({
      device_code: z.string(),
      user_code: z.string(),
      verification_uri: z.string(),
      verification_uri_complete: z.string(),
    })
    .parse(await answer.json())
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const poll = async (): Promise<number> =>
    (await send('/oauth2/token', { grant_type, device_code: codes.device_code })).status
  return { codes, poll }
}

/** Makes the screen that waits in this page one that was open too long, in its form and address. */
export async function ageScreen(page: Page): Promise<void> {
  const sealed = await page.locator('input[name=screen]').first().inputValue()
  const secrets = await readFile(join(world.stateFolder, 'secrets.env'), 'utf8')
  const [, id = '', key = ''] = /^MASTER_KEY=([\w-]+):([\w-]+)$/m.exec(secrets) ?? []
  const keys = new KeyRing([{ id, bytes: new Uint8Array(Buffer.from(key, 'base64url')) }])
  const length = 1 + Number.parseInt(sealed.charAt(0), 36)
  const dotted = `${sealed.slice(1, length)}.${sealed.slice(length)}`
  const opened = await keys.open('screen', dotted, 'screen 3')
  if (opened === null) throw new Error('the screen does not open')
  const screen = z.looseObject({ createdAt: z.number() }).parse(JSON.parse(utf8Text(opened) ?? ''))
  const old = utf8(JSON.stringify({ ...screen, expiresAt: screen.createdAt }))
  const resealed = await keys.seal('screen', old, 'screen 3')
  const aged = sealed.charAt(0) + resealed.replace('.', '')
  const [from, to] = [JSON.stringify(sealed), JSON.stringify(aged)]
  await page.evaluate(`
    for (const input of document.querySelectorAll('input[name=screen]')) input.value = ${to}
    history.replaceState(null, '', location.href.replace(${from}, ${to}))`)
}
