// A temporary password, such as an import brings along: it is changed before anything else goes on.
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { beginImport, importRows, newRow, userNamed } from '../support/imports.ts'
import { admin, registerClient } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { formOf, shownText, UserAgent } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  refusedWith,
  registerWebClient,
  signInAt,
} from './flow.ts'

afterEach(backToNow)

const client = await registerWebClient()
const passwordClient = await registerClient()
const page = { status: 200, page: 'Choose a new password · Postern' }
const temporary = 'a temporary one'
const chosen = 'one of their own'

async function importedUser() {
  const row = newRow({ password: { plain: temporary, temporary: true } })
  await importRows(await beginImport(), [row])
  return { username: row.username, password: temporary }
}

const statusOf = async (username: string, password: string) =>
  (await passwordGrant(passwordClient, { username, password })).status

describe('A temporary password', () => {
  it('is changed after the sign-in, and then the client gets its code', async () => {
    const user = await importedUser()
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open(authorizePath(client)), user)
    const changed = await agent.submit(asked, { current_password: temporary, new_password: chosen })
    expect({
      asked: outcome(asked),
      changed: outcome(changed),
      old: await statusOf(user.username, temporary),
      own: await statusOf(user.username, chosen),
      later: outcome(await agent.open(authorizePath(client))),
    }).toEqual({ asked: page, changed: granted(), old: 400, own: 200, later: granted() })
  })

  it.each([
    ['with another current one', { current_password: 'x', new_password: chosen }, 'That is not'],
    ['to itself', { current_password: temporary, new_password: temporary }, 'is your current one'],
    ['to a short one', { current_password: temporary, new_password: 'short' }, 'is too short'],
  ])('is not changed %s', async (_name, form, words) => {
    const user = await importedUser()
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open(authorizePath(client)), user)
    const refused = await agent.submit(asked, form)
    expect({ status: refused.status, said: shownText(refused).includes(words) }).toEqual({
      status: 400,
      said: true,
    })
    const { status } = await agent.submit(refused, {
      current_password: temporary,
      new_password: chosen,
    })
    expect(status).toBe(303)
  })

  it('is asked for again by every page and every client that is opened instead', async () => {
    const user = await importedUser()
    const agent = new UserAgent()
    await signInAt(agent, await agent.open(authorizePath(client)), user)
    expect({
      account: outcome(await agent.open('/account')),
      home: outcome(await agent.open('/')),
      client: outcome(await agent.open(authorizePath(client))),
      silent: outcome(await agent.open(authorizePath(client, { prompt: 'none' }))),
    }).toEqual({
      account: page,
      home: page,
      client: page,
      silent: refusedWith('interaction_required', {
        error_description: 'the user must take a further step',
      }),
    })
  })

  it('leads to the page that the sign-in was for', async () => {
    const user = await importedUser()
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open('/account'), user)
    const changed = await agent.submit(asked, { current_password: temporary, new_password: chosen })
    expect({ action: formOf(asked).action, ...outcome(changed) }).toEqual({
      action: '/new-password',
      status: 200,
      page: 'Your account · Postern',
    })
  })

  it('is refused where nobody can be asked to change it', async () => {
    const { username, password } = await importedUser()
    expect(await read(await passwordGrant(passwordClient, { username, password }))).toEqual({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'the password is temporary: change it on the sign-in page first',
      },
    })
  })

  it('is a refusal in the audit log where it is refused', async () => {
    const { username, password } = await importedUser()
    const server = new Server()
    await passwordGrant(passwordClient, { username, password }, {}, server.fetch)
    await server.settled()
    const path = `/users/${(await userNamed(username))?.id}/events`
    const { items } = await (await admin('GET', path)).json<{ items: object[] }>()
    expect(items).toEqual([
      expect.objectContaining({
        kind: 'user.sign-in-refused',
        outcome: 'refused',
        detail: { reason: 'temporary' },
      }),
    ])
  })

  it('is no longer temporary once the operator has set another', async () => {
    const { username } = await importedUser()
    const id = (await userNamed(username))?.id
    await admin('PATCH', `/users/${id}`, { password: 'set by the operator' })
    expect(await statusOf(username, 'set by the operator')).toBe(200)
  })
})
