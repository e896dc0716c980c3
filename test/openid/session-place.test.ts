// U14: sessions of one browser name can be told apart, by when and where they began; an app is one entry,
// however often it was signed in to.
import { describe, expect, it } from 'vitest'
import { deployed } from '../support/deployment.ts'
import { Server } from '../support/faults.ts'
import type { Answerer } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { userinfo } from '../support/tokens.ts'
import { shownText } from '../support/user-agent.ts'
import { authorizePath, registerWebClient, signedIn, signInAt, signInTo } from './flow.ts'

const server = new Server(deployed)

/** Requests as they come from somewhere, by what the platform says of it. */
const from =
  (cf: Record<string, string>, to = server): Answerer =>
  (request) =>
    to.fetch(new Request(request, { cf }))

const berlin = { city: 'Berlin', country: 'DE', timezone: 'Europe/Berlin' }

const placesOf = async (userId: number): Promise<unknown[]> => {
  const answer = await admin('GET', `/users/${userId}/sessions`)
  const { items }: { items: { place: unknown }[] } = await answer.json()
  return items.map(({ place }) => place)
}

describe('U14: a session', () => {
  it('is shown with its place and the time of day there, in the words of the reader', async () => {
    const user = await registerUser()
    await signedIn(user, from({ city: 'Lyon', country: 'FR', timezone: 'Europe/Paris' }))
    const agent = await signedIn(user, from(berlin))
    expect(await placesOf(user.id)).toEqual(expect.arrayContaining(['Berlin, DE', 'Lyon, FR']))
    const english = shownText(await agent.open('/account', { 'Accept-Language': 'en' }))
    expect(english).toMatch(
      /Berlin, Germany · Since \w{3} \d+, \d{4}, \d+:\d\d\s[AP]M (GMT\+[12]|CES?T)/,
    )
    expect(english).toContain('Lyon, France · Since')
    const german = shownText(await agent.open('/account', { 'Accept-Language': 'de' }))
    expect(german).toMatch(/Berlin, Deutschland · .*\d{4}, \d\d:\d\d (MEZ|MESZ)/)
  })

  it('takes the place and the browser of the newest sign-in when it goes on', async () => {
    const user = await registerUser()
    let where = from(berlin)
    const agent = await signedIn(user, (request) => where(request))
    where = from({ city: 'Rome', country: 'IT' })
    const client = await registerWebClient()
    const again = await agent.open(authorizePath(client, { prompt: 'login' }))
    await signInAt(agent, again, user)
    expect(await placesOf(user.id)).toEqual(['Rome, IT'])
  })

  it.each<[string, Record<string, string>, string | null]>([
    ['no city', { country: 'DE' }, 'DE'],
    ['a country that is none', { city: 'Berlin', country: 'XX' }, null],
    ['the Tor network', { country: 'T1' }, null],
    ['nothing', {}, null],
    [
      'a city of 500 characters',
      { city: 'x'.repeat(500), country: 'DE' },
      `${'x'.repeat(100)}, DE`,
    ],
    ['a time zone that nobody knows', { ...berlin, timezone: 'Mars/Olympus' }, 'Berlin, DE'],
  ])('with %s', async (_what, cf, place) => {
    const user = await registerUser()
    const agent = await signedIn(user, from(cf))
    expect(await placesOf(user.id)).toEqual([place])
    const account = await agent.open('/account')
    expect(account.status).toBe(200)
    if (cf.timezone !== 'Europe/Berlin') expect(shownText(account)).toMatch(/\d:\d\d\s[AP]M UTC/)
  })

  it('has no place in development, where what the platform says is made up', async () => {
    const user = await registerUser()
    await signedIn(user, from(berlin, new Server()))
    expect(await placesOf(user.id)).toEqual([null])
  })
})

describe('U14: an app', () => {
  it('is one entry with all that it may do, and ends as a whole, for its user alone', async () => {
    const app = await registerWebClient({ client_name: 'Ledger' })
    const [one, other] = [
      await signedIn(await registerUser()),
      await signedIn(await registerUser()),
    ]
    const scopes = ['openid email offline_access', 'openid profile offline_access']
    const tokens = await Promise.all(scopes.map((scope) => signInTo(one, app, { scope })))
    const others = await signInTo(other, app)
    const account = await one.open('/account')
    const text = shownText(account)
    expect({
      times: text.match(/Ledger/g)?.length,
      email: text.match(/see your e-mail address/g)?.length,
      profile: text.match(/see your name and profile/g)?.length,
    }).toEqual({ times: 1, email: 1, profile: 1 })
    const grant = `client:${app.client_id}`
    await one.submit(account, { grant }, { action: '/account/access' })
    const statuses = [...tokens, others].map(async ({ access_token }) => {
      return (await userinfo(access_token)).status
    })
    expect(await Promise.all(statuses)).toEqual([401, 401, 200])
    expect(shownText(await one.open('/account'))).not.toContain('Ledger')
    expect(shownText(await other.open('/account'))).toContain('Ledger')
  })
})
