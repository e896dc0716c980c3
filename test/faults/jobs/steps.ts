// What stands between a sign-in and its app, and recovery codes: each is a step of its own.
import { ScriptedProvider } from '../../federation/providers.ts'
import { authorizePath, registerWebClient, signInAt } from '../../openid/flow.ts'
import { beginImport, importRows, newRow } from '../../support/imports.ts'
import { mailSettings } from '../../support/mails.ts'
import { ceremonyOf, postPasskey } from '../../support/passkeys.ts'
import { registerUser } from '../../support/registry.ts'
import { SoftPasskey } from '../../support/soft-passkey.ts'
import { codeOfApp, userWithApp } from '../../support/totp.ts'
import type { Place, UserAgent } from '../../support/user-agent.ts'
import type { Asked, Job, Outcome } from '../matrix/job.ts'
import type { Stage } from '../matrix/stage.ts'
import { mailed } from './mail.ts'
import { countedTry, doneAgain, lostSession, sentAgain } from './reasons.ts'
import { countedCode } from './sign-in.ts'

const face = 'page'
const parked = { parked_codes: 'a code that was never told is nobody’s, and expires' }

/** Where somebody stands: the browser, and the page in it. */
type Standing = { agent: UserAgent; page: Place }

/** The step was done, and its session has another secret, of which nobody was told. */
const startsAgain = {
  'the person signs in anew': ({ title }: Outcome) => title.startsWith('This page has expired'),
}

/** The two jobs of a step: its page, and its form. */
const step = (
  path: string,
  stand: (stage: Stage) => Promise<Standing>,
  answer: (standing: Standing) => Promise<() => Promise<Place>>,
  more: Partial<Job> = {},
): Job[] => [
  {
    ...{ name: 'the page', route: `GET ${path}`, face, ...more },
    prepare: async (stage) => {
      const { agent, page } = await stand(stage)
      return stage.request(() => agent.open(page.path))
    },
  },
  {
    ...{ name: 'the form', route: `POST ${path}`, face, ...more },
    prepare: async (stage) => stage.request(await answer(await stand(stage))),
  },
]

/** A browser that has asked to sign in for an app. */
async function asked(stage: Stage): Promise<Standing> {
  const agent = stage.browser()
  return { agent, page: await agent.open(authorizePath(await registerWebClient())) }
}

async function afterPassword(stage: Stage): Promise<Standing> {
  const { agent, page } = await asked(stage)
  return { agent, page: await signInAt(agent, page, await registerUser()) }
}

const terms = step(
  '/terms',
  afterPassword,
  async ({ agent, page }) =>
    () =>
      agent.submit(page, { decision: 'allow' }),
  {
    environment: {
      ...{ ...mailSettings, SIGN_UP: 'open' },
      ...{ TERMS_URL: 'https://people.example/terms', TERMS_VERSION: '2026-01' },
    },
    mayRemain: { ...parked, ...doneAgain, ...lostSession },
  },
)

/** A browser on a device that can have a passkey. */
async function offered(stage: Stage): Promise<Standing> {
  const [{ agent, page }, user] = [await asked(stage), await registerUser()]
  const { username, password } = user
  const fields = { username, password, webauthn: '1' }
  return { agent, page: await agent.submit(page, fields, { action: '/login' }) }
}

const offer: Job[] = [
  ...step(
    '/passkey-offer',
    offered,
    async ({ agent, page }) => {
      const ceremony = ceremonyOf(page)
      const passkey = await SoftPasskey.make()
      passkey.userHandle = ceremony.options.user?.id
      const answer = await passkey.register(ceremony)
      return () => postPasskey(agent, page, answer)
    },
    { mayRemain: { ...parked, ...doneAgain, ...lostSession } },
  ),
  {
    ...{ name: 'not now', route: 'POST /passkey-offer', face },
    prepare: async (stage) => {
      const { agent, page } = await offered(stage)
      const later = page.forms.find(({ hidden }) => !('passkey' in hidden))
      const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
      const fields = { ...later?.hidden, decision: 'later' }
      return stage.request(() => agent.post('/passkey-offer', fields, headers))
    },
    mayRemain: { ...parked, ...doneAgain, ...lostSession },
  },
]

const temporary = 'a temporary one'

const temporaryPassword = step(
  '/new-password',
  async (stage) => {
    const row = newRow({ password: { plain: temporary, temporary: true } })
    await importRows(await beginImport(), [row])
    const { agent, page } = await asked(stage)
    const user = { username: row.username, password: temporary }
    return { agent, page: await signInAt(agent, page, user) }
  },
  async ({ agent, page }) =>
    () =>
      agent.submit(page, { current_password: temporary, new_password: 'one of their own' }),
  {
    mayRemain: { ...parked, ...doneAgain, ...countedTry, ...sentAgain, ...lostSession },
    retried: startsAgain,
  },
)

/** The key that a page shows, as a person types it into their app. */
const keyOn = ({ html }: Place): string =>
  (/<code>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1] ?? '').replaceAll(' ', '')

const enrolment = step(
  '/second-factor/set-up',
  afterPassword,
  async ({ agent, page }) =>
    () =>
      agent.submit(page, { code: codeOfApp(keyOn(page)) }, { action: '/second-factor/set-up' }),
  {
    environment: { MFA: 'required' },
    mayRemain: { ...parked, ...doneAgain, ...countedCode, ...sentAgain, ...lostSession },
    retried: startsAgain,
  },
)

const codesOn = ({ html }: Place): string[] =>
  [...html.matchAll(/<code>([A-Z2-9]{5}-[A-Z2-9]{5})<\/code>/g)].map(([, code = '']) => code)

/** Somebody with recovery codes, at the page of the second factor. */
async function recovering(stage: Stage) {
  const user = await userWithApp()
  const own = stage.browser()
  const confirming = await signInAt(own, await own.open('/'), user)
  await own.submit(confirming, { code: codeOfApp(user.totp) }, { action: '/second-factor' })
  const action = '/account/recovery-codes'
  const codes = codesOn(await own.submit(await own.open(action), {}, { action }))
  const { agent, page } = await asked(stage)
  return { agent, page: await signInAt(agent, page, user), codes }
}

const recovery: Job[] = [
  {
    ...{ name: 'a recovery code', route: 'POST /second-factor', face },
    prepare: async (stage) => {
      const { agent, page, codes } = await recovering(stage)
      const type = (nth: number): Promise<Asked> =>
        stage.request(() =>
          agent.submit(page, { code: codes[nth] ?? '' }, { action: '/second-factor' }),
        )
      return { ...(await type(0)), again: () => type(1) }
    },
    mayRemain: {
      ...{ ...countedCode, ...lostSession, ...sentAgain },
      credentials: 'a recovery code counts once, also where its word was lost',
    },
  },
]

const judge = new ScriptedProvider()

const turnstile: Job[] = [
  {
    ...{ name: 'a person is asked whether they are one', route: 'POST /sign-up', face },
    ...{ outgoing: true, preparesAnew: true },
    environment: {
      ...{ ...mailSettings, MAILS_PER_ADDRESS: '1000', MAILS_PER_ADDRESS_DAY: '1000' },
      ...{ SIGN_UP: 'open', TURNSTILE_SITE_KEY: 'a site key', TURNSTILE_SECRET: 'the secret' },
      TURNSTILE_URL: judge.url('/siteverify'),
    },
    prepare: async (stage) => {
      const human = { success: true, hostname: 'localhost', action: 'sign-up' }
      await judge.answer('/siteverify', { body: human })
      const agent = stage.browser()
      const page = await agent.open('/sign-up')
      const email = `person-${crypto.randomUUID()}@people.example`
      const fields = { email, 'cf-turnstile-response': 'a token' }
      return stage.request(() => agent.submit(page, fields, { action: '/sign-up' }))
    },
    mayRemain: mailed,
    alsoRight: {
      'the person is asked again': ({ status, title }) =>
        status === 400 && title.startsWith('Error: Create an account'),
    },
  },
]

export const stepJobs: Job[] = [
  ...terms,
  ...offer,
  ...temporaryPassword,
  ...enrolment,
  ...recovery,
  ...turnstile,
]
