// Two users and one device: what the table of the races (table/tokens.ts, table/screens.ts) does not ask.
import { describe, expect, it } from 'vitest'
import { answerDevice, codesFor, enterCode, poll, registerDevice } from '../openid/device-flow.ts'
import { signedIn } from '../openid/flow.ts'
import { registerUser } from '../support/registry.ts'
import { tokensOf, userinfo } from '../support/tokens.ts'

const [ann, ben] = await Promise.all(
  [1, 2].map(async () => {
    const user = await registerUser()
    return { user, agent: await signedIn(user) }
  }),
)
if (ann === undefined || ben === undefined) throw new Error('nobody is signed in')

describe('M079: parallel decisions about one device', () => {
  it('of two users who allow one device at once, it belongs to one, who alone is told so', async () => {
    const client = await registerDevice()
    const codes = await codesFor(client, { scope: 'openid' })
    const asked = await Promise.all(
      [ann, ben].map(({ agent }) => enterCode(agent, codes.user_code)),
    )
    const places = await Promise.all(
      [ann, ben].map(async ({ agent }, nth) => {
        const [annAsked, benAsked] = asked
        const page = nth === 0 ? annAsked : benAsked
        if (page === undefined) throw new Error('there is no question')
        return answerDevice(agent, page, 'allow')
      }),
    )
    const { access_token } = await tokensOf(poll(client, codes.device_code))
    const { sub } = await (await userinfo(access_token)).json<{ sub: string }>()
    expect(places.map(({ status }) => status)).toEqual(
      [ann, ben].map(({ user }) => (user.sub === sub ? 200 : 400)),
    )
  })
})
