// Passkeys that are added, and challenges that are answered, many times at once.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { SoftPasskey } from '../support/soft-passkey.ts'
import { ceremonyOf, eventsOf, postPasskey, userWithPasskey } from '../support/passkeys.ts'
import { registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'

describe('passkeys under races', () => {
  it('20 registrations of one credential id at once: one user has it', async () => {
    const passkey = await SoftPasskey.make()
    const forms = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const user = await registerUser()
        const agent = await signedIn(user)
        const page = await agent.open('/account/passkeys')
        return { agent, page, answer: await passkey.register(ceremonyOf(page)) }
      }),
    )
    const places = await Promise.all(
      forms.map(({ agent, page, answer }) => postPasskey(agent, page, answer)),
    )
    const added = places.filter(({ path }) => path.endsWith('?done=added'))
    const others = places.filter(({ status }) => status === 400)
    expect({ added: added.length, others: others.length }).toEqual({ added: 1, others: 19 })
    const query = 'SELECT COUNT(*) AS count FROM credentials WHERE id = ?'
    expect(await env.DB.prepare(query).bind(passkey.id).first()).toEqual({ count: 1 })
  })

  it('P14: one challenge used 20 times at once signs in once', async () => {
    const { user, passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const door = await agent.open('/')
    const answer = await passkey.assert(ceremonyOf(door))
    const agents = Array.from({ length: 20 }, () => agent.copy())
    const places = await Promise.all(agents.map((copy) => postPasskey(copy, door, answer)))
    const statuses = places.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 400)])
    // Once by password, once by passkey.
    expect(await eventsOf(user, 'user.signed-in')).toHaveLength(2)
  })
})
