// The goal at the steps: which requests have one, what a screen keeps of it, and what goes on from there.
import { describe, expect, it } from 'vitest'
import {
  type Goal,
  goalOf as pendingGoalOf,
  isAsDescribed,
  parametersOf,
  pendingGoal,
  targetOf,
} from '../../../src/core/authorization/goal.ts'
import type { Pending } from '../../../src/core/authorization/screen.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { goalOf, signInClient } from '../../support/goals.ts'
import { now } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const as = requestToCore({ now })
const client = signInClient()
const page: Goal = { kind: 'page', path: '/account', confirms: true, level: 2 }
const pushed = { id: 'a pushed request', answerBy: now + 60 }
const progress = { done: ['login'], sessionId: 'a session', scope: ['openid'] }

/** The server, where storage has this client. */
const knowing = (known: Client) => ({
  ...as,
  settings: { ...as.settings, clientDocuments: { isOn: true, hosts: [] } },
  clients: Object.assign(Object.create(as.clients), { find: () => Promise.resolve(known) }),
  clientDocuments: Object.assign(Object.create(as.clientDocuments), {
    find: () => Promise.reject(new Error('the document was read')),
  }),
})

describe('a request has a goal', () => {
  const invalid = { error: 'invalid_request', reason: undefined }

  it('if it was pushed, where its client must push', async () => {
    const pushing = signInClient({ require_pushed_authorization_requests: true })
    const kindOf = async (...facts: Parameters<typeof goalOf>) => (await goalOf(...facts)).kind
    expect({
      free: await kindOf(as, client),
      pushed: await kindOf(as, pushing, {}, { pushed }),
      brought: await refusalOf(() => goalOf(as, pushing)),
    }).toEqual({ free: 'authorization', pushed: 'authorization', brought: invalid })
  })

  it('if it fits the profile of its client', async () => {
    const fapi = signInClient({ profile: 'fapi2' })
    expect(
      await refusalOf(() => goalOf(as, fapi, {}, { pushed, responseMode: 'fragment' })),
    ).toEqual(invalid)
    expect((await goalOf(as, fapi, {}, { pushed })).kind).toBe('authorization')
  })
})

describe('a screen keeps of a goal', () => {
  it('the request as it came, and whether its client must sign', async () => {
    const pendingOf = async (of: Client) => {
      const { target, ...goal } = await goalOf(as, of, { state: 'ä' }, { pushed })
      const pending = pendingGoal({ ...goal, target }, progress)
      return { ...pending, query: Object.fromEntries(goal.parameters) }
    }
    const kept = {
      ...{ kind: 'authorization', documentDigest: null, pushed, signed: false, half: undefined },
      ...{ ...progress, query: expect.objectContaining({ client_id: client.id, state: 'ä' }) },
    }
    const signing = signInClient({ require_signed_request_object: true }, { id: client.id })
    expect({ free: await pendingOf(client), signing: await pendingOf(signing) }).toEqual({
      free: kept,
      signing: { ...kept, signed: true },
    })
  })

  it('the page, and for whom it is', () => {
    expect(pendingGoal(page, progress)).toEqual({ ...page, ...progress, half: undefined })
  })
})

describe('a screen goes on', () => {
  it('with its request, read anew for the client as it is now', async () => {
    const goal = await goalOf(as, client, {}, { pushed })
    const changed = { ...client, updatedAt: now }
    const next = await pendingGoalOf(knowing(changed), pendingGoal(goal, progress))
    expect(next).toEqual({
      ...goal,
      target: { ...goal.target, client: changed },
      parameters: parametersOf({ query: new URLSearchParams([...goal.parameters]).toString() }),
    })
  })

  it('without a second look at the document that it describes', async () => {
    const id = 'https://client.example/metadata'
    const described = signInClient({}, { id, origin: 'cimd', documentDigest: 'a digest' })
    const pending = pendingGoal(await goalOf(as, described), progress)
    const next = await pendingGoalOf(knowing(described), pending)
    expect(next).toMatchObject({ target: { client: described, documentChange: 'none' } })
  })

  it('with its page; and of a logout there is no goal', async () => {
    const logout: Pending = { kind: 'logout', redirect: null }
    expect({
      page: await pendingGoalOf(as, pendingGoal(page, progress)),
      logout: await pendingGoalOf(as, logout),
    }).toEqual({ page, logout: null })
  })
})

describe('a goal', () => {
  it('is as described while the document of its client is the same, and a page always', async () => {
    const described = (documentDigest: string | null) =>
      goalOf(as, signInClient({}, { documentDigest }))
    const [one, other, none] = [
      await described('one'),
      await described('two'),
      await described(null),
    ]
    const pending = pendingGoal(one, progress)
    expect({
      same: isAsDescribed(one, pending),
      other: isAsDescribed(other, pending),
      gone: isAsDescribed(none, pending),
      page: isAsDescribed(page, pendingGoal(page, progress)),
      pageAfterRequest: isAsDescribed(page, pending),
      requestAfterPage: isAsDescribed(none, pendingGoal(page, progress)),
    }).toEqual({
      ...{ same: true, other: false, gone: false, page: true },
      ...{ pageAfterRequest: true, requestAfterPage: true },
    })
  })

  it('has a client that waits if it is a request, and none if it is a page', async () => {
    const goal = await goalOf(as, client)
    expect({ request: targetOf(goal), page: targetOf(page) }).toEqual({
      request: goal.target,
      page: null,
    })
  })
})
