// Sends a mail by SMTP (RFC 5321), over TLS from the start or by STARTTLS (RFC 3207), as a client of a
// submission service (RFC 6409).
import { connect } from 'cloudflare:sockets'
import type { SmtpServer } from '../core/server/settings-mail.ts'
import { base64, utf8 } from '../crypto/encoding.ts'
import { inTime } from '../federation/outbound.ts'
import type { Transport } from './mailer.ts'
import type { Message } from './message.ts'
import { mimeOf } from './mime.ts'
import { offersPlain, offersTls, replyIn } from './smtp-replies.ts'

/** Milliseconds for all of a mail: work after a response may take 30 seconds. */
const deadline = 10_000

/** A reply that is longer is none. */
const longestReply = 8_192

/** The server says that it has no such recipient, or will never take mail for them. RFC 5321 4.2.3. */
const refusesRecipient = /^(?:550|551|553) /

/** Opens the transport. It throws unless the server has taken the mail, or refuses the recipient. */
export const smtpTransport =
  (server: SmtpServer): Transport =>
  async (message) => {
    const session = new Session(server)
    try {
      return await inTime(session.send(message), deadline)
    } finally {
      session.close()
    }
  }

class Session {
  readonly #server: SmtpServer
  #socket: Socket
  #reader: ReadableStreamDefaultReader<Uint8Array>
  #writer: WritableStreamDefaultWriter<Uint8Array>
  #received = ''

  constructor(server: SmtpServer) {
    this.#server = server
    this.#socket = connect(
      { hostname: server.host, port: server.port },
      { secureTransport: server.isSecure ? 'on' : 'starttls', allowHalfOpen: false },
    )
    // Whoever waits for the work hears of a failure; nobody waits for this.
    this.#socket.closed.catch(() => undefined)
    this.#reader = this.#socket.readable.getReader()
    this.#writer = this.#socket.writable.getWriter()
  }

  async send(message: Message): Promise<'sent' | 'refused'> {
    const { from, to } = message
    const hello = `EHLO ${from.email.slice(from.email.lastIndexOf('@') + 1)}`
    await this.#reply('220')
    const offered = await this.#ask(hello, '250')
    await this.#signIn(this.#server.isSecure ? offered : await this.#secure(offered, hello))
    await this.#ask(`MAIL FROM:<${from.email}>`, '250')
    const answer = await this.#ask(`RCPT TO:<${to}>`)
    if (refusesRecipient.test(answer)) return 'refused'
    if (!answer.startsWith('25')) throw unexpected(answer)
    await this.#ask('DATA', '354')
    // A line that begins with a dot would end the mail (RFC 5321 4.5.2).
    const lines = mimeOf(message).replace(/^\./gm, '..')
    await this.#ask(`${lines}.`, '250')
    return 'sent'
  }

  close(): void {
    this.#socket.close().catch(() => undefined)
  }

  /**
   * Begins TLS and asks anew what the server offers. Without TLS anybody on the way reads the links, so
   * that a server which does not offer it gets nothing; one on this machine may do without.
   */
  async #secure(offered: string, hello: string): Promise<string> {
    if (!offersTls(offered)) {
      if (/^(?:localhost|127(?:\.\d+){3}|::1)$/.test(this.#server.host)) return offered
      throw new Error('the mail server offers no TLS')
    }
    await this.#ask('STARTTLS', '220')
    // What came before TLS may be of an intruder (CVE-2011-0411).
    this.#received = ''
    this.#reader.releaseLock()
    this.#writer.releaseLock()
    this.#socket = this.#socket.startTls()
    this.#socket.closed.catch(() => undefined)
    this.#reader = this.#socket.readable.getReader()
    this.#writer = this.#socket.writable.getWriter()
    return this.#ask(hello, '250')
  }

  /** Authenticates by PLAIN (RFC 4616), or by LOGIN, which is all that some servers offer. */
  async #signIn(offered: string): Promise<void> {
    const { credentials } = this.#server
    if (credentials === null) return
    const { user, password } = credentials
    if (offersPlain(offered)) {
      await this.#ask(`AUTH PLAIN ${base64(utf8(`\0${user}\0${password}`))}`, '235')
      return
    }
    await this.#ask('AUTH LOGIN', '334')
    await this.#ask(base64(utf8(user)), '334')
    await this.#ask(base64(utf8(password)), '235')
  }

  /** Sends a line and returns the reply. @throws Error unless the reply begins with `expected` */
  async #ask(line: string, expected = ''): Promise<string> {
    await this.#writer.write(utf8(`${line}\r\n`))
    return this.#reply(expected)
  }

  /** Reads one reply, of one or more lines: the last one has a space after its code. */
  async #reply(expected: string): Promise<string> {
    for (;;) {
      const reply = replyIn(this.#received)
      if (reply !== null) {
        this.#received = this.#received.slice(reply.length)
        if (reply.startsWith(expected)) return reply
        throw unexpected(reply)
      }
      const { done, value } = await this.#reader.read()
      if (done) throw new Error('the mail server closed the connection')
      this.#received += new TextDecoder().decode(value)
      if (this.#received.length > longestReply) throw new Error('the reply is too long')
    }
  }
}

// The code alone: servers repeat addresses in their texts, and this becomes a log line.
const unexpected = (reply: string): Error =>
  new Error(`the mail server replied ${reply.slice(0, 3)}`)
