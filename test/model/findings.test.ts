// What runs of the model have found, each as the shortest way to it.
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  codeFor,
  pass,
  registerWebClient,
  redeem,
  signedIn,
  verifiedIdToken,
} from '../openid/flow.ts'
import { Server, always } from '../support/faults.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantOf, introspect, passwordGrant, refresh, tokensOf } from '../support/tokens.ts'

afterEach(() => vi.useRealTimers())

const client = await registerClient()
const web = await registerWebClient()

/** What an isolate says of an access token, and what one says to which KV tells nothing. */
async function activity(token: string) {
  const alone = new Server()
  alone.plan(always('knows nothing', 'KV', 'get'))
  const isActive = async (server: Server): Promise<unknown> =>
    Object(await (await introspect(client, token, server.fetch)).json()).active
  return { withKv: await isActive(new Server()), withoutKv: await isActive(alone) }
}

describe('a clock that is half a minute behind', () => {
  it('signing out everywhere: D1 and KV say the same of what is issued before that instant', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const own = await grantOf(passwordGrant(client, user))
    pass(60)
    await agent.submit(await agent.open('/account'), {}, { action: '/account/everywhere' })
    pass(-30)
    // Else KV would call dead what D1 calls alive.
    expect({
      own: await activity(own.access_token),
      behind: (await passwordGrant(client, user)).status,
    }).toEqual({ own: { withKv: false, withoutKv: false }, behind: 503 })
  })

  it('signing out everywhere: the session that stays goes on, with the sign-in that it had', async () => {
    const agent = await signedIn(await registerUser())
    const tell = async () => {
      const { payload } = await verifiedIdToken(
        await tokensOf(redeem(web, await codeFor(agent, web))),
      )
      return { auth_time: payload.auth_time, sid: payload.sid }
    }
    const before = await tell()
    pass(100)
    await agent.submit(await agent.open('/account'), {}, { action: '/account/everywhere' })
    pass(1)
    expect(await tell()).toEqual(before)
  })

  it('a grant that was made after an ending gives tokens that count, wherever it is refreshed', async () => {
    const user = await registerUser()
    await grantOf(passwordGrant(client, user))
    await admin('POST', `/users/${user.id}/logout`)
    pass(1)
    const grant = await grantOf(passwordGrant(client, user))
    pass(-30)
    const { access_token } = await grantOf(refresh(client, grant.refresh_token))
    expect(await activity(access_token)).toEqual({ withKv: true, withoutKv: true })
  })
})
