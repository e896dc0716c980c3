// Races for what is counted: of 50 guesses at once every one is.
import { env } from 'cloudflare:workers'
import { askForCodes, registerDevice } from '../../openid/device-flow.ts'
import { authorizePath, registerWebClient, signInAt } from '../../openid/flow.ts'
import { registerAt } from '../../registration/registrant.ts'
import { registerClient } from '../../support/registry.ts'
import { passwordGrant } from '../../support/tokens.ts'
import { userWithApp, wrongCode } from '../../support/totp.ts'
import { UserAgent } from '../../support/user-agent.ts'
import { copyAt, race, saidBy, shownBy, type RunnableRace } from '../engine.ts'
import { one } from '../person.ts'

const forgetTries = () => env.DB.prepare('DELETE FROM sign_in_attempts').run()
const triesInAll = () => one<number>('SELECT SUM(tries) FROM sign_in_attempts')

/** The races of limits. */
export async function limitRaces(): Promise<RunnableRace[]> {
  const [client, web, device] = await Promise.all([
    registerClient(),
    registerWebClient(),
    registerDevice(),
  ])
  const withApp = await userWithApp()

  return [
    race({
      name: 'guesses at the password of one user',
      prepare: async () => {
        await forgetTries()
        return { username: `nobody-${crypto.randomUUID()}`, password: 'a guess' }
      },
      contend: (guess, { isolate }) => saidBy(passwordGrant(client, guess, {}, isolate.fetch)),
      rows: triesInAll,
      endings: [{ outcomes: { '400 invalid_grant': 10, '429 too_many_requests': 40 }, rows: 10 }],
    }),
    race(
      {
        name: 'guesses at the passwords of fifty users',
        prepare: async () => {
          await forgetTries()
          return crypto.randomUUID()
        },
        contend: (name, { nth, isolate }) =>
          saidBy(
            passwordGrant(
              client,
              { username: `${name}-${nth}`, password: 'a guess' },
              {},
              isolate.fetch,
            ),
          ),
        rows: triesInAll,
        endings: [{ outcomes: { '400 invalid_grant': 20, '429 too_many_requests': 30 }, rows: 20 }],
      },
      { PASSWORD_TRIES_PER_ADDRESS: '20' },
    ),
    race({
      name: 'guesses at the code of an authenticator app',
      prepare: async () => {
        await forgetTries()
        const agent = new UserAgent()
        const page = await signInAt(agent, await agent.open(authorizePath(web)), withApp)
        await forgetTries()
        return { agent, page }
      },
      contend: async ({ agent, page }, to) =>
        shownBy(
          await copyAt(to, agent).submit(
            page,
            { code: wrongCode(withApp.totp) },
            { action: '/second-factor' },
          ),
        ),
      rows: triesInAll,
      endings: [
        {
          outcomes: { '400 Error: Enter your code': 5, '429 Error: Enter your code': 45 },
          rows: 5,
        },
      ],
    }),
    race(
      {
        name: 'registrations from one address',
        prepare: async () => {
          await forgetTries()
          return `https://${crypto.randomUUID()}.example/cb`
        },
        contend: async (uri, { isolate }) => {
          const { status, body } = await registerAt(isolate.fetch, { redirect_uris: [uri] })
          return status === 201 ? '201' : `${status} ${String(body['error'])}`
        },
        rows: async (uri) =>
          one<number>('SELECT COUNT(*) FROM clients WHERE instr(metadata, ?) > 0', uri),
        endings: [{ outcomes: { '201': 7, '429 too_many_requests': 43 }, rows: 7 }],
      },
      { REGISTRATION: 'open', REGISTRATIONS_PER_ADDRESS: '7' },
    ),
    race({
      name: 'requests of devices from one address',
      prepare: async () => `2001:db8:1:${crypto.randomUUID().slice(0, 4)}::1`,
      contend: (address, { isolate }) =>
        saidBy(askForCodes(device, {}, { address }, isolate.fetch)),
      rows: async () => null,
      endings: [{ outcomes: { '200': 20, '429 too_many_requests': 30 }, rows: null }],
    }),
  ]
}
