import { expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { catchMails, mailSettings, mailsTo } from '../support/mails.ts'
import { UserAgent } from '../support/user-agent.ts'

catchMails()

it('RFC 5891: a domain in Unicode and in ASCII is one mailbox, with one limit of mails', async () => {
  const server = new Server({ ...mailSettings, SIGN_UP: 'open', MAILS_PER_ADDRESS: '1' })
  const name = crypto.randomUUID()
  const domain = 'xn--mnchen-3ya.example'
  for (const typed of ['m\u00fcnchen.example', domain, 'M\u00dcNCHEN.example']) {
    const agent = new UserAgent(server.fetch)
    const page = await agent.open('/sign-up')
    await agent.submit(page, { email: `${name}@${typed}` }, { action: '/sign-up' })
  }
  expect(await mailsTo(server, `${name}@${domain}`)).toHaveLength(1)
})
