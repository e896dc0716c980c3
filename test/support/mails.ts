// The mails of a server under test: with MAIL=log it prints them, and here they are caught.
import { afterEach, beforeEach, vi } from 'vitest'
import { z } from 'zod'
import type { Server } from './faults.ts'
import { issuer } from './http.ts'

/** Settings of a server that sends mail, and has no other limit of mails than those of an address. */
export const mailSettings = {
  MAIL: 'log',
  MAIL_FROM: 'no-reply@postern.example',
  MAILS_PER_CLIENT_ADDRESS: '1000000',
  MAILS_PER_HOUR: '1000000',
}

const printed = z.object({
  event: z.literal('mail'),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
})
export type PrintedMail = Omit<z.infer<typeof printed>, 'event'>

const sent: PrintedMail[] = []

/** Catches mails during every test of the file; nothing else that is logged is shown. */
export function catchMails(): void {
  beforeEach(() => {
    sent.length = 0
    vi.spyOn(console, 'log').mockImplementation((text: string) => {
      const mail = printed.safeParse(JSON.parse(text))
      if (mail.success) sent.push(mail.data)
      else if (text.includes('failed')) console.warn(text)
    })
  })
  afterEach(() => vi.restoreAllMocks())
}

/** The mails to an address, oldest first, once the server has sent what it has to send. */
export async function mailsTo(server: Server, address: string): Promise<PrintedMail[]> {
  await server.settled()
  return sent.filter(({ to }) => to === address)
}

/** The last mail to an address. */
export async function mailTo(server: Server, address: string): Promise<PrintedMail> {
  const mail = (await mailsTo(server, address)).at(-1)
  if (mail === undefined) throw new Error(`no mail to ${address}`)
  return mail
}

/** The code in a mail. */
export function codeIn({ text }: PrintedMail): string {
  const code = /^(\d{4}) (\d{4})$/m.exec(text)
  if (code === null) throw new Error(`no code in: ${text}`)
  return `${code[1]}${code[2]}`
}

/** The path and query of the link in a mail. */
export function linkIn({ text }: PrintedMail): string {
  const link = /^https?:\S+$/m.exec(text)?.[0]
  if (link === undefined) throw new Error(`no link in: ${text}`)
  return link.slice(issuer.length)
}
