// The console and the second factor of administrators.
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { giveApp, stepUp } from '../support/half-signed-in.ts'
import { Server } from '../support/faults.ts'
import { registerUser } from '../support/registry.ts'
import { administrator, shown } from './administrator.ts'

const stepUpPage = { status: 200, title: 'Enter your code · Postern' }

describe('Administrators with a second factor', () => {
  it.each(['admin', 'admin-read'])(
    '%s: prove it before the console shows anything',
    async (role) => {
      const { agent, user } = await administrator(role)
      const secret = await giveApp(user)
      const asked = await agent.open('/admin/clients?q=x')
      const place = await stepUp({ agent, secret }, asked)
      const again = await agent.open('/admin/events')
      expect({ asked: shown(asked), place: shown(place), again: again.status }).toEqual({
        asked: { ...stepUpPage, path: expect.stringMatching(/^\/step-up\?/) },
        place: { status: 200, title: expect.any(String), path: '/admin/clients?q=x' },
        again: 200,
      })
    },
  )

  it('prove it before a form does anything', async () => {
    const { agent, user } = await administrator()
    const page = await agent.open('/admin/users/new')
    await giveApp(user)
    const form = { action: page.forms.at(-1)?.action ?? '' }
    const place = await agent.submit(page, { username: `half-${crypto.randomUUID()}` }, form)
    expect(shown(place)).toMatchObject(stepUpPage)
  })

  it('are not asked where second factors are off', async () => {
    const { fetch } = new Server({ MFA: 'off' })
    const { agent, user } = await administrator('admin', fetch)
    await giveApp(user)
    expect((await agent.open('/admin')).status).toBe(200)
  })

  it('whoever has no role learns nothing by their code', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await giveApp(user)
    expect((await agent.open('/admin')).status).toBe(403)
  })
})

describe('Administrators without a second factor', () => {
  it('see the console', async () => {
    const { agent } = await administrator()
    expect((await agent.open('/admin')).status).toBe(200)
  })

  it('are refused by ADMIN_MFA=required, until they have one', async () => {
    const { fetch } = new Server({ ADMIN_MFA: 'required' })
    const { agent, user } = await administrator('admin', fetch)
    const refused = await agent.open('/admin')
    const secret = await giveApp(user)
    const place = await stepUp({ agent, secret }, await agent.open('/admin'))
    expect({ refused: shown(refused), place: place.status }).toEqual({
      refused: { status: 403, title: 'A second factor is needed · Postern', path: '/admin' },
      place: 200,
    })
  })
})
