// Looking at a page changes nothing: browsers fetch pages ahead of a click, and scanners of mails follow
// every link.
import { beforeAll, describe, expect, it } from 'vitest'
import { authorizePath, registerWebClient, signInAt, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { catchMails, linkIn, mailSettings, mailTo } from '../support/mails.ts'
import { registerUser } from '../support/registry.ts'
import { userWithApp } from '../support/totp.ts'
import { issuer } from '../support/http.ts'
import { UserAgent } from '../support/user-agent.ts'

catchMails()

const server = new Server({
  ...mailSettings,
  SIGN_UP: 'open',
  SIGN_UP_USERNAME: 'true',
  SIGN_IN_BY_MAIL: 'true',
})
const client = await registerWebClient()
const anonymous = new UserAgent(server.fetch)
const person = await signedIn(await registerUser(), server.fetch)

const methods = new Set(['put', 'delete'])
const isWrite = ({ method, text, binding }: (typeof server.calls)[number]): boolean =>
  binding === 'KV' ? methods.has(method) : /\b(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(text)

/** What a request writes, with its status. */
async function look(agent: UserAgent, path: string, method: 'GET' | 'HEAD') {
  const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  await server.settled()
  server.plan(() => null)
  const request = new Request(issuer + path, {
    method,
    headers: { Cookie: cookie, 'Sec-Purpose': 'prefetch' },
    redirect: 'manual',
  })
  const { status } = await server.fetch(request)
  await server.settled()
  return { status, writes: server.calls.filter(isWrite), rows: server.rowsWritten }
}

const sections = [
  ...['', '/profile', '/email', '/language', '/password', '/passkeys', '/totp'],
  ...['/recovery-codes', '/data', '/delete'],
].map((section) => `/account${section}`)
const purposes = [
  ...['verify', 'reset', 'sign-up', 'invite', 'sign-in', 'change-address', 'undo-address'],
  ...['delete', 'restore'],
].map((purpose) => `/mail/${purpose}?token=${'A'.repeat(43)}`)
const open = ['/', '/forgot', '/sign-up', '/login', '/.well-known/webauthn', '/mail/reset/done']

describe('P01: looking writes nothing', () => {
  const waiting: Record<string, string> = {}
  beforeAll(async () => {
    const user = await userWithApp()
    const login = await anonymous.open(authorizePath(client))
    const half = new UserAgent(server.fetch)
    const factor = await signInAt(half, await half.open('/'), user)
    const asked = await half.submit(await half.open('/forgot'), { email: user.email })
    if (asked.status !== 200) throw new Error(asked.html)
    waiting.login = login.path
    waiting.code = /href="(\/login\/code\?[^"]+)"/.exec(login.html)?.[1] ?? ''
    waiting.signUp = /href="(\/sign-up\?[^"]+)"/.exec(login.html)?.[1] ?? ''
    waiting.factor = factor.path
    for (const [cookie, value] of half.cookies) holder.cookies.set(cookie, value)
  })
  const holder = new UserAgent(server.fetch)

  it.each(['GET', 'HEAD'] as const)('%s of every page', async (method) => {
    const looked = [
      ...[...open, ...purposes].map((path) => [anonymous, path] as const),
      ...sections.flatMap((path) => [[anonymous, path] as const, [person, path] as const]),
      ...['login', 'code', 'signUp'].map((name) => [anonymous, waiting[name] ?? ''] as const),
      [holder, waiting.factor ?? ''] as const,
    ]
    const written: unknown[] = []
    for (const [agent, path] of looked) {
      const { status, writes, rows } = await look(agent, path, method)
      if (path === '' || status >= 405 || writes.length > 0 || rows > 0) {
        written.push({ path, status, writes, rows })
      }
    }
    expect(written).toEqual([])
  })

  it.each(['GET', 'HEAD'] as const)('%s of a link that counts', async (method) => {
    const user = await registerUser()
    const agent = new UserAgent(server.fetch)
    await agent.submit(await agent.open('/forgot'), { email: user.email })
    const link = linkIn(await mailTo(server, user.email))
    expect(await look(new UserAgent(server.fetch), link, method)).toEqual({
      status: 200,
      writes: [],
      rows: 0,
    })
  })
})
