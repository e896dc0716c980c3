// Asking for a new password: what the page tells, and which addresses get mail. People.md, P04 and P06.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { mailTo, mailingServer, mailsTo } from '../support/mail.ts'
import { admin, patchUser, registerUser } from '../support/registry.ts'
import { seen } from '../support/reset-links.ts'
import { type Place, UserAgent } from '../support/user-agent.ts'

const server = mailingServer()

const browser = () => new UserAgent(server.fetch)

const ask = async (email: string, agent = browser()) =>
  agent.submit(await agent.open('/forgot'), { email })

const someone = () => `${crypto.randomUUID()}@example.com`
const isAsked = { status: 200, title: 'Check your mail' }

describe('who asks learns nothing', () => {
  /** What is the same for everybody: without the address, the form token and the reference. */
  const neutral = (place: Place, email: string) => ({
    status: place.status,
    html: place.html.replaceAll(email, 'EMAIL').replace(/name="form_token" value="[^"]+"/, ''),
    headers: [...place.headers].filter(([name]) => !['x-request-id', 'date'].includes(name)),
  })

  /** Asks while storage gives nothing after its first answer: the page must not need more. */
  async function asked(email: string) {
    const agent = browser()
    const form = await agent.open('/forgot')
    await server.settled()
    let answered = () => {}
    const answer = new Promise<null>((resolve) => (answered = () => resolve(null)))
    server.plan((_call, nth) => (nth === 0 ? null : answer))
    const place = await agent.submit(form, { email })
    const { waits } = server
    const [first] = server.calls
    answered()
    await server.settled()
    server.plan(() => null)
    return { ...neutral(place, email), waits, first: first?.text }
  }

  it('P04: known, unknown, disabled, suppressed and without a password: one answer', async () => {
    const known = await registerUser()
    const disabled = await registerUser()
    await patchUser(disabled, { disabled: true })
    const suppressed = await registerUser({ email: `gone-${someone()}` })
    const without = await registerUser({ password: undefined })
    await env.DB.prepare('UPDATE users SET password_hash = NULL, user_handle = ?2 WHERE id = ?1')
      .bind(without.id, crypto.randomUUID())
      .run()
    const addresses = [known.email, someone(), disabled.email, suppressed.email, without.email]
    const answers: unknown[] = []
    for (const email of addresses) answers.push(await asked(email))
    const mails = await Promise.all(addresses.map(mailsTo))
    expect(answers).toEqual(addresses.map(() => answers[0]))
    expect(answers[0]).toMatchObject({ status: 200, waits: 1 })
    expect(mails.map((list) => list.map(({ subject }) => subject))).toEqual([
      ['Postern: Set a new password'],
      [],
      [],
      [],
      ['Postern: You sign in without a password'],
    ])
  })

  it('writes nothing for an unknown address but the counts of its limits', async () => {
    const agent = browser()
    const form = await agent.open('/forgot')
    await server.settled()
    server.plan(() => null)
    await agent.submit(form, { email: someone() })
    await server.settled()
    const writes = server.calls.filter(({ text }) => /INSERT|UPDATE|DELETE/.test(text))
    expect(writes.map(({ text }) => /INTO (\w+)/.exec(text)?.[1])).toEqual(['mail_counts'])
  })

  it('a wrong code is answered the same for an unknown address', async () => {
    const user = await registerUser()
    const unknown = someone()
    const places = await Promise.all(
      [user.email, unknown].map(async (email) => {
        const agent = browser()
        const place = await ask(email, agent)
        await server.settled()
        return neutral(await agent.submit(place, { code: '00000000' }), email)
      }),
    )
    expect(places[0]).toEqual(places[1])
  })
})

describe('P06: what is typed as an address', () => {
  const bad = { status: 400, title: 'Error: Forgotten your password?' }

  it.each([
    ['a line break', 'a@example.com\r\nBcc: b@example.com', bad],
    ['two addresses', 'a@example.com, b@example.com', bad],
    ['no address', 'alice', bad],
    ['nothing', '', bad],
    ['321 characters', `${'a'.repeat(309)}@example.com`, bad],
    ['quotes', '"a b"@example.com', bad],
    ['a display name', 'Alice <a@example.com>', bad],
    ['a comma that is part of it', 'a,b@example.com', isAsked],
    ['an international domain', 'a@bücher.example', isAsked],
  ])('%s', async (_, email, outcome) => {
    expect(seen(await ask(email))).toEqual(outcome)
    await server.settled()
  })

  it('in full width or capitals is folded, and the mail goes to the address of the account', async () => {
    const user = await registerUser()
    const typed = [...user.email.toUpperCase()]
      .map((sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
      .join('')
    await ask(typed)
    expect((await mailTo(user.email, server)).to).toEqual([user.email])
  })

  it('a stored address that would be two recipients gets no mail, and an event says so', async () => {
    const email = `a,b-${someone()}`
    const user = await registerUser({ email })
    await ask(email)
    await server.settled()
    const { items } = await (
      await admin('GET', `/users/${user.id}/events`)
    ).json<{ items: { kind: string; detail: unknown }[] }>()
    expect(items.find(({ kind }) => kind === 'mail.given-up')).toMatchObject({
      detail: { kind: 'reset', reason: 'address' },
    })
  })

  it('a username that looks like an address of somebody else is nobody', async () => {
    const name = someone()
    const user = await registerUser({ username: name, email: someone() })
    await ask(name)
    await server.settled()
    expect([await mailsTo(name), await mailsTo(user.email)]).toEqual([[], []])
  })
})
