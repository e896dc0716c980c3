// One device and several who want it: what it is told in the end, which the table of the races
// (table/tokens.ts, table/screens.ts) does not ask.
import { describe, expect, it } from 'vitest'
import {
  allowDevice,
  answerDevice,
  codesFor,
  enterCode,
  poll,
  registerDevice,
} from '../openid/device-flow.ts'
import { signedIn } from '../openid/flow.ts'
import { grantsOf } from '../support/grants.ts'
import { read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { tokensOf, userinfo } from '../support/tokens.ts'

const [ann, ben] = await Promise.all(
  [1, 2].map(async () => {
    const user = await registerUser()
    return { user, agent: await signedIn(user) }
  }),
)
if (ann === undefined || ben === undefined) throw new Error('nobody is signed in')

it('M077: of 50 polls at once of a device that was allowed one gets tokens, and nobody ever again', async () => {
  const client = await registerDevice()
  const { user_code, device_code } = await codesFor(client)
  await allowDevice(ann.agent, user_code)
  const answers = await Promise.all(Array.from({ length: 50 }, () => poll(client, device_code)))
  const again = await read(await poll(client, device_code))
  expect({
    given: answers.filter(({ status }) => status === 200).length,
    refused: answers.filter(({ status }) => status === 400).length,
    again,
    grants: await grantsOf(client),
  }).toEqual({
    ...{ given: 1, refused: 49 },
    again: { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) },
    grants: { grants: 1, revoked: 0 },
  })
})

describe('M079: parallel decisions about one device', () => {
  it('of Allow and Deny at once one is final: every answer says so, and so does the poll', async () => {
    const client = await registerDevice()
    const codes = await codesFor(client)
    const asked = await enterCode(ann.agent, codes.user_code)
    const places = await Promise.all(
      Array.from({ length: 10 }, (_none, nth) =>
        answerDevice(ann.agent.copy(), asked, nth % 2 === 0 ? 'allow' : 'deny'),
      ),
    )
    const { status, body } = await read(await poll(client, codes.device_code))
    const isAllowed = status === 200
    const title = isAllowed ? 'The device is connected' : 'The device was not connected'
    expect(places.map((place) => place.title)).toEqual(places.map(() => `${title} · Postern`))
    expect(Object(body).error).toBe(isAllowed ? undefined : 'access_denied')
    expect(await grantsOf(client)).toEqual({ grants: isAllowed ? 1 : 0, revoked: 0 })
  })

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
