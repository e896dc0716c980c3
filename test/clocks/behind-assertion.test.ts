// F28: the clocks of two isolates differ, and an assertion comes to the one that is behind, for somebody
// whom the other has ended. It waits, and may be sent again as it is: nothing of it is spent.
import { describe, expect, it } from 'vitest'
import { grantsOf, grant_type } from '../support/asserted.ts'
import { assertionOf, assertionType, registerKeyClient } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { post } from '../support/http.ts'
import { admin, registerUser, type TestClient, type TestUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { ahead, early, minute, revoke, told } from './ahead.ts'

aDayForEachTest()

describe('F28, RFC 7523: an assertion that comes before it counts', () => {
  type Ending = { user: TestUser; client: TestClient }
  const endings: Record<string, (ended: Ending) => Promise<Response>> = {
    'a user who was signed out': ({ user }) => admin('POST', `/users/${user.id}/logout`),
    'whom the epoch ended': () => admin('POST', '/epoch'),
    'a client that this isolate remembers': ({ client }) => revoke(client),
  }

  it.each(Object.entries(endings))(
    '%s: is not spent, nor what proves its client',
    async (_, end) => {
      const user = await registerUser()
      const signer = await registerKeyClient({ grant_types: [grant_type], scope: 'read' })
      const isolate = new Server()
      const assertion = () =>
        assertionOf(signer, { sub: user.sub, exp: Math.floor(Date.now() / 1_000) + 240 })
      const ofClient = () => assertionOf(signer, { exp: Math.floor(Date.now() / 1_000) + 240 })
      const form = async () => ({
        ...{ grant_type, client_assertion_type: assertionType },
        assertion: await assertion(),
        client_assertion: await ofClient(),
      })
      const ask = (sent: Record<string, string>) => post('/oauth2/token', sent, {}, isolate.fetch)
      await ask(await form())
      const before = await grantsOf(user)
      await ahead(() => end({ user, client: signer.client }))
      const sent = await form()
      const first = await told(await ask(sent))
      const grants = await grantsOf(user)
      setClock(minute)
      const then = (await ask(sent)).status
      const replayed = (await ask(sent)).status
      expect({ first, before, grants, then, isReplayRefused: replayed >= 400 }).toEqual({
        ...{ first: early, before: { grants: 1 }, grants: { grants: 1 } },
        ...{ then: 200, isReplayRefused: true },
      })
    },
  )
})
