// What a request spends counts once: the batch that decides about the request decides about that, too.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Spending } from '../../../src/core/server/storage.ts'
import { exchange, newSpending, refreshWith } from '../../support/exchange.ts'
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
