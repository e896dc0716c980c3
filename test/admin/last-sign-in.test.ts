// When users last signed in: section 3 of the operator's side.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'

const client = await registerClient()

afterEach(backToNow)

const day = 86_400
const now = () => Math.floor(Date.now() / 1000)

const shown = async ({ id }: TestUser) =>
  (await admin('GET', `/users/${id}`)).json<{
    last_signed_in_at: number | null
    updated_at: number
  }>()

const lastOf = async (user: TestUser) => (await shown(user)).last_signed_in_at

/** A user whose last sign-in was noted so many seconds ago. */
async function userSeen(secondsAgo: number, facts: object = {}): Promise<TestUser> {
  const user = await registerUser(facts)
  await env.DB.prepare('UPDATE users SET last_signed_in_at = ?2 WHERE id = ?1')
    .bind(user.id, now() - secondsAgo)
    .run()
  return user
}

const idsSince = async (query: Record<string, string>): Promise<number[]> => {
  const found: number[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer: Response = await admin(
      'GET',
      `/users?${new URLSearchParams({ ...query, limit: '2', cursor })}`,
    )
    const page: { items: { id: number }[]; next_cursor: string | null } = await answer.json()
    found.push(...page.items.map(({ id }) => id))
    cursor = page.next_cursor
  }
  return found
}

describe('the last sign-in of a user', () => {
  it('is null until there is one, by a browser or by a client with the password', async () => {
    const [one, two] = [await registerUser(), await registerUser()]
    const before = [await lastOf(one), await lastOf(two)]
    await signedIn(one)
    await passwordGrant(client, two)
    expect({ before, after: [await lastOf(one), await lastOf(two)] }).toEqual({
      before: [null, null],
      after: [expect.any(Number), expect.any(Number)],
    })
  })

  it('is not moved by a wrong password, nor does it change the version of the user', async () => {
    const user = await registerUser()
    const { updated_at } = await shown(user)
    await passwordGrant(client, { ...user, password: 'a wrong one' })
    const refused = await lastOf(user)
    pass(2)
    await passwordGrant(client, user)
    expect({ refused, updated_at: (await shown(user)).updated_at }).toEqual({
      refused: null,
      updated_at,
    })
  })

  it('is noted again a day later, and not before', async () => {
    const user = await registerUser()
    await passwordGrant(client, user)
    const first = await lastOf(user)
    pass(day - 10)
    await passwordGrant(client, user)
    const sameDay = await lastOf(user)
    pass(20)
    await passwordGrant(client, user)
    expect({ sameDay, isLater: Number(await lastOf(user)) >= Number(first) + day }).toEqual({
      sameDay: first,
      isLater: true,
    })
  })

  it('is not noted for a sign-in that came too late: the password is another one by then', async () => {
    const user = await registerUser()
    const server = new Server()
    server.plan(async ({ text }) => {
      if (text.includes('INSERT INTO grants')) {
        await admin('PATCH', `/users/${user.id}`, { password: 'another one' })
      }
      return null
    })
    const { status } = await passwordGrant(client, user, {}, server.fetch)
    expect({ status, last: await lastOf(user) }).toEqual({ status: 400, last: null })
  })
})

describe('users who have not signed in since', () => {
  it('are found in the order of their last sign-in, those who never did first', async () => {
    const [never, recent, long, longest] = [
      await registerUser(),
      await userSeen(3_600),
      await userSeen(40 * day),
      await userSeen(80 * day),
    ]
    const mine = [never, recent, long, longest].map(({ id }) => id)
    const found = await idsSince({ not_signed_in_since: String(now() - 30 * day) })
    expect(found.filter((id) => mine.includes(id))).toEqual([never.id, longest.id, long.id])
  })

  it('are only those who certainly have not: a note is a day old before the next one', async () => {
    const role = crypto.randomUUID()
    await userSeen(10 * day + 3_600, { role })
    const older = await userSeen(11 * day + 3_600, { role })
    expect(await idsSince({ role, not_signed_in_since: String(now() - 10 * day) })).toEqual([
      older.id,
    ])
  })

  it('are all of them for an instant that is still to come', async () => {
    const role = crypto.randomUUID()
    const one = await userSeen(60, { role })
    expect(await idsSince({ role, not_signed_in_since: String(now() + 60) })).toEqual([one.id])
  })

  it('are found under other filters, too', async () => {
    const role = crypto.randomUUID()
    const one = await userSeen(40 * day, { role })
    const two = await userSeen(50 * day, { role, disabled: true })
    await userSeen(60, { role })
    const since = String(now() - 30 * day)
    expect({
      role: await idsSince({ role, not_signed_in_since: since }),
      disabled: await idsSince({ role, disabled: 'true', not_signed_in_since: since }),
      named: await idsSince({ q: one.username, not_signed_in_since: since }),
    }).toEqual({ role: [two.id, one.id], disabled: [two.id], named: [one.id] })
  })
})
