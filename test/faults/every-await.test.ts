import { describe, expect, it } from 'vitest'
import { codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { atCall, Server, type Fault, type StorageCall } from '../support/faults.ts'
import { read, type Answerer } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { away } from '../support/outage.ts'
import { grantRow } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  revoke,
  tokensOf,
  userinfo,
  type GrantTokens,
} from '../support/tokens.ts'

// What KV makes of a refresh while D1 is away is in outage.test.ts, and its faults in outage-over.test.ts.
const withoutKv = { D1_OUTAGE_REFRESH: 'off' }

const client = await registerWebClient({
  grant_types: ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
})
const user = await registerUser()
const browser = await signedIn(user)
/** Tokens of a new grant, which costs no password hash. */
const freshGrant = async (): Promise<GrantTokens> =>
  grantOf(redeem(client, await codeFor(browser, client, { scope: 'openid offline_access read' })))
/** One that KV has heard of. */
async function refreshedGrant(): Promise<GrantTokens> {
  const { refresh_token } = await freshGrant()
  const server = new Server(withoutKv)
  const grant = await grantOf(refresh(client, refresh_token, {}, server.fetch))
  await server.settled()
  return grant
}

const faults: Fault[] = ['fails', 'fails after the commit']

/** A job of the server, with every storage call that a cold isolate makes for it, in order. */
type Job = {
  name: string
  calls: string[]
  ask: (grant: GrantTokens, to: Answerer) => Promise<Response>
  /** The grant that it is about; a new one by default. */
  prepare?: () => Promise<GrantTokens>
}

const jobs: Job[] = [
  {
    name: 'client credentials',
    calls: ['the client', 'the keys'],
    ask: (_grant, to) => clientCredentials(client, {}, to),
  },
  {
    name: 'the password grant',
    calls: ['the client', 'a batch', 'the keys', 'a batch'],
    ask: (_grant, to) => passwordGrant(client, user, {}, to),
  },
  {
    name: 'a refresh',
    calls: ['the client', 'the keys', 'a batch'],
    ask: ({ refresh_token }, to) => refresh(client, refresh_token, {}, to),
  },
  {
    name: 'a refresh with a narrower scope',
    calls: ['the client', 'the keys', 'a batch'],
    ask: ({ refresh_token }, to) => refresh(client, refresh_token, { scope: 'openid' }, to),
  },
  {
    name: 'a later refresh with a narrower scope',
    calls: ['the client', 'the keys', 'a batch'],
    ask: ({ refresh_token }, to) => refresh(client, refresh_token, { scope: 'openid' }, to),
    prepare: refreshedGrant,
  },
  {
    name: 'introspecting an access token',
    calls: ['the client', 'the keys', 'the grant', 'KV get'],
    ask: ({ access_token }, to) => introspect(client, access_token, to),
  },
  {
    name: 'introspecting a refresh token',
    calls: ['the client', 'the grant'],
    ask: ({ refresh_token }, to) => introspect(client, refresh_token, to),
  },
  {
    name: 'userinfo',
    calls: ['the keys', 'the client', 'the grant', 'KV get'],
    ask: ({ access_token }, to) => userinfo(access_token, to),
  },
  {
    name: 'revoking a refresh token',
    calls: ['the client', 'a batch', 'the outbox', 'KV put', 'the outbox'],
    ask: ({ refresh_token }, to) => revoke(client, refresh_token, to),
  },
  {
    name: 'revoking an access token',
    calls: ['the client', 'the keys', 'a batch', 'the outbox', 'KV put', 'the outbox'],
    ask: ({ access_token }, to) => revoke(client, access_token, to),
  },
]

function nameOf({ binding, method, text }: StorageCall): string {
  if (binding === 'KV') return `KV ${method}`
  if (method === 'batch') return 'a batch'
  const [, table = ''] = /(?:FROM|INTO|UPDATE) (\w+)/.exec(text) ?? []
  const names: Record<string, string> = {
    clients: 'the client',
    signing_keys: 'the keys',
    revocation_outbox: 'the outbox',
  }
  return names[table] ?? 'the grant'
}

const everyAwait = jobs.flatMap((job) =>
  faults.flatMap((fault) => job.calls.map((call, nth) => ({ ...job, fault, call, nth }))),
)

const unavailable = {
  status: 503,
  body: {
    error: 'temporarily_unavailable',
    error_description: 'the server cannot answer now, try again',
  },
}

describe('the awaits of the endpoints', () => {
  it.each(jobs)('$name: $calls', async ({ ask, calls, prepare = freshGrant }) => {
    const grant = await prepare()
    const server = new Server(withoutKv)
    expect((await ask(grant, server.fetch)).status).toBe(200)
    await server.settled()
    expect(server.calls.map(nameOf)).toEqual(calls)
  })
})

describe('F01, F04, F05, F08, F09, F10: a fault at each of them', () => {
  it.each(everyAwait)(
    '$name, where $call (call $nth) $fault: done, or 503 and worth another try',
    async ({ ask, fault, nth, prepare = freshGrant }) => {
      const grant = await prepare()
      const server = new Server(withoutKv)
      server.plan(atCall(nth, fault))
      const answer = await ask(grant, server.fetch)
      await server.settled()
      if (answer.status !== 200) {
        expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
        expect(await read(answer)).toEqual(unavailable)
      }
      expect((await ask(grant, new Server(withoutKv).fetch)).status).toBe(200)
    },
  )

  const refreshAwaits = everyAwait.filter(({ name }) => /^a .*refresh/.test(name))

  it.each(refreshAwaits)(
    '$name, where $call (call $nth) $fault: the grant goes on by one generation',
    async ({ ask, fault, nth, prepare = freshGrant }) => {
      const grant = await prepare()
      const { generation } = await grantRow(grant.refresh_token)
      const server = new Server(withoutKv)
      server.plan(atCall(nth, fault))
      const answer = await ask(grant, server.fetch)
      const again = await grantOf(ask(grant, new Server(withoutKv).fetch))
      const first = answer.status === 200 ? await grantOf(answer) : again
      expect(first.refresh_token).toBe(again.refresh_token)
      expect(await grantRow(grant.refresh_token)).toMatchObject({
        generation: Number(generation) + 1,
        revoked_at: null,
      })
    },
  )

  const revocationAwaits = everyAwait.filter(({ name }) => name.startsWith('revoking'))

  it.each(revocationAwaits)(
    '$name, where $call (call $nth) $fault: 200 is said only of what is done',
    async ({ name, ask, fault, nth }) => {
      const grant = await freshGrant()
      const server = new Server(withoutKv)
      server.plan(atCall(nth, fault))
      const { status } = await ask(grant, server.fetch)
      await server.settled()
      const token = name.includes('refresh') ? grant.refresh_token : grant.access_token
      const { body } = await read(await introspect(client, token))
      if (status === 200) expect(body).toEqual({ active: false })
      await ask(grant, new Server(withoutKv).fetch)
      expect(await read(await introspect(client, token))).toEqual({
        status: 200,
        body: { active: false },
      })
    },
  )
})

describe('a fault that is no answer about anybody', () => {
  it.each(jobs)(
    '$name: with D1 away it is 503, never a word about credentials',
    async ({ ask, prepare = freshGrant }) => {
      const grant = await prepare()
      const server = new Server(withoutKv)
      server.plan(away)
      expect(await read(await ask(grant, server.fetch))).toEqual(unavailable)
    },
  )

  it('an access token that D1 cannot be asked about is not said to be invalid', async () => {
    const { access_token } = await tokensOf(clientCredentials(client))
    const server = new Server(withoutKv)
    await introspect(client, access_token, server.fetch)
    server.plan(away)
    expect(await read(await introspect(client, access_token, server.fetch))).toEqual(unavailable)
  })
})
