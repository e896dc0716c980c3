import { beforeAll, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import {
  admin,
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import { age, grantRow } from '../support/time.ts'
import {
  introspect,
  grantOf,
  refresh,
  revoke,
  signIn,
  userinfo,
  type GrantTokens,
} from '../support/tokens.ts'

const client = await registerClient()
const publicClient = await registerPublicClient()
const strict = await registerClient({ refresh_token_grace: 0 })
const user = await registerUser()

// Ten isolates, as ten places of the network.
const places = Array.from({ length: 10 }, () => new Server())
beforeAll(() => Promise.all(places.map((place) => introspect(client, 'x', place.fetch))))

/** The same refresh `count` times at once, all over the network. */
const refreshAtOnce = (count: number, token: string, of = client): Promise<Response[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) => {
      const place = places[index % places.length]
      return refresh(of, token, {}, place?.fetch)
    }),
  )

const successors = async (answers: Response[]): Promise<Set<string>> => {
  const grants: GrantTokens[] = await Promise.all(
    answers.filter(({ status }) => status === 200).map((answer) => grantOf(answer)),
  )
  return new Set(grants.map(({ refresh_token }) => refresh_token))
}

const statuses = (answers: Response[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('F16: 50 refreshes of one token at once', () => {
  it('advance the generation once, and every answer carries the same successor', async () => {
    const { refresh_token } = await signIn(client, user)
    const answers = await refreshAtOnce(50, refresh_token)
    expect(statuses(answers)).toEqual({ 200: 50 })
    expect((await successors(answers)).size).toBe(1)
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 1, revoked_at: null })
  })

  it('ten times in a row, each time with the successor of the time before', async () => {
    let { refresh_token } = await signIn(client, user)
    for (let round = 1; round <= 10; round++) {
      const tokens = [...(await successors(await refreshAtOnce(20, refresh_token)))]
      expect(tokens).toHaveLength(1)
      refresh_token = tokens[0] ?? ''
    }
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 10, revoked_at: null })
  })

  it('all access tokens that were given out count', async () => {
    const { refresh_token } = await signIn(client, user)
    const answers = await refreshAtOnce(10, refresh_token)
    const grants = await Promise.all(answers.map((answer) => grantOf(answer)))
    const told = await Promise.all(grants.map(({ access_token }) => userinfo(access_token)))
    expect(statuses(told)).toEqual({ 200: 10 })
  })
})

describe('F17: the same without any grace', () => {
  it('one wins, the others look like theft: the grant ends, as RFC 9700 4.14.2 has it', async () => {
    const { refresh_token } = await signIn(strict, user)
    const answers = await refreshAtOnce(50, refresh_token, strict)
    expect(statuses(answers)).toEqual({ 200: 1, 400: 49 })
    const [successor = ''] = await successors(answers)
    expect((await refresh(strict, successor)).status).toBe(400)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_reason: 'token.refresh-reused' })
  })
})

describe('theft', () => {
  it('50 times at once after the grace: none gets anything, that grant ends and no other', async () => {
    const other = await signIn(client, user)
    const { refresh_token } = await signIn(client, user)
    const { access_token } = await grantOf(refresh(client, refresh_token))
    await age(refresh_token, 'rotated', 31)
    expect(statuses(await refreshAtOnce(50, refresh_token))).toEqual({ 400: 50 })
    expect((await userinfo(access_token)).status).toBe(401)
    expect((await userinfo(other.access_token)).status).toBe(200)
  })

  it('a thief within the grace gets the owner’s token, and at the next step both are found out', async () => {
    const { refresh_token } = await signIn(client, user)
    const owner = await grantOf(refresh(client, refresh_token))
    const thief = await grantOf(refresh(client, refresh_token))
    expect(thief.refresh_token).toBe(owner.refresh_token)
    const third = await grantOf(refresh(client, thief.refresh_token))
    await age(refresh_token, 'rotated', 31)
    expect((await refresh(client, owner.refresh_token)).status).toBe(400)
    expect((await refresh(client, third.refresh_token)).status).toBe(400)
  })

  it('a thief who keeps in step within the grace shares two successors and no third', async () => {
    let { refresh_token } = await signIn(publicClient, user)
    const shared: number[] = []
    let owner = 200
    while (owner === 200 && shared.length < 6) {
      const stolen = refresh_token
      const answer = await refresh(publicClient, stolen)
      owner = answer.status
      if (owner === 200) refresh_token = (await grantOf(answer)).refresh_token
      shared.push((await refresh(publicClient, stolen)).status)
    }
    expect(shared).toEqual([200, 200, 400, 400])
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_reason: 'token.refresh-reused' })
  })

  it('owner and thief at once, with the current and the superseded token: the grant ends', async () => {
    const first = await signIn(client, user)
    const second = await grantOf(refresh(client, first.refresh_token))
    await age(first.refresh_token, 'rotated', 31)
    await Promise.all([
      refreshAtOnce(5, first.refresh_token),
      refreshAtOnce(5, second.refresh_token),
    ])
    expect(await grantRow(first.refresh_token)).toMatchObject({ revoked_at: expect.any(Number) })
    const { generation } = await grantRow(first.refresh_token)
    expect(generation).toBeLessThanOrEqual(2)
  })
})

describe('lost answers', () => {
  it('a client that heard nothing asks again, and again, and goes on with what it gets', async () => {
    let { refresh_token } = await signIn(client, user)
    for (let round = 0; round < 5; round++) {
      await refresh(client, refresh_token)
      await refresh(client, refresh_token)
      refresh_token = (await grantOf(refresh(client, refresh_token))).refresh_token
    }
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 5, revoked_at: null })
  })

  it('a public client may lose every second answer for as long as the grant lives', async () => {
    let { refresh_token } = await signIn(publicClient, user)
    for (let round = 0; round < 5; round++) {
      await refresh(publicClient, refresh_token)
      await refresh(publicClient, refresh_token)
      refresh_token = (await grantOf(refresh(publicClient, refresh_token))).refresh_token
      refresh_token = (await grantOf(refresh(publicClient, refresh_token))).refresh_token
    }
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 10, revoked_at: null })
  })

  it('a public client that lost two answers in a row goes on, from then on without any grace', async () => {
    let { refresh_token } = await signIn(publicClient, user)
    for (let round = 0; round < 2; round++) {
      await refreshAtOnce(20, refresh_token, publicClient)
      refresh_token = (await grantOf(refresh(publicClient, refresh_token))).refresh_token
    }
    for (let round = 0; round < 2; round++) {
      refresh_token = (await grantOf(refresh(publicClient, refresh_token))).refresh_token
    }
    await refresh(publicClient, refresh_token)
    expect((await refresh(publicClient, refresh_token)).status).toBe(400)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_reason: 'token.refresh-reused' })
  })
})

describe('F18: a refresh against what ends its grant', () => {
  const endings: [string, (grant: GrantTokens, id: number) => Promise<unknown>][] = [
    ['a revocation', ({ refresh_token }) => revoke(client, refresh_token)],
    ['a signing out everywhere', (_line, id) => admin('POST', `/users/${id}/logout`)],
    ['a disabling of the user', (_line, id) => admin('PATCH', `/users/${id}`, { disabled: true })],
    ['a deletion of the user', (_line, id) => admin('DELETE', `/users/${id}`)],
  ]

  it.each(endings)(
    '%s: afterwards no token of the grant counts, whoever came first',
    async (_what, end) => {
      const own = await registerUser()
      const grant = await signIn(client, own)
      const [answers] = await Promise.all([
        refreshAtOnce(20, grant.refresh_token),
        end(grant, own.id),
      ])
      const issued = await Promise.all(
        answers.filter(({ status }) => status === 200).map((answer) => grantOf(answer)),
      )
      const [{ access_token, refresh_token } = grant] = issued
      expect((await refresh(client, refresh_token)).status).toBe(400)
      expect((await userinfo(access_token)).status).toBe(401)
      expect(await read(await introspect(client, grant.access_token))).toMatchObject({
        body: { active: false },
      })
    },
  )

  it('a password change: nobody who signed in with the old one stays', async () => {
    const own = await registerUser()
    const grant = await signIn(client, own)
    const changed = patchUser(own, { password: crypto.randomUUID() })
    await Promise.all([refreshAtOnce(20, grant.refresh_token), changed])
    const { refresh_token } = grant
    expect((await refresh(client, refresh_token)).status).toBe(400)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_at: expect.any(Number) })
  })
})
