// What a request spends counts once: the batch that decides about the request decides about that, too.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { spend, spendEvenIfRefused, spendInMemory } from '../../../src/core/server/spending.ts'
import type { Spending } from '../../../src/core/server/storage.ts'
import { invalidGrant, temporarilyUnavailable, useDpopNonce } from '../../../src/protocol/error.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { exchange, newSpending, refreshWith } from '../../support/exchange.ts'
import { refusalOf } from '../../support/refusals.ts'
import { registerClient, registerUser } from '../../support/registry.ts'
import { grantRow } from '../../support/time.ts'
import { signIn } from '../../support/tokens.ts'
import { codeFor, codeForm, registerWebClient, signedIn } from '../../openid/flow.ts'

const client = await registerClient()
const webClient = await registerWebClient()
const user = await registerUser()
const browser = await signedIn(user)
const { username, password } = user

const newCodeForm = async () => codeForm(await codeFor(browser, webClient))
const refreshForm = async () => ({
  grant_type: 'refresh_token',
  refresh_token: (await signIn(client, user)).refresh_token,
})

const grants = [
  {
    name: 'client_credentials',
    of: client,
    form: () => Promise.resolve({ grant_type: 'client_credentials' }),
  },
  {
    name: 'password',
    of: client,
    form: () => Promise.resolve({ grant_type: 'password', username, password }),
    // More at once would be throttled.
    atOnce: 8,
  },
  { name: 'authorization_code', of: webClient, form: newCodeForm },
  { name: 'refresh_token', of: client, form: refreshForm },
]

const replayed = { error: 'invalid_client', status: 401 }

const tally = (answers: object[]) => {
  const issued = answers.filter((answer) => 'accessToken' in answer).length
  return { issued, refused: answers.filter((answer) => !('accessToken' in answer)) }
}

async function isSpent({ digest }: Spending): Promise<boolean> {
  const query = 'SELECT 1 FROM used_identifiers WHERE digest = ?1'
  return (await env.DB.prepare(query).bind(digest).first()) !== null
}

describe.each(grants)('GR2: $name', ({ of, form, atOnce = 50 }) => {
  it(`of ${atOnce} times the same request at once one wins, and the others are refused`, async () => {
    const spends = [newSpending()]
    const same = await form()
    const requests = Array.from({ length: atOnce }, () => exchange(of, same, { spends }))
    expect(tally(await Promise.all(requests))).toEqual({
      issued: 1,
      refused: Array.from({ length: atOnce - 1 }, () => replayed),
    })
  })

  it('refuses with the refusal of the one identifier of two that was spent before', async () => {
    const assertion = newSpending()
    await exchange(of, await form(), { spends: [assertion] })
    const proof = newSpending()
    const answer = await exchange(of, await form(), { spends: [proof, assertion] })
    expect(answer).toEqual(replayed)
  })
})

describe('GR2: a replay decides nothing', () => {
  it('leaves the code as it is: the client redeems it with a fresh assertion', async () => {
    const spent = newSpending()
    await exchange(client, { grant_type: 'client_credentials' }, { spends: [spent] })
    const form = await newCodeForm()
    const answers = [
      await exchange(webClient, form, { spends: [spent] }),
      await exchange(webClient, form, { spends: [newSpending()] }),
    ]
    expect(tally(answers)).toEqual({ issued: 1, refused: [replayed] })
  })

  it('leaves the refresh token as it is', async () => {
    const spent = newSpending()
    await exchange(client, { grant_type: 'client_credentials' }, { spends: [spent] })
    const { refresh_token } = await signIn(client, user)
    expect(await refreshWith(client, refresh_token, { spends: [spent] })).toEqual(replayed)
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0, revoked_at: null })
  })

  it('makes no grant for a password', async () => {
    const own = await registerUser()
    const spent = newSpending()
    await exchange(client, { grant_type: 'client_credentials' }, { spends: [spent] })
    const form = { grant_type: 'password', username: own.username, password: own.password }
    expect(await exchange(client, form, { spends: [spent] })).toEqual(replayed)
    const query = 'SELECT COUNT(*) AS grants FROM grants WHERE user_id = ?1'
    expect(await env.DB.prepare(query).bind(own.id).first()).toEqual({ grants: 0 })
  })
})

describe('GR4: a refusal after client authentication', () => {
  it.each([
    ['that needs no storage', { grant_type: 'refresh_token', refresh_token: 'rt' }],
    ['of an unknown grant type', { grant_type: 'none' }],
    ['of a wrong password', { grant_type: 'password', username, password: 'wrong' }],
  ])('%s spends the identifiers, too', async (_what, form) => {
    const spending = newSpending()
    const refused = await exchange(client, form, { spends: [spending] })
    const again = await exchange(
      client,
      { grant_type: 'client_credentials' },
      { spends: [spending] },
    )
    expect({ refused, again }).toEqual({
      refused: { error: expect.any(String), status: 400 },
      again: replayed,
    })
  })

  it('spends each identifier, also beside one that was spent before', async () => {
    const assertion = newSpending()
    const proof = newSpending()
    const machine = { grant_type: 'client_credentials' }
    await exchange(client, machine, { spends: [assertion] })
    expect(await exchange(client, machine, { spends: [assertion, proof] })).toEqual(replayed)
    expect(await isSpent(proof)).toBe(true)
  })
})

describe('what no batch decides', () => {
  const now = Date.now() / 1000
  const as = requestToCore({ now })
  const refused = { error: 'invalid_client', reason: undefined }
  const spendAll = (...spends: Spending[]) => refusalOf(() => spend(as, spends))
  const inMemory = (at: number, ...spends: Spending[]) =>
    refusalOf(async () => spendInMemory({ ...as, now: at }, spends))

  it('is spent all or nothing, and once', async () => {
    const [one, other, third] = [newSpending(), newSpending(), newSpending()]
    expect({
      none: await spendAll(),
      both: await spendAll(one, other),
      again: await spendAll(third, other),
      third: await spendAll(third),
    }).toEqual({ none: undefined, both: undefined, again: refused, third: undefined })
  })

  it('is remembered by an isolate until it expires, a thousand at most', async () => {
    const [one, other] = [newSpending(), newSpending()]
    const first = await inMemory(now, one)
    const again = await inMemory(now, other, one)
    const expired = await inMemory(one.expiresAt, one)
    const later = { ...one, expiresAt: one.expiresAt + 300 }
    expect({ first, again, other: await inMemory(now, other), expired }).toEqual({
      first: undefined,
      again: refused,
      other: undefined,
      expired: undefined,
    })
    // Remembered anew, it is the youngest; the thousandth after it makes it forgotten.
    await inMemory(one.expiresAt, later)
    const many = (count: number) => inMemory(now, ...Array.from({ length: count }, newSpending))
    await many(999)
    const kept = await inMemory(one.expiresAt, later)
    await many(1)
    expect({ kept, forgotten: await inMemory(one.expiresAt, later) }).toEqual({
      kept: refused,
      forgotten: undefined,
    })
  })

  it('is spent by a refusal, but not by one that is safe to repeat', async () => {
    const spentBy = async (failure: Error | null, facts: Partial<Spending> = {}) => {
      const spending = { ...newSpending(), ...facts }
      const left: Promise<unknown>[] = []
      const to = requestToCore({ now, waitUntil: (work) => left.push(work) })
      const decide = async () => {
        if (failure !== null) throw failure
        return 'granted'
      }
      const outcome = await spendEvenIfRefused(to, [spending], decide).catch(
        (thrown: unknown) => thrown,
      )
      await Promise.all(left)
      expect(outcome).toBe(failure ?? 'granted')
      return { isSpent: await isSpent(spending), works: left.length }
    }
    const spent = { isSpent: true, works: 1 }
    const kept = { isSpent: false, works: 0 }
    expect({
      granted: await spentBy(null),
      refused: await spentBy(invalidGrant('no')),
      onlyIfGranted: await spentBy(invalidGrant('no'), { onlyIfGranted: true }),
      nonce: await spentBy(useDpopNonce('again')),
      away: await spentBy(temporarilyUnavailable(new Error('away'))),
      broken: await spentBy(new Error('broken')),
    }).toEqual({
      granted: kept,
      refused: spent,
      onlyIfGranted: kept,
      nonce: kept,
      away: kept,
      broken: kept,
    })
  })
})
