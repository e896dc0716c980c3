// A message as SMTP carries it: headers in ASCII, and both parts in base64. RFC 5322, 2045, 2047.
import { base64, utf8 } from '../crypto/encoding.ts'
import type { Message } from './message.ts'

/**
 * Returns a message with CRLF line ends. No header has more than 998 characters in a line, because what
 * is not plain is folded.
 */
export function mimeOf(message: Message): string {
  const { from, to, subject, at, headers } = message
  const boundary = `=_${crypto.randomUUID()}`
  const lines = {
    From: `${phrase(from.name)} <${from.email}>`,
    To: to,
    Subject: unstructured(subject),
    Date: new Date(at * 1000).toUTCString().replace('GMT', '+0000'),
    ...headers,
    'MIME-Version': '1.0',
    'Content-Type': `multipart/alternative; boundary="${boundary}"`,
  }
  return [
    ...Object.entries(lines).map(([name, value]) => `${name}: ${value}`),
    '',
    ...part(boundary, 'plain', message.text),
    ...part(boundary, 'html', message.html),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

const part = (boundary: string, type: 'plain' | 'html', text: string): string[] => [
  `--${boundary}`,
  `Content-Type: text/${type}; charset=utf-8`,
  'Content-Transfer-Encoding: base64',
  '',
  ...(base64(utf8(text.replaceAll('\n', '\r\n'))).match(/.{1,76}/g) ?? []),
]

/** A display name: quoted, or in encoded words, which must not be quoted (RFC 2047 5). */
const phrase = (name: string): string =>
  isPlain(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodedWords(name)

const unstructured = (text: string): string => (isPlain(text) ? text : encodedWords(text))

// What looks like an encoded word would be decoded.
const isPlain = (text: string): boolean => /^[\x20-\x7e]{0,200}$/.test(text) && !text.includes('=?')

/** "An 'encoded-word' may not be more than 75 characters long", RFC 2047 2: 11 characters fit at least. */
const encodedWords = (text: string): string =>
  (text.match(/.{1,11}/gsu) ?? [])
    .map((piece) => `=?UTF-8?B?${base64(utf8(piece))}?=`)
    .join('\r\n ')
