// The box of `npm start`: takes every mail by SMTP, delivers none, and shows them on a page.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { renderBox } from './mail-box-page.ts'

/** A mail as the box shows it; `at` is its arrival (ISO 8601). */
export type BoxedMail = { to: string; subject: string; text: string; html: string; at: string }

/** The most mails that are kept: the oldest goes first. */
const mostKept = 500

/** An open box. `smtpUrl` is for SMTP_URL. */
export type MailBox = { smtpUrl: string; origin: string; close: () => void }

/**
 * Opens a box on this machine alone, which shows its mails at `port`. Returns null if something else
 * listens there.
 */
export async function openMailBox(port: number): Promise<MailBox | null> {
  const mails: BoxedMail[] = []
  // A browser may take localhost for either address. A machine may lack the second one.
  const pages = [serverOf(mails), serverOf(mails)] as const
  if (!(await listens(pages[0], port, '127.0.0.1'))) return null
  await listens(pages[1], port, '::1')
  const smtp = receiver((mail) => {
    mails.unshift(mail)
    mails.length = Math.min(mails.length, mostKept)
  })
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject)
    smtp.listen(0, '127.0.0.1', resolve)
  })
  smtp.on('error', () => undefined)
  smtp.server.unref()
  return {
    smtpUrl: `smtp://127.0.0.1:${portOf(smtp.server.address())}`,
    origin: `http://localhost:${port}`,
    close: () => {
      smtp.close()
      for (const server of pages) server.close()
    },
  }
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

const listens = (server: Server, port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (port > 65_535) return resolve(false)
    server.once('error', () => resolve(false))
    // The worker keeps `npm start` alive, the box does not.
    server.listen({ port, host, exclusive: true }, () => resolve(true)).unref()
  })

/** Takes mails without TLS and without a password: nobody else reaches it. */
function receiver(keep: (mail: BoxedMail) => void): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, session, done) => {
      simpleParser(stream).then(
        ({ subject = '', text = '', html = false }) => {
          const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
          const at = new Date().toISOString()
          keep({ to, subject, text, html: html === false ? '' : html, at })
          done()
        },
        (failure: unknown) => done(failure instanceof Error ? failure : new Error('unreadable')),
      )
    },
  })
}

const serverOf = (mails: readonly BoxedMail[]): Server =>
  createServer((request, response) => answer(mails, request, response))

/** There are links in the mails: a website must not read them under a name of its own. */
const isOurs = (host: string): boolean => /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host)

function answer(
  mails: readonly BoxedMail[],
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // Mails come with styles of their own and nothing else.
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups",
    })
    response.end(body)
  }
  const [path = '/'] = url.split('?')
  const shown = /^\/messages\/(\d{1,4})$/.exec(path)?.[1]
  const mail = shown === undefined ? undefined : mails[mails.length - 1 - Number(shown)]
  if (!isOurs(headers.host ?? '')) return send(421, 'text/plain', 'This box is for localhost.\n')
  if (method !== 'GET' && method !== 'HEAD') return send(405, 'text/plain', 'Only GET.\n')
  if (path === '/messages') return send(200, 'application/json', JSON.stringify(mails))
  if (path === '/') return send(200, 'text/html', renderBox(mails))
  if (mail !== undefined) return send(200, 'text/html', mail.html)
  send(404, 'text/plain', 'There is nothing here.\n')
}
