// Clients that registered themselves and that nobody needs: rows O09, O10.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { askForCodes, codesOf, deviceGrant } from '../openid/device-flow.ts'
import { Server } from '../support/faults.ts'
import { grantsOf } from '../support/grants.ts'
import { read } from '../support/http.ts'
import { patchClient, registerClient, registerUser, type TestClient } from '../support/registry.ts'
import { clientCredentials, postAs, refresh, revoke, tokensOf } from '../support/tokens.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeOf,
  decide,
  pass,
  redeem,
  signedIn,
} from '../openid/flow.ts'
import { initialAccessToken, registerAt, registered201 } from './registrant.ts'

afterEach(backToNow)

const day = 86_400
const rounds = Number(import.meta.env.VITE_RACE_ROUNDS ?? 10)

const user = await registerUser()
const open = new Server({ REGISTRATION: 'open', CLIENT_CACHE_LIFETIME: '0' })
const spa = { token_endpoint_auth_method: 'none', redirect_uris: [callback] }
const register = () => registered201(open.fetch, spa)

/** Runs cron, and what is left behind the answers. */
async function cron(server = open): Promise<void> {
  await server.settled()
  await server.cron()
}

const isThere = async ({ client_id }: TestClient): Promise<boolean> =>
  (await env.DB.prepare('SELECT 1 FROM clients WHERE id = ?1').bind(client_id).first()) !== null

/** Makes a client as old as one that cron has to look at. */
const makeOld = (client: TestClient) =>
  env.DB.prepare('UPDATE clients SET created_at = created_at - 90000, kept_until = 0 WHERE id = ?1')
    .bind(client.client_id)
    .run()

async function codeFor(client: TestClient, scope = 'openid') {
  const agent = await signedIn(user, open.fetch)
  const page = await agent.open(authorizePath(client, { scope }))
  return codeOf(await decide(agent, page, 'allow'))
}

const signIn = async (client: TestClient) =>
  tokensOf(redeem(client, await codeFor(client, 'openid offline_access'), {}, open.fetch))

describe('A registered client that was never used', () => {
  it('is removed after a day: 401 invalid_client at the token endpoint, the error page at authorize', async () => {
    const client = await register()
    pass(day - 60)
    await cron()
    const before = await isThere(client)
    pass(120)
    await cron()
    const form = { grant_type: 'refresh_token', refresh_token: 'rt_x' }
    const { status, body } = await read(await postAs(client, '/oauth2/token', form, open.fetch))
    const agent = await signedIn(user, open.fetch)
    const page = await agent.open(authorizePath(client))
    const audit = await env.DB.prepare(
      'SELECT kind FROM audit_events WHERE client_id = ?1 ORDER BY id',
    )
      .bind(client.client_id)
      .all()
    expect({
      before,
      after: await isThere(client),
      token: { status, body },
      page: { status: page.status, away: page.away },
      audit: audit.results,
    }).toMatchObject({
      before: true,
      after: false,
      token: { status: 401, body: { error: 'invalid_client' } },
      page: { status: 400, away: null },
      audit: [{ kind: 'client.registered' }, { kind: 'client.removed-as-unneeded' }],
    })
  })

  it('stays where DCR_UNUSED_LIFETIME is 0', async () => {
    const server = new Server({ REGISTRATION: 'open', DCR_UNUSED_LIFETIME: '0' })
    const client = await registered201(server.fetch, spa)
    pass(30 * day)
    await cron(server)
    expect(await isThere(client)).toBe(true)
  })
})

describe('A registered client without a live grant', () => {
  it('is removed 90 days after the last one ended, and not before', async () => {
    const client = await register()
    const { refresh_token = '' } = await signIn(client)
    pass(10 * day)
    await revoke(client, refresh_token, open.fetch)
    pass(89 * day)
    await cron()
    const before = await isThere(client)
    pass(2 * day)
    await cron()
    expect({ before, after: await isThere(client) }).toEqual({ before: true, after: false })
  })

  it('counts from the end of a grant that has no row any more: unused, it ended after 30 days', async () => {
    const client = await register()
    await signIn(client)
    pass(91 * day)
    await cron()
    const rows = (await grantsOf(client)).grants
    pass(28 * day)
    await cron()
    const before = await isThere(client)
    pass(3 * day)
    await cron()
    expect({ rows, before, after: await isThere(client) }).toEqual({
      rows: 0,
      before: true,
      after: false,
    })
  })

  it('stays where DCR_IDLE_LIFETIME is 0', async () => {
    const server = new Server({ REGISTRATION: 'open', DCR_IDLE_LIFETIME: '0' })
    const client = await register()
    await signIn(client)
    pass(400 * day)
    await cron(server)
    await cron(server)
    expect(await isThere(client)).toBe(true)
  })
})

describe('O10: what is never removed', () => {
  it("an operator's client", async () => {
    const client = await registerClient()
    await makeOld(client)
    pass(400 * day)
    await cron()
    expect(await isThere(client)).toBe(true)
  })

  it('a client with a live grant', async () => {
    const client = await register()
    const { refresh_token = '' } = await signIn(client)
    await makeOld(client)
    await cron()
    expect((await refresh(client, refresh_token, {}, open.fetch)).status).toBe(200)
  })

  it('a client that a screen waits for: it gets its code and its tokens', async () => {
    const client = await register()
    pass(day - 60)
    const agent = await signedIn(user, open.fetch)
    const page = await agent.open(authorizePath(client))
    pass(1_700)
    await cron()
    const code = codeOf(await decide(agent, page, 'allow'))
    pass(50)
    await cron()
    expect((await redeem(client, code, {}, open.fetch)).status).toBe(200)
  })

  it('a client whose device waits for its user: it gets its tokens', async () => {
    const grant_types = [deviceGrant]
    const client = await registered201(open.fetch, { ...spa, grant_types, redirect_uris: [] })
    await makeOld(client)
    await codesOf(askForCodes(client, { scope: 'openid' }, {}, open.fetch))
    await cron()
    expect(await isThere(client)).toBe(true)
  })

  it('an opened screen costs a write once an hour, and none for a young client', async () => {
    const client = await register()
    const agent = await signedIn(user, open.fetch)
    const writes = async () => {
      await open.settled()
      open.plan(() => null)
      await agent.open(authorizePath(client))
      await open.settled()
      return open.calls.filter(({ text }) => text.includes('UPDATE clients')).length
    }
    const young = await writes()
    pass(day - 60)
    const old = [await writes(), await writes()]
    expect({ young, old }).toEqual({ young: 0, old: [1, 0] })
  })

  it('a client that the operator has disabled: it would be back by its next registration', async () => {
    const client = await register()
    await patchClient(client, { disabled: true })
    pass(400 * day)
    await cron()
    expect(await isThere(client)).toBe(true)
  })

  it('a client that gets tokens in its own name, though they leave no row', async () => {
    const { token } = await initialAccessToken()
    const metadata = { grant_types: ['client_credentials'], scope: 'read' }
    const { body } = await registerAt(open.fetch, metadata, { Authorization: `Bearer ${token}` })
    const client = {
      client_id: String(body['client_id']),
      client_secret: String(body['client_secret']),
    }
    await clientCredentials(client, {}, open.fetch)
    await open.settled()
    pass(80 * day)
    await cron()
    const used = await isThere(client)
    pass(95 * day)
    await cron()
    expect({ used, idle: await isThere(client) }).toEqual({ used: true, idle: false })
  })
})

describe('O09: clean-up beside the redemption of the first code', () => {
  it(
    `leaves client and grant, or neither, ${rounds} rounds`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const client = await register()
        const code = await codeFor(client)
        await open.settled()
        await makeOld(client)
        const [answer] = await Promise.all(
          round % 2 === 0
            ? [redeem(client, code, {}, open.fetch), open.cron()]
            : [redeem(client, code, {}, open.fetch), Promise.resolve().then(() => open.cron())],
        )
        const left = { client: await isThere(client), grants: (await grantsOf(client)).grants }
        expect({ round, left }).toEqual({
          round,
          left: answer.ok ? { client: true, grants: 1 } : { client: false, grants: 0 },
        })
      }
    },
    rounds * 5_000,
  )
})

describe('RF3: agents that nobody registered by hand', () => {
  it('have 300 seconds for a lost answer to a refresh, while its successor is unused', async () => {
    const client = await register()
    const { refresh_token = '' } = await signIn(client)
    const first = await tokensOf(refresh(client, refresh_token, {}, open.fetch))
    pass(290)
    const again = await tokensOf(refresh(client, refresh_token, {}, open.fetch))
    await refresh(client, again.refresh_token ?? '', {}, open.fetch)
    const late = await refresh(client, refresh_token, {}, open.fetch)
    expect({ same: again.refresh_token === first.refresh_token, late: late.status }).toEqual({
      same: true,
      late: 400,
    })
  })

  it('AG19: two processes may refresh at once for as long as the grant lives', async () => {
    const client = await register()
    let { refresh_token = '' } = await signIn(client)
    const shared: boolean[] = []
    for (let round = 0; round < 6; round++) {
      const at = () => tokensOf(refresh(client, refresh_token, {}, open.fetch))
      const [one, other] = await Promise.all([at(), at()])
      shared.push(one.refresh_token === other.refresh_token)
      refresh_token = one.refresh_token ?? ''
      pass(600)
    }
    expect(shared).toEqual(Array.from({ length: 6 }, () => true))
  })

  it('a thief who keeps in step some seconds later is found out like at any public client', async () => {
    const client = await register()
    let { refresh_token = '' } = await signIn(client)
    const answers: number[] = []
    for (let round = 0; round < 4; round++) {
      const stolen = refresh_token
      const owner = await refresh(client, stolen, {}, open.fetch)
      if (owner.ok) refresh_token = (await tokensOf(owner)).refresh_token ?? ''
      pass(20)
      answers.push((await refresh(client, stolen, {}, open.fetch)).status)
    }
    expect(answers).toEqual([200, 200, 400, 400])
  })

  it('a confidential one has what the settings say', async () => {
    const client = await registered201(open.fetch, { redirect_uris: [callback] })
    const { refresh_token = '' } = await signIn(client)
    await refresh(client, refresh_token, {}, open.fetch)
    pass(31)
    expect((await refresh(client, refresh_token, {}, open.fetch)).status).toBe(400)
  })
})
