// What anybody may ask for, and D1 counts: registrations, device codes, user codes, mails. Above a limit the
// answer is 429 (or says nothing, where an answer would tell who is here), and nothing more is written.
import { env } from 'cloudflare:workers'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { askForCodes, enterCode, registerDevice } from '../openid/device-flow.ts'
import { signedIn } from '../openid/flow.ts'
import { countRows } from '../soak/rows.ts'
import { countIn } from '../support/counted.ts'
import { deployed } from '../support/deployment.ts'
import { type Environment, Server } from '../support/faults.ts'
import { issuer, type Answerer } from '../support/http.ts'
import { catchMails, mailSettings } from '../support/mails.ts'
import { registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import { from, ownNetwork } from './address.ts'
import { longer, rounds } from './rounds.ts'

vi.setConfig(longer)

catchMails()

const limited = (more: Environment = {}) => new Server({ RATE_LIMITS: 'off', ...more })

/** Statuses, and by how much each table grew beyond the first `admitted` requests. */
async function flood(
  server: Server,
  admitted: number,
  ask: (index: number) => Promise<{ status: number; headers: Headers }>,
) {
  for (let index = 0; index < admitted; index++) {
    expect((await ask(index)).status).toBeLessThan(400)
  }
  await server.settled()
  const before = await countRows(env.DB)
  const statuses = new Set<number>()
  let waits = true
  for (let index = 0; index < rounds; index++) {
    const { status, headers } = await ask(admitted + index)
    statuses.add(status)
    waits &&= status !== 429 || Number(headers.get('Retry-After')) > 0
  }
  await server.settled()
  return { statuses: [...statuses], waits, grew: await grownSince(before) }
}

async function grownSince(before: Record<string, number>): Promise<Record<string, number>> {
  const after = await countRows(env.DB)
  const grown = Object.entries(after).map(([name, rows]) => [name, rows - (before[name] ?? 0)])
  return Object.fromEntries(grown.filter(([, more]) => more !== 0))
}

const nothing = { statuses: [429], waits: true, grew: {} }

const register = (to: Answerer) =>
  to(
    new Request(`${issuer}/oauth2/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://app.example/cb'] }),
    }),
  )

describe('Registrations', () => {
  it('of one address end at its limit, for the addresses of a /64 together', async (context: TestContext) => {
    const server = limited({ REGISTRATION: 'open', REGISTRATIONS_PER_ADDRESS: '3' })
    const asked = flood(server, 3, (index) =>
      register(from(`2001:db8:aaaa:1::${index + 1}`, server.fetch)),
    )
    expect(await asked).toEqual(nothing)
    countIn(context, { 'flood requests': rounds + 3 })
  })
})

describe('Device codes', () => {
  it('of one address end at its limit', async (context: TestContext) => {
    const [server, device] = [limited(), await registerDevice()]
    const asked = flood(server, 20, () =>
      askForCodes(device, {}, { address: '192.0.2.91' }, server.fetch),
    )
    expect(await asked).toEqual(nothing)
    countIn(context, { 'flood requests': rounds + 20 })
  })
})

describe('User codes', () => {
  it('that somebody guesses who is signed in end at a limit, and the device goes on', async () => {
    const [server, device] = [limited(), await registerDevice()]
    const { user_code } = await (
      await askForCodes(device, {}, {}, server.fetch)
    ).json<{ user_code: string }>()
    const guesser = await signedIn(await registerUser(), from('192.0.2.92', server.fetch))
    const statuses = []
    for (let index = 0; index < 40; index++) {
      statuses.push((await enterCode(guesser, 'BCDF-GHJK')).status)
    }
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
    await server.settled()
    const before = await countRows(env.DB)
    const refused = await enterCode(guesser, user_code)
    await server.settled()
    expect({ status: refused.status, grew: await grownSince(before) }).toEqual({
      status: 429,
      grew: {},
    })
    const owner = await signedIn(await registerUser(), from('192.0.2.93', server.fetch))
    expect((await enterCode(owner, user_code)).status).toBe(200)
  })
})

describe('Mails', () => {
  const forgot = async (to: Answerer, email: string) => {
    const agent = new UserAgent(to)
    return agent.submit(await agent.open('/forgot'), { email }, { action: '/forgot' })
  }

  it('that one address asks for end at its limit, and the answers do not tell', async () => {
    const server = limited({ ...mailSettings, MAILS_PER_CLIENT_ADDRESS: '4' })
    const to = from('192.0.2.94', server.fetch)
    const asked = await flood(server, 4, () => forgot(to, `${crypto.randomUUID()}@a.example`))
    expect(asked).toEqual({ statuses: [200], waits: true, grew: {} })
  })

  it('to one person end at the limit of that person, from whatever address', async () => {
    const user = await registerUser()
    const server = limited({ ...mailSettings, MAILS_PER_ADDRESS: '3' })
    const asked = await flood(server, 3, (index) =>
      forgot(from(ownNetwork(index), server.fetch), user.email),
    )
    expect(asked).toEqual({ statuses: [200], waits: true, grew: {} })
  })

  it('in all end at the limit of the hour', async (context: TestContext) => {
    // Counts of one hour are shared by all servers over this database: a limit below them admits none.
    const server = limited({ ...mailSettings, MAILS_PER_HOUR: '1' })
    const asked = await flood(server, 1, (index) =>
      forgot(from(ownNetwork(1_000 + index), server.fetch), `${crypto.randomUUID()}@a.example`),
    )
    expect(asked).toEqual({ statuses: [200], waits: true, grew: {} })
    countIn(context, { 'flood requests': 3 * rounds })
  })
})

it('A deployment limits who asks before anything is read', async () => {
  const server = new Server({ ...deployed, ...mailSettings, MAIL: 'http', MAIL_API_KEY: 'a key' })
  const to = from('192.0.2.95', server.fetch)
  const statuses = new Set<number>()
  for (let index = 0; index < 121; index++) {
    statuses.add((await to(new Request(`${issuer}/forgot`))).status)
  }
  expect([...statuses]).toEqual([200, 429])
})
