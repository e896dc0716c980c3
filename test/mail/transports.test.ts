// The transports beside SMTP: what each is asked, and what its answers mean. Nothing leaves this machine.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WaitingMail } from '../../src/core/people/mail/mailer.ts'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { openMailer } from '../../src/mail/mailer.ts'
import { mailSettings } from '../support/mail.ts'
import { testSettings } from '../support/settings.ts'

afterEach(() => vi.restoreAllMocks())

const mail: WaitingMail = {
  id: '0193b2c4-0000-7000-8000-000000000000',
  kind: 'password-changed',
  to: 'a@example.com',
  language: 'en',
  facts: { link: 'https://id.example/' },
  issuer: 'https://id.example',
  until: null,
  at: 1_800_000_000,
}

function mailerWith(change: Record<string, string>, env: { EMAIL?: SendEmail } = {}) {
  const outcome = configurationFrom({ ...testSettings, ...mailSettings, ...change })
  if ('faults' in outcome) throw new Error(outcome.faults.join())
  const mailer = openMailer(outcome.settings, env)
  if (mailer === null) throw new Error('MAIL is not set')
  return mailer
}

/** Answers the next requests of the server, and keeps what they were. */
function answering(status: number, body: unknown) {
  const asked: { url: string; headers: Record<string, string>; body: unknown }[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init)
    asked.push({
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: JSON.parse(await request.text()),
    })
    return new Response(JSON.stringify(body), { status })
  })
  return asked
}

const parts = {
  text: expect.stringContaining('https://id.example/'),
  html: expect.stringContaining('<a href="https://id.example/"'),
}
const ownId = '<0193b2c4-0000-7000-8000-000000000000@id.example>'
const subject = 'Postern: Your password was changed'

describe('MAIL=http', () => {
  const resend = { MAIL: 'http', MAIL_API: 'resend', MAIL_API_KEY: 're_key' }
  const postmark = { MAIL: 'http', MAIL_API: 'postmark', MAIL_API_KEY: 'pm key' }

  it('asks Resend, once for each mail however often it is sent', async () => {
    const asked = answering(200, { id: '1' })
    expect(await mailerWith(resend).send(mail)).toBe('sent')
    expect(asked).toEqual([
      {
        url: 'https://api.resend.com/emails',
        headers: {
          authorization: 'Bearer re_key',
          'content-type': 'application/json',
          'idempotency-key': ownId,
        },
        body: {
          from: '"Postern" <no-reply@id.example>',
          to: 'a@example.com',
          subject,
          ...parts,
          headers: { 'Auto-Submitted': 'auto-generated', 'Message-ID': ownId },
        },
      },
    ])
  })

  it('asks Postmark, without tracking', async () => {
    const asked = answering(200, { ErrorCode: 0 })
    expect(await mailerWith(postmark).send(mail)).toBe('sent')
    expect(asked).toEqual([
      {
        url: 'https://api.postmarkapp.com/email',
        headers: { 'x-postmark-server-token': 'pm key', 'content-type': 'application/json' },
        body: {
          From: '"Postern" <no-reply@id.example>',
          To: 'a@example.com',
          Subject: subject,
          TextBody: parts.text,
          HtmlBody: parts.html,
          Headers: [
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'Message-ID', Value: ownId },
          ],
          MessageStream: 'outbound',
          TrackOpens: false,
          TrackLinks: 'None',
        },
      },
    ])
  })

  it('gives up a recipient whom Postmark has made inactive', async () => {
    answering(422, { ErrorCode: 406, Message: 'inactive' })
    expect(await mailerWith(postmark).send(mail)).toBe('refused')
  })

  it.each([
    [resend, 401, {}],
    [resend, 429, {}],
    [postmark, 500, {}],
    [postmark, 422, { ErrorCode: 300 }],
  ])(
    'P05: is tried again if the service refuses the request: %j %i',
    async (settings, status, body) => {
      answering(status, body)
      await expect(mailerWith(settings).send(mail)).rejects.toThrow(
        `the mail service answered ${status}`,
      )
    },
  )

  it('P05: is tried again if the service does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(globalThis, 'fetch').mockImplementation(() => new Promise(() => undefined))
    const sending = expect(mailerWith(resend).send(mail)).rejects.toThrow('too long')
    await vi.advanceTimersByTimeAsync(3_000)
    await sending
    vi.useRealTimers()
  })
})

describe('MAIL=binding', () => {
  const binding = { MAIL: 'binding' }
  const failing = (failure: unknown): { EMAIL: SendEmail } => ({
    EMAIL: { send: () => Promise.reject(failure) },
  })

  it('asks the binding, without the headers that the service makes itself', async () => {
    const asked: unknown[] = []
    const EMAIL: SendEmail = {
      send: (message: unknown) => {
        asked.push(message)
        return Promise.resolve({ messageId: '1' })
      },
    }
    expect(await mailerWith(binding, { EMAIL }).send(mail)).toBe('sent')
    expect(asked).toEqual([
      {
        from: { email: 'no-reply@id.example', name: 'Postern' },
        to: 'a@example.com',
        subject,
        ...parts,
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
    ])
  })

  it('gives up a suppressed recipient', async () => {
    const failure = Object.assign(new Error('no'), { code: 'E_RECIPIENT_SUPPRESSED' })
    expect(await mailerWith(binding, failing(failure)).send(mail)).toBe('refused')
  })

  it('P05: is tried again after any other failure, and where there is no binding', async () => {
    const failure = Object.assign(new Error('slow down'), { code: 'E_RATE_LIMIT_EXCEEDED' })
    await expect(mailerWith(binding, failing(failure)).send(mail)).rejects.toThrow('slow down')
    await expect(mailerWith(binding).send(mail)).rejects.toThrow('[[send_email]]')
  })

  it('P05: is tried again if the binding hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const EMAIL: SendEmail = { send: () => new Promise(() => undefined) }
    const sending = expect(mailerWith(binding, { EMAIL }).send(mail)).rejects.toThrow('too long')
    await vi.advanceTimersByTimeAsync(10_000)
    await sending
    vi.useRealTimers()
  })
})

describe('MAIL=log', () => {
  it('prints the words', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    expect(await mailerWith({ MAIL: 'log' }).send(mail)).toBe('sent')
    expect(JSON.parse(String(print.mock.calls[0]?.[0]))).toEqual({
      event: 'mail',
      to: 'a@example.com',
      subject,
      text: parts.text,
    })
  })
})

describe('the settings of mail', () => {
  const deployed = {
    ISSUER: 'https://id.example',
    ADMIN_TOKEN: testSettings.ADMIN_TOKEN,
    MASTER_KEY: testSettings.MASTER_KEY,
  }
  const faultsOf = (settings: Record<string, string>) => {
    const outcome = configurationFrom({ ...deployed, ...settings })
    return 'faults' in outcome ? outcome.faults : []
  }
  const from = { MAIL_FROM: 'no-reply@id.example' }

  it.each([
    [{ MAIL: 'pigeon' }, ['MAIL: must be one of off, binding, smtp, http, log']],
    [{ ...from, MAIL: 'log' }, ['MAIL: may be log in development only']],
    [{ ...from, MAIL: 'smtp' }, ['SMTP_URL: is required for MAIL = smtp']],
    [{ ...from, MAIL: 'http' }, ['MAIL_API_KEY: is required for MAIL = http']],
    [{ MAIL: 'binding' }, ['MAIL_FROM: is required by MAIL']],
    [
      { MAIL: 'binding', MAIL_FROM: 'Postern <no-reply@id.example>' },
      ['MAIL_FROM: must be an address like no-reply@example.org'],
    ],
    [
      { ...from, MAIL: 'smtp', SMTP_URL: 'https://mail.example' },
      [
        'SMTP_URL: must be smtp://user:password@host:port or smtps://...',
        'SMTP_URL: is required for MAIL = smtp',
      ],
    ],
    [
      { ...from, MAIL: 'smtp', SMTP_URL: 'smtp://mail.example:25' },
      ['SMTP_URL: cannot use port 25, which Workers cannot reach'],
    ],
    [{ ...from, MAIL: 'smtp', SMTP_URL: 'smtps://a:b@mail.example' }, []],
    [{ ...from, MAIL: 'binding' }, []],
    [{}, []],
  ])('%j', (settings, faults) => {
    expect(faultsOf(settings)).toEqual(faults)
  })

  it('never show a password', () => {
    const outcome = configurationFrom({
      ...deployed,
      ...from,
      ...{ MAIL: 'smtp', SMTP_URL: 'smtps://me:hunter2@mail.example', MAIL_API_KEY: 'hunter2' },
    })
    expect(JSON.stringify('inForce' in outcome ? outcome.inForce : null)).not.toContain('hunter2')
  })
})
