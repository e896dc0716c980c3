// The screen about keys: their states, rotation and withdrawal.
import { describe, expect, it } from 'vitest'
import { get } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { clientCredentials, introspect, tokensOf } from '../support/tokens.ts'
import { administrator, content, rowsOf, shown } from './administrator.ts'

const { agent, user: grace } = await administrator()

type Key = { kid: string; alg: string; use: string; state: string }

const keys = async (): Promise<Key[]> =>
  (await (await admin('GET', '/keys')).json<{ items: Key[] }>()).items

const answerAt = async (action: string, sent: Record<string, string> = {}) =>
  agent.submit(await agent.open(action), sent, { action })

describe('keys', () => {
  it('are listed with algorithm and state', async () => {
    const stored = await keys()
    const states: Record<string, string> = { signing: 'Signs', receiving: 'Decrypts' }
    const rows = rowsOf(await agent.open('/admin/keys'), 'Keys').map((row) => row.slice(0, 3))
    expect(rows).toEqual(
      stored.map(({ kid, alg, state }) => [`${kid.slice(0, 8)}…`, alg, states[state] ?? state]),
    )
  })

  it('O21: rotate once, also if the form is sent twice', async () => {
    const action = '/admin/keys/rotate'
    const count = (await keys()).length
    const open = await agent.open(action)
    const done = await agent.submit(open, {}, { action })
    expect(content(done)).toContain('Published')
    const after = (await keys()).length
    expect(after).toBeGreaterThan(count)
    const again = await agent.submit(open, {}, { action })
    expect(content(again)).toContain('This form was sent before')
    expect((await keys()).length).toBe(after)
  })

  it('are withdrawn after the key id is typed, with everything that they signed', async () => {
    const client = await registerClient()
    const { access_token: token } = await tokensOf(clientCredentials(client))
    const [header = ''] = token.split('.')
    const { kid }: { kid: string } = JSON.parse(atob(header.replace(/-/g, '+').replace(/_/g, '/')))
    const action = `/admin/keys/${kid}/withdraw`
    const wrong = await answerAt(action, { typed: 'something' })
    expect(content(wrong)).toContain('This is not the name.')
    const done = await answerAt(action, { typed: kid.slice(0, 8) })
    expect(shown(done)).toMatchObject({ status: 200, path: '/admin/keys?done=withdrawn' })
    const published = await get('/.well-known/jwks.json')
    expect(published.status).toBe(200)
    expect(await published.text()).not.toContain(kid)
    expect(await (await introspect(client, token)).json()).toEqual({ active: false })
    const events = await (
      await admin('GET', '/events?kind=key.withdrawn')
    ).json<{ items: { actor: string; detail: object }[] }>()
    const [event] = events.items
    expect(event).toMatchObject({ actor: `user:${grace.id}`, detail: { kid } })
    expect((await agent.open(action)).status).toBe(404)
  })

  it('are not there to be withdrawn under another key id', async () => {
    expect((await agent.open('/admin/keys/nobody/withdraw')).status).toBe(404)
  })
})
