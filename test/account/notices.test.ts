// The mail about each change of the ways to sign in.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { personClaims, scriptedSignIn } from '../federation/sign-in.ts'
import { backToNow, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { catchMails, mailSettings, mailsTo } from '../support/mails.ts'
import { addPasskey, changePasskeys, storedOf } from '../support/passkeys.ts'
import { registerUser, type TestUser } from '../support/registry.ts'
import { SoftPasskey } from '../support/soft-passkey.ts'
import { codeOfApp } from '../support/totp.ts'
import type { UserAgent } from '../support/user-agent.ts'
import { send } from './pages.ts'

catchMails()
afterEach(backToNow)

const server = new Server(mailSettings)
const guild = await scriptedSignIn({ label: 'The Guild' })

const somebody = async (facts: object = {}) => {
  const user = await registerUser(facts)
  return { user, agent: await signedIn(user, server.fetch) }
}

/** The sentence of each mail that says what was changed, oldest first. */
const told = async ({ email }: TestUser): Promise<unknown[]> =>
  (await mailsTo(server, email)).map(({ text }) => text.split('\n\n')[2])

async function setUpApp(agent: UserAgent): Promise<void> {
  const page = await agent.open('/account/totp')
  const key = (/<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '').replaceAll(' ', '')
  await agent.submit(page, { code: codeOfApp(key) }, { action: '/account/totp' })
}

describe('A09: a person is told by mail', () => {
  it('that a passkey was added or removed', async () => {
    const { user, agent } = await somebody()
    await addPasskey(agent, await SoftPasskey.make())
    const [id] = await storedOf(user)
    await changePasskeys(agent, { remove: String(id) })
    expect(await told(user)).toEqual(['A passkey was added.', 'A passkey was removed.'])
  })

  it('that an authenticator app was added or removed, and that there are new recovery codes', async () => {
    const { user, agent } = await somebody()
    await setUpApp(agent)
    await send(agent, '/account/recovery-codes')
    await send(agent, '/account/totp', { remove: 'app' })
    expect(await told(user)).toEqual([
      'An authenticator app was set up.',
      'New recovery codes were created. The old ones no longer work.',
      'The authenticator app was removed.',
    ])
  })

  it('that an account at a provider was linked or unlinked', async () => {
    const { user, agent } = await somebody()
    await guild.link(agent, personClaims(`person-${crypto.randomUUID()}`))
    const account = await agent.open('/account')
    const link = /name="link" value="([^"]+)"/.exec(account.html)?.[1] ?? ''
    await agent.submit(account, { link }, { action: '/account/unlink' })
    expect(await told(user)).toEqual([
      'Sign-in with The Guild was added.',
      'Sign-in with The Guild was removed.',
    ])
  })

  it('in the language that they chose, with what to do if it was somebody else', async () => {
    const { user, agent } = await somebody()
    const choose = env.DB.prepare('UPDATE users SET locale = ?2 WHERE id = ?1')
    await choose.bind(user.id, 'de').run()
    await addPasskey(agent, await SoftPasskey.make())
    const [mail] = await mailsTo(server, user.email)
    expect({
      subject: mail?.subject,
      says: mail?.text.includes('Ein Passkey wurde hinzugefügt.'),
      advises: mail?.text.includes('legen Sie bitte umgehend ein neues Passwort fest'),
    }).toEqual({ subject: 'Postern: Ihre Anmeldung wurde geändert', says: true, advises: true })
  })

  it('but not of what did not happen', async () => {
    const { user, agent } = await somebody()
    await setUpApp(agent)
    const other = await agent.copy().open('/account/totp')
    await changePasskeys(agent, { remove: 'unknown' })
    await send(agent, '/account/totp', { remove: 'app' })
    await agent.submit(other, { remove: 'app' }, { action: '/account/totp' })
    expect(await told(user)).toEqual([
      'An authenticator app was set up.',
      'The authenticator app was removed.',
    ])
  })
})
