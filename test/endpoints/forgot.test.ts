// A forgotten password: people.md sections 1 and 2, and its rows P01 to P10.
import { describe, expect, it } from 'vitest'
import { registerUser } from '../support/registry.ts'
import { codeOfMail, linkOf, mailTo, mailingServer } from '../support/mail.ts'
import { isSet, seen, sendPassword } from '../support/reset-links.ts'
import { UserAgent } from '../support/user-agent.ts'

const server = mailingServer()

const ask = async (agent: UserAgent, email: string) =>
  agent.submit(await agent.open('/forgot'), { email })

describe('a forgotten password', () => {
  it('is set by the link of a mail, in any browser', async () => {
    const user = await registerUser()
    await ask(new UserAgent(server.fetch), user.email)
    const mail = await mailTo(user.email, server)
    const agent = new UserAgent(server.fetch)
    const place = await sendPassword(agent, await agent.open(linkOf(mail)), 'a new password')
    expect(seen(place)).toEqual(isSet)
  })

  it('is set by the code of a mail, in the browser that asked', async () => {
    const user = await registerUser()
    const agent = new UserAgent(server.fetch)
    const asked = await ask(agent, user.email)
    const mail = await mailTo(user.email, server)
    const form = await agent.submit(asked, { code: codeOfMail(mail) })
    expect(seen(await sendPassword(agent, form, 'a new password'))).toEqual(isSet)
  })
})
