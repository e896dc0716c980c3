// NIST SP 800-63B-4 4.1.2.1: a session that was there before the second factor changes no factor. Whoever
// sets up an app because somebody else is in must not be undone by that somebody, however fresh they are.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { halfSignedIn } from '../support/half-signed-in.ts'
import { registerUser } from '../support/registry.ts'
import { codeOfApp } from '../support/totp.ts'
import { signedIn, signInAt } from './flow.ts'

const factorsOf = ({ id }: { id: number }) =>
  env.DB.prepare(
    `SELECT sealed_totp IS NOT NULL AS app, (SELECT COUNT(*) FROM credentials WHERE user_id = users.id)
       AS others FROM users WHERE id = ?1`,
  )
    .bind(id)
    .first()

describe('A session that is older than the second factor', () => {
  it.each([
    ['creates no recovery codes', '/account/recovery-codes'],
    ['does not remove the app', '/account/totp'],
    ['adds no passkey', '/account/passkeys'],
  ])('%s before it has proved that factor', async (_what, path) => {
    const { agent, user, secret } = await halfSignedIn()
    const fields = path === '/account/totp' ? { remove: 'app' } : {}
    const asked = await agent.submit(await agent.open(path), fields, { action: path })
    expect({ title: asked.title, factors: await factorsOf(user) }).toEqual({
      title: 'Confirm it’s you · Postern',
      factors: { app: 1, others: 0 },
    })
    const half = await signInAt(agent, asked, user)
    const code = codeOfApp(secret)
    const confirmed = await agent.submit(half, { code }, { action: '/second-factor' })
    expect(confirmed.path).toBe(`${path}?done=confirmed`)
    const done = await agent.submit(confirmed, fields, { action: path })
    expect(done.title).not.toBe('Confirm it’s you · Postern')
  })

  it('and without such a factor a password just now is enough', async () => {
    const agent = await signedIn(await registerUser())
    expect((await agent.open('/account/totp')).html).toContain('<code>')
  })
})
