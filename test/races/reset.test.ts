// One-time links under races and with storage that fails: one link sets one password, and a retry works.
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { Server, type Fault, type StorageCall } from '../support/faults.ts'
import {
  admin,
  patchUser,
  registerClient,
  registerUser,
  type TestUser,
} from '../support/registry.ts'
import {
  type ResetLink,
  isDead,
  isSet,
  pathOf,
  resetUser,
  seen,
  sendPassword,
  setPasswordAt,
} from '../support/reset-links.ts'
import { passwordGrant } from '../support/tokens.ts'
import { type Place, UserAgent } from '../support/user-agent.ts'

const client = await registerClient()
const fresh = () => crypto.randomUUID()

const worksFor = async (user: TestUser, passwords: readonly string[]) => {
  const answers = passwords.map((password) => passwordGrant(client, { ...user, password }))
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  return passwords.filter((_, nth) => statuses[nth] === 200)
}

const resets = async (user: TestUser) => {
  const answer = await admin('GET', `/users/${user.id}/events?kind=user.password-reset`)
  return (await answer.json<{ items: unknown[] }>()).items.length
}

type Try = { agent: UserAgent; page: Place; password: string }

/** Opens the link in each browser, for a password of its own. */
const openIn = (agents: readonly UserAgent[], link: ResetLink): Promise<Try[]> =>
  Promise.all(
    agents.map(async (agent) => ({
      agent,
      page: await agent.open(pathOf(link)),
      password: fresh(),
    })),
  )

/** Sends all the forms at once, and returns each password with the title that its sender saw. */
const sendAll = (tries: readonly Try[]) =>
  Promise.all(
    tries.map(async ({ agent, page, password }) => ({
      password,
      title: seen(await sendPassword(agent, page, password)).title,
    })),
  )

const passwordsOf = (sent: readonly { password: string }[]) => sent.map(({ password }) => password)

describe('a reset link, used at once', () => {
  it('O21: by two clicks on one form sets one password, and both see that', async () => {
    const user = await registerUser()
    const [agent, password] = [new UserAgent(), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    const places = await Promise.all([
      sendPassword(agent, page, password),
      sendPassword(agent.copy(), page, password),
    ])
    expect({
      seen: places.map(seen),
      works: await worksFor(user, [password]),
      resets: await resets(user),
    }).toEqual({ seen: [isSet, isSet], works: [password], resets: 1 })
  })

  it('P02: by two browsers that both found it unused sets the password of one', async () => {
    const user = await registerUser()
    const server = new Server()
    const tries = await openIn(
      [new UserAgent(server.fetch), new UserAgent(server.fetch)],
      await resetUser(user),
    )
    // No write begins before both are about to.
    const both = Promise.withResolvers<null>()
    let writes = 0
    server.plan(({ text }) => {
      if (!text.includes('UPDATE mail_actions')) return null
      writes++
      if (writes === 2) both.resolve(null)
      return both.promise
    })
    const sent = await sendAll(tries)
    expect({
      titles: sent.map(({ title }) => title).toSorted(),
      work: (await worksFor(user, passwordsOf(sent))).length,
      resets: await resets(user),
    }).toEqual({ titles: [isDead.title, isSet.title], work: 1, resets: 1 })
  })

  it('P02: by 20 browsers sets the password of one, and the others see a dead link', async () => {
    const user = await registerUser()
    const agents = Array.from({ length: 20 }, () => new UserAgent())
    const sent = await sendAll(await openIn(agents, await resetUser(user)))
    const winners = passwordsOf(sent.filter(({ title }) => title === isSet.title))
    expect({
      set: winners.length,
      dead: sent.filter(({ title }) => title === isDead.title).length,
      works: await worksFor(user, winners),
      resets: await resets(user),
    }).toEqual({ set: 1, dead: 19, works: winners, resets: 1 })
  })

  it.each<[string, (user: TestUser) => Promise<unknown>]>([
    ['the next link', (user) => resetUser(user)],
    ['disabling the user', (user) => patchUser(user, { disabled: true })],
    ['deleting the user', (user) => admin('DELETE', `/users/${user.id}`)],
  ])('and %s meanwhile: the link is dead, and nothing is set', async (_by, end) => {
    const user = await registerUser()
    const server = new Server()
    const [agent, password] = [new UserAgent(server.fetch), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    server.plan(async ({ text }) => {
      if (text.includes('UPDATE mail_actions')) await end(user)
      return null
    })
    const place = await sendPassword(agent, page, password)
    expect({ seen: seen(place), resets: await resets(user) }).toEqual({ seen: isDead, resets: 0 })
  })

  it('beside a sign-in with the old password leaves no session of it', async () => {
    const user = await registerUser()
    const server = new Server()
    let reset: unknown = null
    server.plan(async ({ text }) => {
      if (text.includes('INSERT INTO sessions')) reset ??= await resetUser(user)
      return null
    })
    const browser = await signedIn(user, server.fetch).catch(() => new UserAgent())
    expect({ isReset: reset !== null, page: seen(await browser.open('/account')).title }).toEqual({
      isReset: true,
      page: 'Sign in',
    })
  })
})

describe('a reset link, with storage that fails', () => {
  const isWrite = ({ text }: StorageCall) => text.includes('UPDATE mail_actions')

  it('at the write: 503, nothing is set, and the same form works', async () => {
    const user = await registerUser()
    const server = new Server()
    const [agent, password] = [new UserAgent(server.fetch), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    server.plan((call) => (isWrite(call) ? 'fails' : null))
    const failed = await sendPassword(agent, page, password)
    const works = await worksFor(user, [password])
    server.plan(() => null)
    expect({
      failed: failed.status,
      works,
      again: seen(await sendPassword(agent, page, password)),
    }).toEqual({ failed: 503, works: [], again: isSet })
  })

  it('after the commit: the row tells that it was this form, and the person sees that', async () => {
    const user = await registerUser()
    const server = new Server()
    const [agent, password] = [new UserAgent(server.fetch), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    server.plan((call) => (isWrite(call) ? 'fails after the commit' : null))
    expect({
      seen: seen(await sendPassword(agent, page, password)),
      works: await worksFor(user, [password]),
    }).toEqual({ seen: isSet, works: [password] })
  })

  it('after the commit, and at the look at the row: 503, and the same form works', async () => {
    const user = await registerUser()
    const server = new Server()
    const [agent, password] = [new UserAgent(server.fetch), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    let isWritten = false
    server.plan((call) => {
      if (isWritten) return 'fails'
      isWritten = isWrite(call)
      return isWritten ? 'fails after the commit' : null
    })
    const failed = await sendPassword(agent, page, password)
    server.plan(() => null)
    expect({
      failed: failed.status,
      again: seen(await sendPassword(agent, page, password)),
      works: await worksFor(user, [password]),
      resets: await resets(user),
    }).toEqual({ failed: 503, again: isSet, works: [password], resets: 1 })
  })

  it.each<[Fault]>([['fails'], ['fails after the commit']])(
    'when the operator asks (%s): 503 with Retry-After, and the next link works',
    async (fault) => {
      const user = await registerUser()
      const server = new Server()
      await admin('GET', `/users/${user.id}`, undefined, server.fetch)
      server.plan(({ text }) => (text.includes('INSERT INTO mail_actions') ? fault : null))
      const failed = await admin('POST', `/users/${user.id}/reset`, undefined, server.fetch)
      server.plan(() => null)
      const place = await setPasswordAt(new UserAgent(), await resetUser(user), fresh())
      expect({
        failed: failed.status,
        hasRetryAfter: failed.headers.has('Retry-After'),
        seen: seen(place),
      }).toEqual({ failed: 503, hasRetryAfter: true, seen: isSet })
    },
  )
})
