// The second factors of a user, as the admin interface shows and removes them.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { codeOfApp, userWithApp, wrongCode, type AppUser } from '../support/totp.ts'
import { UserAgent } from '../support/user-agent.ts'
import { authorizePath, granted, outcome, registerWebClient, signInAt } from '../openid/flow.ts'

const client = await registerWebClient()

async function shown(user: { id: number }) {
  const [factors, facts] = [
    await admin('GET', `/users/${user.id}/second-factors`),
    await (await admin('GET', `/users/${user.id}`)).json<{ totp: boolean }>(),
  ]
  return { ...(await factors.json<object>()), inUser: facts.totp }
}

async function atCode(user: AppUser) {
  const agent = new UserAgent()
  return { agent, page: await signInAt(agent, await agent.open(authorizePath(client)), user) }
}

describe('The second factors of a user', () => {
  it('are shown by their number', async () => {
    const [one, other] = [await userWithApp(), await registerUser()]
    const { agent, page } = await atCode(one)
    await agent.submit(page, { code: codeOfApp(one.totp) })
    await agent.submit(
      await agent.open('/account/recovery-codes'),
      {},
      {
        action: '/account/recovery-codes',
      },
    )
    expect({ one: await shown(one), other: await shown(other) }).toEqual({
      one: { totp: true, recovery_codes: 10, passkeys: 0, inUser: true },
      other: { totp: false, recovery_codes: 0, passkeys: 0, inUser: false },
    })
    await admin('DELETE', `/users/${one.id}/second-factors`)
    expect(await shown(one)).toEqual({
      totp: false,
      recovery_codes: 0,
      passkeys: 0,
      inUser: false,
    })
  })

  it('do not count codes under a master key that is no longer listed', async () => {
    const user = await registerUser()
    await env.DB.prepare(
      "INSERT INTO credentials (id, user_id, kind, created_at) VALUES ('gone.x' || ?1, ?1, 'recovery', 1)",
    )
      .bind(user.id)
      .run()
    expect(await shown(user)).toEqual({
      totp: false,
      recovery_codes: 0,
      passkeys: 0,
      inUser: false,
    })
  })

  it('are those of nobody where there is no such user', async () => {
    const answer = await read(await admin('GET', '/users/999999999/second-factors'))
    expect(answer.status).toBe(404)
  })

  it('can be tried again at once after the operator has unlocked the user', async () => {
    const user = await userWithApp()
    const { agent, page } = await atCode(user)
    for (let tries = 0; tries < 5; tries++) await agent.submit(page, { code: wrongCode(user.totp) })
    const locked = await agent.submit(page, { code: codeOfApp(user.totp) })
    await admin('POST', `/users/${user.id}/unlock`)
    const free = await agent.submit(page, { code: codeOfApp(user.totp) })
    expect({ locked: locked.status, free: outcome(free) }).toEqual({
      locked: 429,
      free: granted(),
    })
  })
})
