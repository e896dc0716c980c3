// The code that answers a request: its facts, its lifetime, and what must happen before it is issued.
import { describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { authorize } from '../../../src/core/authorization/authorization.ts'
import { readCode } from '../../../src/core/authorization/code.ts'
import type { ResponseTarget } from '../../../src/core/authorization/response-target.ts'
import { randomSecret } from '../../../src/crypto/secret.ts'
import { callback, challenge } from '../../openid/flow.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { goalOf, signInClient, standingOf } from '../../support/goals.ts'
import { now } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const client = signInClient()
const plain = requestToCore({ now })
const standing = standingOf()
const livingFor = (authorizationCode: number): AuthorizationServer => ({
  ...plain,
  settings: {
    ...plain.settings,
    lifetimes: { ...plain.settings.lifetimes, authorizationCode },
  },
})

/** The facts of the code that a request gets. */
async function factsOf(of = client, target: Partial<ResponseTarget> = {}, as = plain) {
  const pushed =
    of.metadata.profile === 'fapi2' ? { id: randomSecret(16), answerBy: now + 60 } : null
  const goal = await goalOf(plain, of, {}, { pushed, ...target })
  return readCode(as, await authorize(as, goal, standing))
}

describe('RFC 6749 4.1.2: a code', () => {
  it('carries what was authorized, and by whom', async () => {
    const events: object[] = []
    const as = { ...plain, log: (event: object) => void events.push(event) }
    expect({ facts: await factsOf(client, {}, as), events }).toEqual({
      facts: expect.objectContaining({
        id: expect.stringMatching(/^[\w-]{22}$/),
        clientId: client.id,
        redirectUri: callback,
        redirectUriNamed: true,
        scope: ['openid'],
        nonce: 'a nonce',
        codeChallenge: challenge,
        userId: standing.user.id,
        sessionId: standing.session.id,
        amr: ['pwd'],
        needsConsent: true,
        issuedAt: now,
      }),
      events: [{ event: 'code issued', client_id: client.id, user_id: standing.user.id }],
    })
  })

  it('lives as long as the setting says, and 60 seconds at most for fapi2', async () => {
    const fapi = signInClient({ profile: 'fapi2' })
    const seconds = async (of: typeof client, setting: number) =>
      ((await factsOf(of, {}, livingFor(setting)))?.expiresAt ?? 0) - now
    expect({
      usual: await seconds(client, 300),
      fapi: await seconds(fapi, 300),
      shortOfFapi: await seconds(fapi, 30),
    }).toEqual({ usual: 300, fapi: 60, shortOfFapi: 30 })
  })

  it('depends on a consent, unless nobody is asked; and is named by the pushed request', async () => {
    const pushed = { id: randomSecret(16), answerBy: now + 60 }
    expect({
      trusted: (await factsOf(signInClient({ trusted: true })))?.needsConsent,
      pushed: (await factsOf(client, { pushed }))?.id,
    }).toEqual({ trusted: false, pushed: pushed.id })
  })

  it('is none for a user whose revocation this clock has not reached', async () => {
    const goal = await goalOf(plain, client)
    const later = standingOf({ notBefore: now + 5 })
    expect(await refusalOf(() => authorize(plain, goal, later))).toEqual({
      error: 'temporarily_unavailable',
      reason: undefined,
    })
  })

  it('is issued for the document that is stored', async () => {
    const changed: string[] = []
    const change: typeof plain.store.clients.change = async (id) => {
      changed.push(id)
      return null
    }
    const clients = { ...plain.store.clients, change }
    const as = { ...plain, store: { ...plain.store, clients } }
    await factsOf(client, {}, as)
    await factsOf(client, { documentChange: 'details' }, as)
    expect(changed).toEqual([client.id])
  })
})
