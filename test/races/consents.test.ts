// Consents of one user to one client that are given, and withdrawn, beside each other.
import { describe, expect, it } from 'vitest'
import { authorizePath, registerSpa } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import type { TestClient } from '../support/registry.ts'
import { copyAt } from './engine.ts'
import { newPerson, one, sessionOf, type Person } from './person.ts'

const rememberedOf = async ({ id }: Person, { client_id }: TestClient) =>
  (
    await one<string>(
      'SELECT scope FROM resource_consents WHERE user_id = ? AND client_id = ?',
      id,
      client_id,
    )
  )
    ?.split(' ')
    .toSorted()

/** Somebody who is asked for a scope by a client that asks for it anew. */
async function asked(scope: string) {
  const [person, client] = [await newPerson(), await registerSpa()]
  const agent = await sessionOf(person)
  const ask = (wanted: string) =>
    agent.open(authorizePath(client, { scope: wanted, prompt: 'consent' }))
  return { person, client, agent, ask, page: await ask(scope) }
}

describe('A consent is added to what stands when it is stored', () => {
  it('a yes that was given since the page was read stays', async () => {
    const { person, client, agent, ask, page } = await asked('openid profile')
    const other = await ask('openid email')
    const isolate = new Server()
    let isMeanwhile = false
    isolate.plan(async ({ text }) => {
      if (isMeanwhile || !text.includes('INSERT INTO resource_consents')) return null
      isMeanwhile = true
      await agent.copy().submit(other, { decision: 'allow' })
      return null
    })
    await copyAt({ isolate }, agent).submit(page, { decision: 'allow' })
    expect({ isMeanwhile, remembered: await rememberedOf(person, client) }).toEqual({
      isMeanwhile: true,
      remembered: ['email', 'openid', 'profile'],
    })
  })

  it('what was withdrawn since the page was read does not come back', async () => {
    const { person, client, agent, ask, page } = await asked('openid email')
    await agent.submit(page, { decision: 'allow' })
    const next = await ask('openid profile')
    const isolate = new Server()
    let isMeanwhile = false
    isolate.plan(async ({ text }) => {
      if (isMeanwhile || !text.includes('INSERT INTO resource_consents')) return null
      isMeanwhile = true
      const account = await agent.open('/account')
      const fields = { grant: `client:${client.client_id}` }
      await agent.submit(account, fields, { action: '/account/access' })
      return null
    })
    await copyAt({ isolate }, agent).submit(next, { decision: 'allow' })
    expect({ isMeanwhile, remembered: await rememberedOf(person, client) }).toEqual({
      isMeanwhile: true,
      remembered: ['openid', 'profile'],
    })
  })
})
