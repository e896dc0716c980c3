// A sign-in, or an answer by mail, that D1 has committed although its word was lost: storage is asked
// once more, so that nobody is told to start again with what is done.
import { describe, expect, it } from 'vitest'
import { send } from '../account/pages.ts'
import {
  granted,
  outcome,
  authorizePath,
  registerWebClient,
  signInAt,
  signedIn,
} from '../openid/flow.ts'
import { type Plan, Server } from '../support/faults.ts'
import { codeOfMail, mailTo, mailingServer } from '../support/mail.ts'
import { registerUser } from '../support/registry.ts'
import { codeOfApp, userWithApp } from '../support/totp.ts'
import { UserAgent } from '../support/user-agent.ts'

/** Loses the word of each batch that writes one of these tables. */
const losing =
  (table: string): Plan =>
  ({ method, text }) =>
    method === 'batch' && text.includes(`INSERT INTO ${table}`) ? 'fails after the commit' : null

describe('F10: a batch that was committed, and whose word was lost', () => {
  it('signs in by the code of an app, which counts once', async () => {
    const [server, user] = [new Server(), await userWithApp()]
    const agent = new UserAgent(server.fetch)
    const login = await agent.open(authorizePath(await registerWebClient()))
    const page = await signInAt(agent, login, user)
    server.plan(losing('sessions'))
    const code = codeOfApp(user.totp)
    expect(outcome(await agent.submit(page, { code }, { action: '/second-factor' }))).toEqual(
      granted(),
    )
  })

  it('changes an address by the code of its mail, which counts once', async () => {
    const server = mailingServer()
    const agent = await signedIn(await registerUser(), server.fetch)
    const email = `person-${crypto.randomUUID()}@people.example`
    const page = await send(agent, '/account/email', { email })
    const code = codeOfMail(await mailTo(email, server))
    server.plan(({ method, text }) =>
      method === 'batch' && text.includes('UPDATE users') ? 'fails after the commit' : null,
    )
    const done = await agent.submit(page, { code }, { action: '/account/email' })
    expect(done.path).toBe('/account/email?done=emailChanged')
  })
})
