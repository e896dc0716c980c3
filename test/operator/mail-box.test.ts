// The box of `npm start`, by itself.
import { createServer } from 'node:http'
import { type Socket, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MailBox, openMailBox } from '../../src/operator/mail-box.ts'
import { freePort } from '../../src/operator/port.ts'
import { askAs } from './boot.ts'

let port = 0
let box: MailBox | null = null
beforeEach(async () => {
  port = await freePort()
  box = await openMailBox(port)
})
afterEach(() => box?.close())

/** Delivers a mail by SMTP, each line after the reply to the one before. */
async function deliver(lines: readonly string[]): Promise<void> {
  const { hostname, port: at } = new URL(box?.smtpUrl ?? '')
  const socket: Socket = connect(Number(at), hostname)
  const replies = createInterface({ input: socket })
  const waiting = [...lines]
  for await (const reply of replies) {
    if (/^\d{3}-/.test(reply)) continue
    const next = waiting.shift()
    if (next === undefined) break
    socket.write(`${next}\r\n`)
  }
  socket.destroy()
}

const dialogue = (to: string, message: string) => [
  'EHLO example.com',
  'MAIL FROM:<a@example.com>',
  `RCPT TO:<${to}>`,
  'DATA',
  `${message}\r\n.`,
]

const messages = async (): Promise<unknown> =>
  (await fetch(`http://localhost:${port}/messages`)).json()

describe('the box', () => {
  it('shows mails as JSON, newest first', async () => {
    await deliver(dialogue('one@example.com', 'Subject: first\r\n\r\nHello'))
    await deliver(
      dialogue(
        'two@example.com',
        'Subject: =?UTF-8?Q?zw=C3=B6lf?=\r\nContent-Type: text/html\r\n\r\n<b>x</b>',
      ),
    )
    expect(await messages()).toMatchObject([
      { to: 'two@example.com', subject: 'zwölf', html: '<b>x</b>\n' },
      { to: 'one@example.com', subject: 'first', text: 'Hello\n', html: '' },
    ])
  })

  it('shows them on a page on which a mail can do nothing', async () => {
    await deliver(
      dialogue(
        'a@example.com',
        'Subject: <script>x()</script>\r\n\r\nhttp://localhost/mail/reset?token=a&b',
      ),
    )
    const page = await fetch(`http://localhost:${port}/`)
    const html = await page.text()
    expect({
      script: html.includes('<script'),
      link: html.includes('href="http://localhost/mail/reset?token=a&#38;b"'),
      policy: page.headers.get('Content-Security-Policy'),
    }).toEqual({
      script: false,
      link: true,
      policy: "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups",
    })
  })

  it('tells a website under a name of its own nothing, and takes no other method', async () => {
    const post = await fetch(`http://localhost:${port}/messages`, { method: 'POST' })
    expect({
      rebound: (await askAs('evil.example', port, '/messages')).status,
      post: post.status,
      nothing: (await fetch(`http://localhost:${port}/x`)).status,
    }).toEqual({ rebound: 421, post: 405, nothing: 404 })
  })

  it('is not opened where something else listens', async () => {
    const taken = await freePort()
    const other = createServer().listen(taken, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    expect([await openMailBox(taken), await openMailBox(65_536)]).toEqual([null, null])
    other.close()
  })
})
