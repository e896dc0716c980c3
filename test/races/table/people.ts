// Races for how people sign in, and for their ways in.
import { env } from 'cloudflare:workers'
import { personClaims, scriptedSignIn } from '../../federation/sign-in.ts'
import { authorizePath, registerWebClient, signInAt } from '../../openid/flow.ts'
import { openStore } from '../../../src/store/open.ts'
import { giveApp, stepUp } from '../../support/half-signed-in.ts'
import { ceremonyOf, changePasskeys, postPasskey, userWithPasskey } from '../../support/passkeys.ts'
import { audit } from '../../support/records.ts'
import { codeOfApp, userWithApp } from '../../support/totp.ts'
import { UserAgent } from '../../support/user-agent.ts'
import { copyAt, race, shownBy, type RunnableRace } from '../engine.ts'
import { eventsOf, newPerson, one, sessionOf } from '../person.ts'

const forgetTries = () => env.DB.prepare('DELETE FROM sign_in_attempts').run()

/** The shown text, or `refused` if it is one of the documented refusals. */
const refusedIf = (shown: string, ...refusals: string[]): string =>
  refusals.includes(shown) ? 'refused' : shown

const codeRefusals = [
  '400 Error: Enter your code',
  '429 Error: Enter your code',
  '400 This page has expired',
] as const

const sessionsOf = ({ id }: { id: number }) =>
  one<number>('SELECT COUNT(*) FROM sessions WHERE user_id = ?', id)

/** Gives somebody passkeys without asking any device. */
async function givePasskeys({ id }: { id: number }, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID().replaceAll('-', ''))
  const insertion = env.DB.prepare(
    `INSERT INTO credentials (id, user_id, kind, public_key, created_at) VALUES (?, ?, 'passkey', 'k', 1)`,
  )
  await env.DB.batch(ids.map((one) => insertion.bind(one, id)))
  return ids
}

const waysOf = ({ id }: { id: number }) =>
  one<number>(
    `SELECT (SELECT COUNT(*) FROM credentials WHERE user_id = ?1)
       + (SELECT COUNT(*) FROM provider_links WHERE user_id = ?1)`,
    id,
  )

/** The races of sign-ins, sessions, factors and links. */
export async function peopleRaces(): Promise<RunnableRace[]> {
  const client = await registerWebClient()
  const withApp = await userWithApp()
  const withPasskey = await userWithPasskey()
  const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
  const { issuer } = guild.document

  /** Browsers of a user with an app, each at the page that asks for the code. */
  async function atSecondFactor(count: number) {
    await forgetTries()
    return Promise.all(
      Array.from({ length: count }, async () => {
        const agent = new UserAgent()
        const page = await signInAt(agent, await agent.open(authorizePath(client)), withApp)
        return { agent, page }
      }),
    )
  }

  const enter = async (
    asked: Awaited<ReturnType<typeof atSecondFactor>>,
    to: Parameters<typeof copyAt>[0] & { nth: number },
    code: string,
  ): Promise<string> => {
    const at = asked[to.nth % asked.length]
    if (at === undefined) throw new Error('nobody is asked')
    const place = await copyAt(to, at.agent).submit(at.page, { code }, { action: '/second-factor' })
    return refusedIf(shownBy(place), ...codeRefusals)
  }

  return [
    race({
      name: 'code of an authenticator app, on five pages',
      prepare: async () => {
        const reset = 'UPDATE users SET totp_last_step = 0 WHERE id = ?'
        await env.DB.prepare(reset).bind(withApp.id).run()
        return { asked: await atSecondFactor(5), before: await eventsOf('user.signed-in', withApp) }
      },
      contend: ({ asked }, to) => enter(asked, to, codeOfApp(withApp.totp)),
      rows: async ({ before }) => ({
        signIns: Number(await eventsOf('user.signed-in', withApp)) - Number(before),
      }),
      endings: [{ outcomes: { 'a code': 1, refused: 49 }, rows: { signIns: 1 } }],
    }),
    race({
      name: 'recovery code, on five pages',
      prepare: async () => {
        const agent = await sessionOf(withApp, 'pwd otp mfa')
        const action = '/account/recovery-codes'
        const page = await agent.submit(await agent.open(action), {}, { action })
        const [, code = ''] = /<code>([A-Z2-9]{5}-[A-Z2-9]{5})<\/code>/.exec(page.html) ?? []
        return {
          code,
          asked: await atSecondFactor(5),
          before: await eventsOf('user.recovery-code-used', withApp),
        }
      },
      contend: ({ asked, code }, to) => enter(asked, to, code),
      rows: async ({ before }) => ({
        used: Number(await eventsOf('user.recovery-code-used', withApp)) - Number(before),
        left: await one<number>(
          "SELECT COUNT(*) FROM credentials WHERE user_id = ? AND kind = 'recovery'",
          withApp.id,
        ),
      }),
      endings: [{ outcomes: { 'a code': 1, refused: 49 }, rows: { used: 1, left: 9 } }],
    }),
    race({
      name: 'challenge of a passkey',
      prepare: async () => {
        const agent = new UserAgent()
        const door = await agent.open('/')
        const answer = await withPasskey.passkey.assert(ceremonyOf(door))
        const before = await eventsOf('user.signed-in', withPasskey.user)
        return { agent, door, answer, before }
      },
      contend: async ({ agent, door, answer }, to) =>
        shownBy(await postPasskey(copyAt(to, agent), door, answer)),
      rows: async ({ before }) => ({
        signIns: Number(await eventsOf('user.signed-in', withPasskey.user)) - Number(before),
      }),
      endings: [
        {
          outcomes: { '200 You are signed in': 1, '400 This page has expired': 49 },
          rows: { signIns: 1 },
        },
      ],
    }),
    race({
      name: 'secret of a session that is raised',
      prepare: async () => {
        const someone = await newPerson()
        const agent = await sessionOf(someone)
        const secret = await giveApp(someone)
        const page = await agent.open(authorizePath(client, { acr_values: 'urn:postern:acr:2' }))
        return { someone, agent, secret, page }
      },
      contend: async ({ agent, secret, page }, to) =>
        refusedIf(
          shownBy(await stepUp({ agent: copyAt(to, agent), secret }, page)),
          ...codeRefusals,
        ),
      rows: async ({ someone }) => ({
        sessions: await sessionsOf(someone),
        raised: await eventsOf('user.stepped-up', someone),
      }),
      endings: [{ outcomes: { 'a code': 1, refused: 49 }, rows: { sessions: 1, raised: 1 } }],
    }),
    race({
      name: 'last two passkeys',
      prepare: async () => {
        const someone = await newPerson()
        const agent = await sessionOf(someone)
        return { someone, agent, ids: await givePasskeys(someone, 2) }
      },
      contend: async ({ agent, ids }, to) => {
        const { path } = await changePasskeys(copyAt(to, agent), { remove: ids[to.nth % 2] ?? '' })
        return path
      },
      rows: ({ someone }) => waysOf(someone),
      endings: [
        {
          outcomes: {
            '/account/passkeys?done=removed': 25,
            '/account/passkeys?done=last': 25,
          },
          rows: 1,
        },
      ],
    }),
    race({
      name: 'last passkey and last link',
      prepare: async () => {
        const someone = await newPerson()
        const [id = ''] = await givePasskeys(someone, 1)
        const link = { issuer, subject: `person-${someone.id}`, userId: someone.id }
        await env.DB.prepare(
          'INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?, ?, ?, 1)',
        )
          .bind(issuer, link.subject, someone.id)
          .run()
        return { someone, id, link: { ...link, email: null, createdAt: 1 } }
      },
      contend: async ({ someone, id, link }, { nth, isolate }) => {
        const { passkeys, providerLinks } = openStore(isolate.env)
        return nth % 2 === 0
          ? passkeys.remove(someone.id, id, audit(), [])
          : providerLinks.unlink(link, audit(), [])
      },
      rows: ({ someone }) => waysOf(someone),
      endings: [
        { outcomes: { removed: 25, last: 25 }, rows: 1 },
        { outcomes: { unlinked: 25, last: 25 }, rows: 1 },
      ],
    }),
    race({
      name: 'subject of a provider that ten people link',
      prepare: async () => ({
        subject: crypto.randomUUID(),
        people: await Promise.all(
          Array.from({ length: 10 }, () => newPerson({ email_verified: true })),
        ),
      }),
      contend: async ({ subject, people }, { nth, isolate }) => {
        const person = people[nth % people.length]
        if (person === undefined) throw new Error('there is nobody')
        const link = { issuer, subject, userId: person.id, email: null, createdAt: 1 }
        const basis = { verifiedEmail: person.email }
        return openStore(isolate.env).providerLinks.link(link, basis, audit(), [])
      },
      rows: ({ subject }) =>
        one<number>('SELECT COUNT(*) FROM provider_links WHERE subject = ?', subject),
      endings: [{ outcomes: { linked: 1, taken: 49 }, rows: 1 }],
    }),
    race({
      name: 'state of a sign-in at a provider',
      prepare: async () => {
        const agent = new UserAgent()
        const name = `person-${crypto.randomUUID()}`
        const { nonce, state = '' } = await guild.leave(agent)
        await guild.gives(nonce, personClaims(name))
        return { agent, name, path: guild.callback({ state, code: 'a code' }) }
      },
      contend: async ({ agent, path }, to) => shownBy(await copyAt(to, agent).open(path)),
      rows: async ({ name }) =>
        one<number>(
          `SELECT COUNT(*) FROM audit_events WHERE kind = 'user.signed-in'
             AND user_id = (SELECT id FROM users WHERE username = ?)`,
          name,
        ),
      endings: [
        { outcomes: { '200 You are signed in': 1, '400 This page has expired': 49 }, rows: 1 },
      ],
    }),
  ]
}
