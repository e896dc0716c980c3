// The server under test: two isolates over one D1 and KV. Commands of the model become requests, and
// answers become what the model says of them.
import { env } from 'cloudflare:workers'
import { decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import { allowDevice, codesOf, askForCodes, deviceGrant, poll } from '../openid/device-flow.ts'
import { allowIfAsked, authorizePath, callback, redeem, signInAt } from '../openid/flow.ts'
import type { Registered } from '../registration/registrant.ts'
import { Server, noFault } from '../support/faults.ts'
import type { Answerer } from '../support/http.ts'
import { registerClient, registerResource, registerUser } from '../support/registry.ts'
import type { TestClient, TestUser } from '../support/registry.ts'
import * as requests from '../support/tokens.ts'
import { type Place, UserAgent } from '../support/user-agent.ts'
import type { Command } from './commands.ts'
import { end } from './endings.ts'
import { type Outcome, get } from './model.ts'

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const grantTypes = ['authorization_code', 'refresh_token', 'password', 'client_credentials']
export const scope = 'openid offline_access read'

const metadataOf: Record<string, object> = {
  web: { grant_types: [...grantTypes, deviceGrant, exchangeGrant] },
  pub: {
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'password', deviceGrant],
    ...{ access_token_ttl: 20, refresh_token_idle_ttl: 3600, refresh_token_ttl: 7200 },
  },
  strict: { grant_types: grantTypes, refresh_token_grace: 0 },
  shared: { grant_types: grantTypes, refresh_token_rotation: false },
}

const answered = z.looseObject({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  scope: z.string().optional(),
  error: z.string().optional(),
  active: z.boolean().optional(),
})

/** What one run has got of the server; the next one has its own. */
export class Received {
  readonly browsers = new Map<string, Map<string, string>>()
  readonly codes = new Map<string, string>()
  readonly access = new Map<string, string>()
  /** The refresh tokens of a grant, by generation. */
  readonly refresh = new Map<string, string[]>()
  readonly registered = new Map<string, Registered>()
  readonly imported = new Map<string, TestUser>()
}

/** The server, its users and clients. */
export class Actual {
  readonly servers = [0, 1].map(() => new Server(settings))
  readonly #clients: Record<string, TestClient>
  readonly #users: Record<string, TestUser>
  readonly #auditor: TestClient
  readonly #resource: string
  received = new Received()

  private constructor(
    clients: Record<string, TestClient>,
    users: Record<string, TestUser>,
    auditor: TestClient,
    resource: string,
  ) {
    this.#clients = clients
    this.#users = users
    this.#auditor = auditor
    this.#resource = resource
  }

  static async start(): Promise<Actual> {
    const clients: Record<string, TestClient> = {}
    for (const [name, metadata] of Object.entries(metadataOf)) {
      clients[name] = await registerClient({ scope, redirect_uris: [callback], ...metadata })
    }
    const users = { ann: await registerUser(), bob: await registerUser() }
    const { resource } = await registerResource()
    return new Actual(clients, users, await registerClient(), resource)
  }

  /** Makes everything as it was, but for what has an end of its own. */
  async reset(): Promise<void> {
    this.received = new Received()
    for (const server of this.servers) server.plan(noFault)
    await env.DB.batch([
      env.DB.prepare(
        'UPDATE users SET disabled_at = NULL, sealed_totp = NULL WHERE disabled_at > 0 OR sealed_totp > 0',
      ),
      env.DB.prepare('UPDATE clients SET disabled_at = NULL WHERE disabled_at > 0'),
    ])
  }

  /** How many rows there are of what has an end of its own. */
  async rows(): Promise<Record<string, number>> {
    const counted: Record<string, number> = {}
    for (const table of transient) {
      const row = await env.DB.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).first<{
        rows: number
      }>()
      counted[table] = row?.rows ?? 0
    }
    return counted
  }

  /** Sends what a command says, and returns what it comes to once the server has nothing left to do. */
  async perform(command: Command): Promise<Outcome> {
    const server = this.servers[command.by]
    if (server === undefined) throw new Error('there is no such isolate')
    const outcome = await this.#send(server, command)
    await server.settled()
    return outcome
  }

  client(name: string): TestClient {
    return this.received.registered.get(name) ?? get(this.#clients, name)
  }

  user(name: string): TestUser {
    return this.received.imported.get(name) ?? get(this.#users, name)
  }

  #refreshToken(grant: string, generation: number): string {
    return held(this.received.refresh.get(grant)?.[generation])
  }

  async #send(server: Server, command: Command): Promise<Outcome> {
    const to = server.fetch
    switch (command.do) {
      case 'password': {
        const answer = requests.passwordGrant(
          this.client(command.client),
          this.user(command.user),
          {},
          to,
        )
        return this.#tokens(await answer, command.token, command.as)
      }
      case 'authorize':
        return this.inBrowser(to, command.user, (agent) => this.#authorize(agent, command))
      case 'redeem': {
        const code = held(this.received.codes.get(command.code))
        const answer = redeem(this.client(command.client), code, {}, to)
        return this.#tokens(await answer, command.token, command.as)
      }
      case 'device':
        return this.inBrowser(to, command.user, (agent) => this.#device(to, agent, command))
      case 'clientCredentials':
        return this.#tokens(
          await requests.clientCredentials(this.client(command.client), {}, to),
          command.token,
        )
      case 'exchange': {
        const form = {
          grant_type: exchangeGrant,
          subject_token: held(this.received.access.get(command.token)),
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          resource: this.#resource,
        }
        const answer = requests.postAs(this.client(command.client), '/oauth2/token', form, to)
        return this.#tokens(await answer, command.as)
      }
      case 'refresh': {
        const presented = this.#refreshToken(command.grant, command.generation)
        const extra = command.isNarrow ? { scope: 'read' } : {}
        const answer = requests.refresh(this.client(command.client), presented, extra, to)
        return this.#tokens(await answer, command.token, command.grant)
      }
      case 'garbage': {
        const answer = requests.refresh(this.client(command.client), garbage(command.seed), {}, to)
        return this.#tokens(await answer, 'none')
      }
      case 'introspect':
        return this.#activity(this.#auditor, held(this.received.access.get(command.token)), to)
      case 'introspectRefresh': {
        const presented = this.#refreshToken(command.grant, command.generation)
        return this.#activity(this.client(command.client), presented, to)
      }
      case 'userinfo':
        return plain(await requests.userinfo(held(this.received.access.get(command.token)), to))
      case 'revokeRefresh': {
        const presented = this.#refreshToken(command.grant, command.generation)
        return plain(await requests.revoke(this.client(command.client), presented, to))
      }
      case 'revokeAccess': {
        const presented = held(this.received.access.get(command.token))
        return plain(await requests.revoke(this.client(command.client), presented, to))
      }
      default:
        await end(this, server, command)
        return { done: true }
    }
  }

  /** Keeps the tokens of an answer under their names; a second branch of refresh tokens is told of. */
  async #tokens(response: Response, token: string, grant?: string): Promise<Outcome> {
    const { access_token, refresh_token, expires_in, error, ...body } = answered.parse(
      await response.json(),
    )
    if (access_token === undefined) return { status: response.status, error: error ?? 'none' }
    this.received.access.set(token, access_token)
    const told: Outcome = { status: response.status, expiresIn: expires_in ?? 0 }
    if (grant === undefined || refresh_token === undefined) return told
    const generation = Number(refresh_token.split('.')[2])
    const known = this.received.refresh.get(grant) ?? []
    const isSecondBranch = known[generation] !== undefined && known[generation] !== refresh_token
    known[generation] = refresh_token
    this.received.refresh.set(grant, known)
    const isNarrow = !(body.scope ?? '').includes('openid')
    return { ...told, generation, isNarrow, ...(isSecondBranch ? { isSecondBranch } : {}) }
  }

  async #activity(client: TestClient, token: string, to: Answerer): Promise<Outcome> {
    const response = await requests.introspect(client, token, to)
    const { active, error } = answered.parse(await response.json())
    return active === undefined ? { status: response.status, error: error ?? 'none' } : { active }
  }

  /** Does something in the user's browser, which keeps its cookies. */
  async inBrowser<Result>(
    to: Answerer,
    user: string,
    work: (agent: UserAgent) => Promise<Result>,
  ): Promise<Result> {
    const agent = new UserAgent(to)
    for (const [name, value] of this.received.browsers.get(user) ?? [])
      agent.cookies.set(name, value)
    const result = await work(agent)
    this.received.browsers.set(user, agent.cookies)
    return result
  }

  async #authorize(agent: UserAgent, command: Command<'authorize'>): Promise<Outcome> {
    const asked = command.isOffline ? scope : 'openid read'
    const path = authorizePath(this.client(command.client), { scope: asked })
    const place = await this.signedInAt(agent, await agent.open(path), command.user)
    const end = place.forms.some(({ action }) => action === '/consent')
      ? await allowIfAsked(agent, place)
      : place
    const code = end.away === null ? null : new URL(end.away).searchParams.get('code')
    if (code === null) return { isGranted: false }
    this.received.codes.set(command.as, code)
    return { isGranted: true }
  }

  /** Signs in if the page asks for it. */
  signedInAt(agent: UserAgent, place: Place, user: string): Promise<Place> {
    const isAsked = place.forms.some(({ action }) => action === '/login')
    return isAsked ? signInAt(agent, place, this.user(user)) : Promise.resolve(place)
  }

  async #device(to: Answerer, agent: UserAgent, command: Command<'device'>): Promise<Outcome> {
    const client = this.client(command.client)
    const codes = await codesOf(
      askForCodes(client, { scope: command.isOffline ? scope : 'openid read' }, {}, to),
    )
    await this.signedInAt(agent, await agent.open('/device'), command.user)
    await allowDevice(agent, codes.user_code)
    return this.#tokens(await poll(client, codes.device_code, {}, to), command.token, command.as)
  }
}

/** The tables that cron empties. */
export const transient = [
  ...['grants', 'sessions', 'device_codes', 'revoked_tokens', 'revocation_outbox'],
  ...['used_identifiers', 'sign_in_attempts', 'logout_notices', 'parked_codes'],
]

const settings = {
  REGISTRATION: 'open',
  ...{ DCR_UNUSED_LIFETIME: '0', DCR_IDLE_LIFETIME: '0' },
  PASSWORD_TRIES_PER_ACCOUNT: '1000000',
  PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '1000000',
  PASSWORD_TRIES_PER_ADDRESS: '1000000',
  REGISTRATIONS_PER_ADDRESS: '1000000',
}

/** Texts that are no refresh token of ours. */
const garbage = (seed: number): string =>
  ['rt_', 'rt_test.x.0.x.x', `rt_test.${'A'.repeat(22)}.1.${'A'.repeat(43)}.${'A'.repeat(22)}`][
    seed % 3
  ] ?? 'x'

/** The key that signed an access token. */
export const kidOf = (accessToken: string): string => decodeProtectedHeader(accessToken).kid ?? ''

async function plain(response: Response): Promise<Outcome> {
  if (response.status === 200) return { status: 200 }
  const { error } = answered.parse(await response.json())
  return { status: response.status, error: error ?? 'none' }
}

export function held(text: string | undefined): string
export function held(registered: Registered | undefined): Registered
export function held(value: unknown): unknown {
  if (value === undefined) throw new Error('the run has not got that')
  return value
}
