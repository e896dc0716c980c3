// The links about one's own account, and the transports that bring the mails.
import { send } from '../../account/pages.ts'
import { smtpUrl } from '../../support/mail.ts'
import { registerUser } from '../../support/registry.ts'
import type { Environment } from '../../support/faults.ts'
import type { Job } from '../matrix/job.ts'
import type { Stage } from '../matrix/stage.ts'
import { basis, mailed, someone } from './mail.ts'
import { countedTry, doneAgain, sentAgain } from './reasons.ts'

/** The two jobs of a link that a browser follows. */
const link = (
  purpose: string,
  asking: (stage: Stage) => Promise<{ agent: Awaited<ReturnType<Stage['signedIn']>>; to: string }>,
  more: Partial<Job> = {},
): Job[] => [
  {
    ...{ ...basis, name: 'follows the link', route: `GET /mail/${purpose}`, ...more },
    prepare: async (stage) => {
      const { agent, to } = await asking(stage)
      const path = await stage.linkTo(to)
      return stage.request(() => agent.open(path))
    },
  },
  {
    ...{ ...basis, name: 'presses the button', route: `POST /mail/${purpose}`, ...more },
    prepare: async (stage) => {
      const { agent, to } = await asking(stage)
      const place = await agent.open(await stage.linkTo(to))
      return stage.request(() => agent.submit(place, {}))
    },
  },
]

const mayRemain = { ...doneAgain, ...sentAgain, ...mailed, ...countedTry }

/** Somebody who has asked to leave, and has got the mail with the code of it. */
async function leaving(stage: Stage) {
  const user = await registerUser({ email_verified: true })
  const agent = await stage.signedIn(user)
  const page = await send(agent, '/account/delete', { send: 'on' })
  return { agent, page, to: user.email }
}

const links: Job[] = [
  ...link(
    'change-address',
    async (stage) => {
      const [agent, to] = [await stage.signedIn(await registerUser()), someone()]
      await send(agent, '/account/email', { email: to })
      return { agent, to }
    },
    { mayRemain },
  ),
  ...link('delete', leaving, { mayRemain }),
  ...link(
    'restore',
    async (stage) => {
      const { agent, page, to } = await leaving(stage)
      const code = await stage.codeTo(to)
      await agent.submit(page, { code }, { action: '/account/delete' })
      return { agent, to }
    },
    { mayRemain },
  ),
  {
    ...{ ...basis, name: 'asks to leave by mail', route: 'POST /account/delete' },
    prepare: async (stage) => {
      const agent = await stage.signedIn(await registerUser({ email_verified: true }))
      const page = await agent.open('/account/delete')
      return stage.request(() => agent.submit(page, { send: 'on' }, { action: '/account/delete' }))
    },
    mayRemain,
  },
]

const from = { MAIL_FROM: 'no-reply@id.example' }
const email = (answer: () => Promise<EmailSendResult>) => ({ EMAIL: { send: answer } })

/** Everything that brings a mail, and what fails in its own way. */
const transports: Record<string, Environment> = {
  SMTP: { ...from, MAIL: 'smtp', SMTP_URL: smtpUrl },
  'SMTP, where nobody listens': { ...from, MAIL: 'smtp', SMTP_URL: 'smtp://127.0.0.1:9' },
  'a binding': {
    ...{ ...from, MAIL: 'binding' },
    ...email(() => Promise.resolve({ messageId: '1' })),
  },
  'a binding that fails': {
    ...{ ...from, MAIL: 'binding' },
    ...email(() => Promise.reject(new Error('slow down'))),
  },
}

const sending: Job[] = Object.entries(transports).map(([name, own]): Job => ({
  ...{ ...basis, name: `a mail by ${name}`, route: 'POST /forgot', preparesAnew: true },
  environment: { ...basis.environment, ...own },
  prepare: async (stage) => {
    const [agent, user] = [stage.browser(), await registerUser({ email_verified: true })]
    const page = await agent.open('/forgot')
    return stage.request(() => agent.submit(page, { email: user.email }))
  },
  mayRemain: mailed,
}))

export const mailLinkJobs: Job[] = [...links, ...sending]
