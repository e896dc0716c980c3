// What has access to an account, as the operator sees and ends it: section 3 of the operator's side.
import { describe, expect, it } from 'vitest'
import { codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantOf, passwordGrant, refresh, signIn, userinfo } from '../support/tokens.ts'
import { problem } from './operator.ts'

type Page = { items: Record<string, unknown>[]; next_cursor: string | null }

const itemsAt = async (path: string) => (await (await admin('GET', path)).json<Page>()).items

const none = { status: 204, body: '' }

describe('A grant', () => {
  it('is listed under its user and its client: with names and times, and no digest', async () => {
    const [client, user] = [await registerClient({ client_name: 'Ledger' }), await registerUser()]
    await signIn(client, user, { scope: 'openid read' })
    const listed = [
      {
        id: expect.any(String),
        user_id: user.id,
        username: user.username,
        client_id: client.client_id,
        client_name: 'Ledger',
        session_id: null,
        scope: 'openid read',
        resource: [],
        browser: null,
        created_at: expect.any(Number),
        last_used_at: expect.any(Number),
        expires_at: expect.any(Number),
      },
    ]
    expect(await itemsAt(`/users/${user.id}/grants`)).toEqual(listed)
    expect(await itemsAt(`/clients/${client.client_id}/grants`)).toEqual(listed)
  })

  it('is on one page, whatever the size of the pages, newest first', async () => {
    const client = await registerClient()
    const users = [await registerUser(), await registerUser(), await registerUser()]
    for (const user of users) await signIn(client, user)
    const seen: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/clients/${client.client_id}/grants?limit=1&cursor=${cursor}`
      const page: Page = await (await admin('GET', path)).json<Page>()
      seen.push(...page.items.map(({ username }) => username))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(users.map(({ username }) => username).toReversed())
  })

  it('ends by DELETE, at once and alone: its tokens are refused, those of another live on', async () => {
    const [client, user] = [await registerClient(), await registerUser()]
    const other = await signIn(client, user)
    const ended = await signIn(client, user)
    const [shown] = await itemsAt(`/users/${user.id}/grants`)
    expect(await read(await admin('DELETE', `/grants/${shown?.id}`))).toEqual(none)
    expect({
      refresh: (await refresh(client, ended.refresh_token)).status,
      userinfo: (await userinfo(ended.access_token)).status,
      other: (await refresh(client, other.refresh_token)).status,
      left: (await itemsAt(`/users/${user.id}/grants`)).length,
    }).toEqual({ refresh: 400, userinfo: 401, other: 200, left: 1 })
    const events = await itemsAt(`/users/${user.id}/events?kind=grant.revoked`)
    expect(events).toEqual([
      expect.objectContaining({
        actor: 'root',
        client_id: client.client_id,
        detail: { grant: shown?.id },
      }),
    ])
  })

  it('that nobody has is 404', async () => {
    expect(await read(await admin('DELETE', '/grants/nonsense'))).toEqual(
      problem(404, 'no such grant'),
    )
  })
})

describe('A session', () => {
  it('is listed with the name of its browser, and no digest', async () => {
    const user = await registerUser()
    await signedIn(user)
    expect(await itemsAt(`/users/${user.id}/sessions`)).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{22}$/),
        face: 'browser',
        amr: ['pwd'],
        browser: null,
        place: null,
        auth_time: expect.any(Number),
        created_at: expect.any(Number),
        last_used_at: expect.any(Number),
        expires_at: expect.any(Number),
      },
    ])
  })

  it('ends by DELETE with the grants that live by it; the next click asks for the password', async () => {
    const [client, user] = [await registerWebClient(), await registerUser()]
    const browser = await signedIn(user)
    const code = await codeFor(browser, client)
    const grant = await grantOf(redeem(client, code))
    const [session] = await itemsAt(`/users/${user.id}/sessions`)
    expect(await read(await admin('DELETE', `/sessions/${session?.id}`))).toEqual(none)
    expect({
      refresh: (await refresh(client, grant.refresh_token)).status,
      home: (await browser.open('/')).forms.some(({ action }) => action === '/login'),
      left: await itemsAt(`/users/${user.id}/sessions`),
    }).toEqual({ refresh: 400, home: true, left: [] })
    const events = await itemsAt(`/users/${user.id}/events?kind=session.ended`)
    expect(events).toEqual([expect.objectContaining({ actor: 'root', session_id: session?.id })])
    expect(await read(await admin('DELETE', `/sessions/${session?.id}`))).toEqual(
      problem(404, 'no such session'),
    )
  })
})

describe('Unlocking a user', () => {
  it('lets them try again at once, under each of their names', async () => {
    const [client, user] = [await registerClient(), await registerUser()]
    const names = [user.username, user.email]
    const attempt = async (username: string, password: string) =>
      (await passwordGrant(client, { username, password })).status
    for (const name of names) {
      for (let tries = 0; tries < 30; tries++) await attempt(name, 'wrong')
    }
    const locked = await Promise.all(names.map((name) => attempt(name, user.password)))
    expect(await read(await admin('POST', `/users/${user.id}/unlock`))).toEqual(none)
    const unlocked = await Promise.all(names.map((name) => attempt(name, user.password)))
    expect({ locked, unlocked }).toEqual({ locked: [429, 429], unlocked: [200, 200] })
    expect(await read(await admin('POST', '/users/999999999/unlock'))).toEqual(
      problem(404, 'no such user'),
    )
  })
})
