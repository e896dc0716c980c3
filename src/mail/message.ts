// Writes a mail: plain text and HTML of the same words, with one link and one code. There is no image and
// nothing that tells who has read it.
import type { WaitingMail } from '../core/people/mail/mailer.ts'
import type { Settings } from '../core/server/settings.ts'
import { mailableAddress } from '../protocol/mail-address.ts'
import { de } from './texts/de.ts'
import { en, type MailTexts } from './texts/en.ts'

/** A mail as transports take it: one recipient, addresses in ASCII, no control character in a header. */
export type Message = {
  from: { email: string; name: string }
  to: string
  subject: string
  text: string
  html: string
  /** In seconds. */
  at: number
  /** Further headers, by their names. */
  headers: Readonly<Record<string, string>>
}

const languages: Readonly<Record<string, MailTexts>> = { en, de }

/** What a mail shows of its deployment. */
export type Sender = { from: string; brand: Settings['brand'] }

/** The colour of the pages where the brand has none. */
const usualAccent = '#1d5f58'

/**
 * Writes a mail in its language, or in English.
 * @throws TypeError if a header would have a control character, or the recipient is not one address
 */
export function messageOf(mail: WaitingMail, { from, brand }: Sender): Message {
  const [language = 'en'] = mail.language.split('-')
  const texts = languages[language] ?? en
  const { host } = new URL(mail.issuer)
  const name = visible(brand.name)
  const fill = (sentence: string): string =>
    sentence.replace(/\{([a-z]+)\}/g, (_, word: string) =>
      visible({ ...mail.facts, brand: name, host }[word] ?? ''),
    )
  const { subject, text, action, note } = texts.kinds[mail.kind]
  const { link = '', code, minutes, change } = mail.facts
  const changed = Object.entries(texts.changes).flatMap(([name, of]) => (name === change ? of : []))
  const words = {
    subject: fill(subject),
    paragraphs: [text, ...changed].map(fill),
    action: fill(action),
    link,
    code: code === undefined ? null : { hint: texts.code, digits: code.replace(/^.{4}/, '$& ') },
    notes: [...(minutes === undefined ? [] : [fill(texts.once)]), fill(note), fill(texts.sender)],
  }
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const message = {
    from: { email: addressOf(from), name },
    to: addressOf(mail.to),
    subject: `${name}: ${words.subject}`,
    text: plainText(words),
    at: mail.at,
    html: html(words, texts === de ? 'de' : 'en', brand.accent ?? usualAccent),
    headers: {
      // No vacation notice may answer it. RFC 3834 5.
      'Auto-Submitted': 'auto-generated',
      'Message-ID': `<${mail.id}@${addressOf(`x@${domain}`).slice(2)}>`,
    },
  }
  refuseControls([message.subject, message.to, ...Object.values(message.headers)])
  return message
}

/** @throws TypeError */
function addressOf(text: string): string {
  const address = mailableAddress(text)
  if (address === null) throw new TypeError('not one address')
  return address
}

// A line break in a header would begin the next header; transports do not refuse it.
function refuseControls(values: readonly string[]): void {
  if (values.some((value) => /\p{Cc}/u.test(value))) {
    throw new TypeError('a header has a control character')
  }
}

/**
 * Returns a text without what is not seen: line breaks, and marks by which text runs backwards, so that a
 * name cannot make a sentence say something else.
 */
const visible = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()

type Words = {
  subject: string
  paragraphs: readonly string[]
  action: string
  link: string
  code: { hint: string; digits: string } | null
  notes: readonly string[]
}

function plainText({ subject, paragraphs, action, link, code, notes }: Words): string {
  const parts = [
    subject,
    ...paragraphs,
    `${action}:\n${link}`,
    ...(code === null ? [] : [`${code.hint}\n${code.digits}`]),
    ...notes,
  ]
  return `${parts.join('\n\n')}\n`
}

function html(words: Words, language: string, accent: string): string {
  const { subject, paragraphs, action, link, code, notes } = words
  const body = [
    `<h1 style="font-size:20px">${escaped(subject)}</h1>`,
    ...paragraphs.map(paragraph),
    `<p><a href="${escaped(link)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:${accent};color:${inkOn(accent)};text-decoration:none">${escaped(action)}</a></p>`,
    ...(code === null
      ? []
      : [
          paragraph(code.hint),
          `<p style="font:28px monospace;letter-spacing:2px">${escaped(code.digits)}</p>`,
        ]),
    ...notes.map((note) => `<p style="font-size:14px;color:#666">${escaped(note)}</p>`),
  ]
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(subject)}</title></head><body style="font-family:sans-serif;line-height:1.5;max-width:520px;margin:24px auto;padding:0 16px">${body.join('\n')}</body></html>`
}

const paragraph = (text: string): string => `<p>${escaped(text)}</p>`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)

/** Black or white, whichever is easier to read on a colour (#rrggbb). */
function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    Number.parseInt(colour.slice(at, at + 2), 16),
  )
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? '#000' : '#fff'
}
