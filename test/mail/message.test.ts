// Every mail as its reader gets it: sent by SMTP, and read by a library that nobody here wrote.
import { describe, expect, it } from 'vitest'
import type { MailFacts, MailKind } from '../../src/core/people/mail/kinds.ts'
import type { WaitingMail } from '../../src/core/people/mail/mailer.ts'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { openMailer } from '../../src/mail/mailer.ts'
import { messageOf } from '../../src/mail/message.ts'
import { mailSettings, mailsTo } from '../support/mail.ts'
import { testSettings } from '../support/settings.ts'

const link = 'https://id.example/mail/reset?token=xfZ0YQTBJdpWG2y6qK4bJQmD3nS1vR8uT7eA9cL5hPk'
const coded = { link, code: '01234567', minutes: '15' }

const facts: MailFacts = {
  verify: coded,
  reset: coded,
  'no-password': { link },
  'password-changed': { link },
  'sign-in': coded,
  'sign-up': coded,
  'account-exists': { link },
  invite: { link, days: '7' },
  'change-address': coded,
  'address-changed': { link, address: 'new@example.com', days: '7' },
  delete: coded,
  deletion: { link, date: '4 December 2026' },
  'account-changed': { link, change: 'providerLinked', provider: 'Google' },
}

const kinds = Object.entries(facts).map(([kind, of]: [string, Record<string, string>]) => ({
  kind,
  of,
}))

const isKind = (kind: string): kind is MailKind => Object.hasOwn(facts, kind)

function waiting(kind: string, language: string, change: Partial<WaitingMail> = {}): WaitingMail {
  if (!isKind(kind)) throw new Error(kind)
  return {
    id: crypto.randomUUID(),
    kind,
    to: `${crypto.randomUUID()}@example.com`,
    language,
    facts: { ...facts[kind] },
    issuer: 'https://id.example',
    until: null,
    at: Date.now() / 1000,
    ...change,
  }
}

function mailerWith(change: Record<string, string> = {}) {
  const outcome = configurationFrom({ ...testSettings, ...mailSettings, ...change })
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  const mailer = openMailer(outcome.settings, {})
  if (mailer === null) throw new Error('MAIL is not set')
  return mailer
}

async function sent(mail: WaitingMail, settings: Record<string, string> = {}) {
  expect(await mailerWith(settings).send(mail)).toBe('sent')
  const [received] = await mailsTo(mail.to)
  if (received === undefined) throw new Error('it did not arrive')
  return received
}

/** The words of HTML. */
const wordsOf = (html: string): string[] =>
  html
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g, '$2: $1')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .split(/\s+/)
    .filter((word) => word !== '')

describe.each(['en', 'de'])('a mail in %s', (language) => {
  it.each(kinds)('$kind: says the same in both parts', async ({ kind, of }) => {
    const mail = waiting(kind, language)
    const { text, html, subject, headerLines, headers } = await sent(mail)
    expect({
      same: wordsOf(html),
      links: text.split('https://').length - 1,
      code: text.includes('0123 4567'),
      host: text.includes('id.example,') || text.includes('id.example.'),
      unfilled: /[{}]/.test(text + html + subject),
      remote: /<(?:img|link|script|iframe)|url\(/.test(html),
      long: headerLines.filter((line) => line.length > 998),
      automatic: headers['auto-submitted'],
      ours: headers['message-id'],
      lang: /<html lang="(..)"/.exec(html)?.[1],
    }).toEqual({
      same: text.split(/\s+/).filter((word) => word !== ''),
      links: 1,
      code: 'code' in of,
      host: true,
      unfilled: false,
      remote: false,
      long: [],
      automatic: 'auto-generated',
      ours: `<${mail.id}@id.example>`,
      lang: language,
    })
  })
})

describe('a header', () => {
  it('has only ASCII, in words of at most 75 characters, and is read as it was written', async () => {
    const name = 'Bäckerei „Süße Brötchen“ & Söhne, 日本語の名前です 🥐'
    const mail = await sent(waiting('reset', 'de'), { BRAND_NAME: name })
    expect({
      subject: mail.subject,
      odd: mail.headerLines.filter((line) => /[^\x20-\x7e\t]/.test(line)),
      long: mail.headerLines.filter((line) => line.length > 78 && line.includes('=?')),
      quoted: /"[^"]*=\?/.test(mail.headers.from ?? ''),
      from: mail.from,
    }).toEqual({
      subject: `${name}: Neues Passwort festlegen`,
      odd: [],
      long: [],
      quoted: false,
      from: 'no-reply@id.example',
    })
  })

  it('P07: of a hostile brand is one header, and no part of the HTML', async () => {
    const name = 'Evil\r\nX-Evil: yes\u202E<b>"\\ =?utf-8?q?x?='
    const mail = await sent(waiting('reset', 'en'), { BRAND_NAME: name })
    expect({
      evil: mail.headers['x-evil'],
      names: Object.keys(mail.headers).sort(),
      bold: mail.html.includes('<b>'),
      turned: /[\u202a-\u202e\u2066-\u2069]/.test(mail.html + mail.text + mail.subject),
      subject: mail.subject,
    }).toEqual({
      evil: undefined,
      names: [
        ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version'],
        ...['subject', 'to'],
      ],
      bold: false,
      turned: false,
      subject: 'Evil X-Evil: yes <b>"\\ =?utf-8?q?x?=: Set a new password',
    })
  })

  it('P07: of a hostile fact is words and nothing else', async () => {
    const address = 'a@example.com\r\n.\r\nRCPT TO:<evil@example.com>\r\n<script>alert(1)</script>'
    const mail = waiting('address-changed', 'en', { facts: { link, address, days: '7' } })
    const { html, to } = await sent(mail)
    expect({
      script: html.includes('<script'),
      to,
      evil: await mailsTo('evil@example.com'),
    }).toEqual({ script: false, to: [mail.to], evil: [] })
  })

  it.each([
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com,b@example.com',
    'a@example.com> NOTIFY=SUCCESS',
    '"a b"@example.com',
    'a@[127.0.0.1]',
    'ä@example.com',
  ])('P06: is not made for the recipient %j', (to) => {
    const { mail, brand } = settingsOf()
    expect(() => messageOf(waiting('reset', 'en', { to }), { from: mail.from, brand })).toThrow(
      TypeError,
    )
  })

  it('P06: an international domain goes out in ASCII (RFC 5891)', () => {
    const { mail, brand } = settingsOf()
    const message = messageOf(waiting('reset', 'en', { to: 'a@Bücher.example' }), {
      from: mail.from,
      brand,
    })
    expect(message.to).toBe('a@xn--bcher-kva.example')
  })
})

function settingsOf() {
  const outcome = configurationFrom({ ...testSettings, ...mailSettings })
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  return outcome.settings
}

describe('the colour of the brand', () => {
  it.each([
    ['#ffee00', '#000'],
    ['#102040', '#fff'],
  ])('%s is under %s', (accent, ink) => {
    const { mail, brand } = settingsOf()
    const { html } = messageOf(waiting('reset', 'en'), {
      from: mail.from,
      brand: { ...brand, accent },
    })
    expect(html).toContain(`background:${accent};color:${ink};`)
  })
})
