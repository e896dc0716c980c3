// Races for what waits for the answer of a person: screens, pushed requests, devices, consents.
import { env } from 'cloudflare:workers'
import { answerDevice, codesFor, enterCode, registerDevice } from '../../openid/device-flow.ts'
import { authorizePath, registerSpa, registerWebClient } from '../../openid/flow.ts'
import { pushedPath } from '../../support/pushed.ts'
import type { UserAgent, Place } from '../../support/user-agent.ts'
import { copyAt, race, shownBy, type RunnableRace } from '../engine.ts'
import { newPerson, one, sessionOf } from '../person.ts'

const consented = (userId: number, clientId: string) =>
  one<string>(
    'SELECT scope FROM resource_consents WHERE user_id = ? AND client_id = ?',
    userId,
    clientId,
  )

const decisionsOn = async (clientId: string) =>
  one<number>(
    `SELECT COUNT(*) FROM audit_events WHERE client_id = ? AND kind LIKE 'device.%ed'`,
    clientId,
  )

type Asked = { agent: UserAgent; page: Place }

/** The races of screens. */
export async function screenRaces(): Promise<RunnableRace[]> {
  const person = await newPerson()
  const spa = await registerSpa()
  const agent = await sessionOf(person)
  // A browser that has been here: two first pages at once would each give it a secret of its own.
  await agent.open('/')

  return [
    race<Asked>({
      name: 'consent screen',
      prepare: async () => ({
        agent,
        page: await agent.open(authorizePath(spa, { prompt: 'consent' })),
      }),
      contend: async ({ page }, to) =>
        shownBy(await copyAt(to, agent).submit(page, { decision: 'allow' })),
      rows: async () => null,
      endings: [{ outcomes: { 'a code': 1, '200 Allow access?': 49 }, rows: null }],
    }),
    race<Asked>({
      name: 'consent screen that is allowed and denied',
      prepare: async () => ({
        agent,
        page: await agent.open(authorizePath(spa, { prompt: 'consent' })),
      }),
      contend: async ({ page }, to) => {
        const decision = to.nth % 2 === 0 ? 'allow' : 'deny'
        return `${decision}: ${shownBy(await copyAt(to, agent).submit(page, { decision }))}`
      },
      rows: async () => null,
      endings: [
        {
          outcomes: {
            'allow: a code': 1,
            'allow: 200 Allow access?': 24,
            'deny: access_denied': 25,
          },
          rows: null,
        },
        { outcomes: { 'allow: 200 Allow access?': 25, 'deny: access_denied': 25 }, rows: null },
      ],
    }),
    race({
      name: 'pushed request',
      prepare: async () => {
        const client = await registerWebClient({ trusted: false })
        const path = await pushedPath(client, { prompt: 'consent' })
        return { page: await agent.open(path) }
      },
      contend: async ({ page }, to) =>
        shownBy(await copyAt(to, agent).submit(page, { decision: 'allow' })),
      rows: async () => null,
      endings: [{ outcomes: { 'a code': 1, '200 Allow access?': 49 }, rows: null }],
    }),
    race({
      name: 'consents of two scopes',
      prepare: async () => {
        const client = await registerSpa()
        const pages = await Promise.all(
          ['openid profile', 'openid email'].map((scope) =>
            agent.open(authorizePath(client, { scope, prompt: 'consent' })),
          ),
        )
        return { client, pages }
      },
      contend: async ({ pages }, to) => {
        const page = pages[to.nth % 2]
        if (page === undefined) throw new Error('there are two pages')
        return shownBy(await copyAt(to, agent).submit(page, { decision: 'allow' }))
      },
      rows: async ({ client }) =>
        (await consented(person.id, client.client_id))?.split(' ').toSorted(),
      // Two yeses to two questions: neither takes away what the other allowed.
      endings: [
        {
          outcomes: { 'a code': 2, '200 Allow access?': 48 },
          rows: ['email', 'openid', 'profile'],
        },
      ],
    }),
    race({
      name: 'decision about a device',
      prepare: async () => {
        const client = await registerDevice()
        const codes = await codesFor(client)
        return { client, asked: await enterCode(agent, codes.user_code) }
      },
      contend: async ({ asked }, to) =>
        shownBy(await answerDevice(copyAt(to, agent), asked, to.nth % 2 === 0 ? 'allow' : 'deny')),
      rows: ({ client }) => decisionsOn(client.client_id),
      endings: [
        { outcomes: { '200 The device is connected': 50 }, rows: 1 },
        { outcomes: { '200 The device was not connected': 50 }, rows: 1 },
      ],
    }),
    race({
      name: 'sign-out',
      prepare: async () => {
        const someone = await newPerson()
        const browser = await sessionOf(someone)
        return { someone, browser, page: await browser.open('/account') }
      },
      contend: async ({ browser, page }, to) => {
        const other = copyAt(to, browser)
        return shownBy(await other.submit(page, {}, { action: '/sign-out' }))
      },
      rows: async ({ someone }) => {
        const { results } = await env.DB.prepare(
          'SELECT ended_at IS NOT NULL AS ended FROM sessions WHERE user_id = ?',
        )
          .bind(someone.id)
          .all()
        return results
      },
      endings: [{ outcomes: { '200 You are signed out': 50 }, rows: [{ ended: 1 }] }],
    }),
  ]
}
