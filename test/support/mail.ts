// A server that sends mail, and the mail server of the tests, which shows what has arrived.
import { inject } from 'vitest'
import type { ReceivedMail } from '../federation/servers/mail.ts'
import { type Environment, Server } from './faults.ts'

const origin = inject('mailOrigin')

/** The address of the mail server. */
export const smtpUrl = `smtp://127.0.0.1:${await (await fetch(`${origin}/port`)).text()}`

/** What a server needs to send mail. */
export const mailSettings = {
  MAIL: 'smtp',
  MAIL_FROM: 'no-reply@id.example',
  SMTP_URL: smtpUrl,
  // All tests ask from one address.
  MAILS_PER_CLIENT_ADDRESS: '100000',
  MAILS_PER_HOUR: '100000',
}

export const mailingServer = (settings: Environment = {}): Server =>
  new Server({ ...mailSettings, ...settings })

/** The mails to an address, newest last. */
export async function mailsTo(address: string): Promise<ReceivedMail[]> {
  const all = await (await fetch(`${origin}/`)).json<ReceivedMail[]>()
  return all.filter(({ to }) => to.includes(address))
}

/** The newest mail to an address, once the server has sent what it had to. */
export async function mailTo(address: string, server: Server): Promise<ReceivedMail> {
  await server.settled()
  const mail = (await mailsTo(address)).at(-1)
  if (mail === undefined) throw new Error(`there is no mail to ${address}`)
  return mail
}

/** The path and query of the link of a mail. */
export function linkOf({ text }: ReceivedMail): string {
  const link = /https?:\/\/[^/\s]+(\/mail\/\S+)/.exec(text)?.[1]
  if (link === undefined) throw new Error(`there is no link in: ${text}`)
  return link
}

/** The code of a mail. */
export function codeOfMail({ text }: ReceivedMail): string {
  const code = /^(\d{4} \d{4})$/m.exec(text)?.[1]
  if (code === undefined) throw new Error(`there is no code in: ${text}`)
  return code
}
