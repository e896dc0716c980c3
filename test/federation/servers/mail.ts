// A mail server that nobody here wrote: it takes mails by SMTP, delivers none, and tells what it has. The
// local part of a recipient says what it does: `hangs`, `gone` (550), `later` (451), anything else = 250.
import type { RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** A mail as it arrived, and as its reader sees it. */
export type ReceivedMail = {
  /** Of the envelope. */
  from: string
  to: string[]
  /** What the sender has authenticated as; '' = nobody. */
  user: string
  /** The lines of the header, folded as they came. */
  headerLines: string[]
  headers: Record<string, string>
  subject: string
  text: string
  html: string
}

class Refusal extends Error {
  readonly responseCode: number
  constructor(responseCode: number) {
    super('not taken')
    this.responseCode = responseCode
  }
}

export async function mailServer(): Promise<RequestListener> {
  const mails: ReceivedMail[] = []
  const smtp = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username = '', password }, _session, done) =>
      password === 'pass word' ? done(null, { user: username }) : done(new Refusal(535)),
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('hangs')) return
      if (address.startsWith('gone')) return done(new Refusal(550))
      if (address.startsWith('later')) return done(new Refusal(451))
      done()
    },
    onData: (stream, { envelope, user }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const source = Buffer.concat(chunks).toString('latin1')
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const to = envelope.rcptTo.map(({ address }) => address)
        void received(source, { from, to, user: user ?? '' }).then((mail) => {
          mails.push(mail)
          done()
        })
      })
    },
  })
  smtp.on('error', () => undefined)
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
  // Nobody closes it, and a connection that hangs must not keep the tests from ending.
  smtp.server.unref()
  smtp.server.on('connection', (socket: Socket) => socket.unref())
  const address = smtp.server.address()
  const port = isAddress(address) ? address.port : 0
  return (request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(request.url === '/port' ? port : mails))
  }
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

async function received(
  source: string,
  envelope: Pick<ReceivedMail, 'from' | 'to' | 'user'>,
): Promise<ReceivedMail> {
  const {
    headerLines,
    subject = '',
    text = '',
    html = false,
  } = await simpleParser(Buffer.from(source, 'latin1'))
  return {
    ...envelope,
    headerLines: source.slice(0, source.indexOf('\r\n\r\n')).split('\r\n'),
    headers: Object.fromEntries(
      headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]),
    ),
    subject,
    text,
    html: html === false ? '' : html,
  }
}
