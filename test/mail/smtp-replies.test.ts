import { describe, expect, it } from 'vitest'
import { offersPlain, offersTls, replyIn } from '../../src/mail/smtp-replies.ts'

describe('RFC 5321 4.2: a reply of a mail server', () => {
  it.each([
    ['250 ok\r\n', '250 ok\r\n'],
    ['250\r\n', '250\r\n'],
    ['250-a\r\n250-b\r\n250 c\r\n354 more\r\n', '250-a\r\n250-b\r\n250 c\r\n'],
    ['220 gr\u2028\u00fc\u00dfe\n', '220 gr\u2028\u00fc\u00dfe\n'],
  ])('%j begins with %j', (received, reply) => expect(replyIn(received)).toBe(reply))

  it.each(['', '25', '250 ok', '250-a\r\n', '250-a\r\n250-b\r\n', 'ok\r\n'])(
    '%j goes on',
    (received) => expect(replyIn(received)).toBeNull(),
  )

  it('4.2.1: a line with another code does not end it, so that no refusal counts as a success', () =>
    expect(replyIn('250-accepted\r\n550 no such user\r\n')).toBeNull())

  it('offers TLS and PLAIN on lines of their own', () => {
    const offered = '250-mail.example STARTTLS PLAIN\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN\r\n'
    const [greeting = ''] = offered.split('\r\n')
    expect([offered, greeting].map(offersTls)).toEqual([true, false])
    expect([offered, greeting].map(offersPlain)).toEqual([true, false])
  })
})
