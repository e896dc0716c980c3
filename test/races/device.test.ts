// One device code, many at once: whatever the order, one poll has the tokens and one decision stands.
import { env } from 'cloudflare:workers'
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

const atOnce = 50
const rounds = Number(import.meta.env.VITE_RACE_ROUNDS ?? 4)

const [ann, ben] = await Promise.all(
  [1, 2].map(async () => {
    const user = await registerUser()
    return { user, agent: await signedIn(user) }
  }),
)
if (ann === undefined || ben === undefined) throw new Error('nobody is signed in')

describe('M077: parallel redemptions of one device code', () => {
  it(
    `of ${atOnce} one wins and keeps what it got, ${rounds} rounds`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const client = await registerDevice()
        const codes = await codesFor(client)
        await allowDevice(ann.agent, codes.user_code)
        const answers = await Promise.all(
          Array.from({ length: atOnce }, () => poll(client, codes.device_code)),
        )
        const winners = await Promise.all(
          answers.filter(({ ok }) => ok).map((answer) => tokensOf(answer)),
        )
        const losers = await Promise.all(answers.filter(({ ok }) => !ok).map(read))
        const refusal = { error: 'invalid_grant', error_description: expect.any(String) }
        expect({
          round,
          losers,
          userinfo: await Promise.all(
            winners.map(async ({ access_token }) => (await userinfo(access_token)).status),
          ),
          stored: await grantsOf(client),
        }).toEqual({
          round,
          losers: Array(atOnce - 1).fill({ status: 400, body: refusal }),
          userinfo: [200],
          stored: { grants: 1, revoked: 0 },
        })
      }
    },
    rounds * 5_000,
  )
})

describe('M079: parallel decisions about one device', () => {
  it(
    `of ${atOnce} answers, yes and no, one decides, ${rounds} rounds`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const client = await registerDevice()
        const codes = await codesFor(client)
        const asked = await enterCode(ann.agent, codes.user_code)
        const places = await Promise.all(
          Array.from({ length: atOnce }, (_, nth) =>
            answerDevice(ann.agent, asked, nth % 2 === round % 2 ? 'allow' : 'deny'),
          ),
        )
        const titles = [...new Set(places.map(({ title }) => title))]
        const isAllowed = titles[0] === 'The device is connected · Postern'
        const { status } = await poll(client, codes.device_code)
        const decisions = await env.DB.prepare(
          `SELECT COUNT(*) AS n FROM audit_events WHERE client_id = ?1
             AND kind IN ('device.allowed', 'device.denied')`,
        )
          .bind(client.client_id)
          .first<number>('n')
        expect({ round, titles: titles.length, status, decisions }).toEqual({
          round,
          titles: 1,
          status: isAllowed ? 200 : 400,
          decisions: 1,
        })
      }
    },
    rounds * 5_000,
  )

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
