// Names, addresses and codes of people, and the addresses that mail goes to.
import { emailFault, foldLoginName, loginNameFault } from '../../../src/core/people/login-name.ts'
import { mailableAddress } from '../../../src/protocol/mail-address.ts'
import { readUserCode } from '../../../src/crypto/user-code.ts'
import { matchingStep, readTotpText, totpText } from '../../../src/crypto/totp.ts'
import { mimeOf } from '../../../src/mail/mime.ts'
import { messageOf } from '../../../src/mail/message.ts'
import { consolePath } from '../../../src/core/authorization/screen.ts'
import { offersPlain, offersTls, replyIn } from '../../../src/mail/smtp-replies.ts'
import { jsonTarget, promise, refusable, textTarget } from '../target.ts'

const addresses = [
  'ada@example.com',
  'a.b+c@mail.example.co.uk',
  'ada@münchen.example',
  'ada@[192.0.2.1]',
  'ÅDA@EXAMPLE.COM',
]

const loginName = textTarget(
  'login-name',
  ['ada', 'Ada Lovelace', 'ж', 'أحمد', '李', 'l·l', 'usr_AAAAAAAAAAAAAAAAAAAAAA', 'ＡＤＡ'],
  (text) => {
    const fault = loginNameFault(text)
    if (fault !== null) return fault.slice(0, 40)
    const folded = foldLoginName(text)
    promise(foldLoginName(folded) === folded, 'a folded name is its own fold', text, folded)
    promise(folded !== '' && text.isWellFormed() && !text.includes('\0'), 'a name is text', text)
    return `accepted ${folded === text}`
  },
)

const email = textTarget('e-mail', addresses, (text) => {
  const fault = emailFault(text)
  const mailable = mailableAddress(text)
  if (mailable !== null) {
    promise(
      mailableAddress(mailable) === mailable,
      'an address for mail is its own',
      text,
      mailable,
    )
    promise(
      /^[\x21-\x7e]+$/.test(mailable) && !/[<>(),;:\\"\s]/.test(mailable),
      'one recipient',
      mailable,
    )
    promise(mailable.split('@').length === 2, 'one @', mailable)
  }
  if (fault !== null) return `${fault.slice(0, 30)} ${mailable !== null}`
  promise(foldLoginName(foldLoginName(text)) === foldLoginName(text), 'a fold of a fold', text)
  return `accepted ${mailable !== null}`
})

// What is nobody's address is never one that mail goes to: a text would have two meanings.
const mailableAlone = textTarget('mail-address', addresses, (text) => {
  const mailable = mailableAddress(text)
  if (mailable === null) return 'refused'
  const [domain = ''] = text.split('@').slice(-1)
  promise(
    emailFault(text) === null || domain.length > 200,
    'who gets mail has an address',
    text,
    mailable,
  )
  return String(mailable === text)
})

const userCode = textTarget('user-code', ['BCDF-GHJK', 'bcdfghjk', 'BCDF GHJK'], (text) => {
  const code = readUserCode(text)
  if (code === null) return 'refused'
  promise(
    readUserCode(code) === code && /^[B-Z]{4}-[B-Z]{4}$/.test(code),
    'RFC 8628 6.1',
    text,
    code,
  )
  return 'accepted'
})

const totp = textTarget(
  'totp',
  [
    'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    'otpauth://totp/app?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=8&period=60',
  ],
  async (text) => {
    const secret = readTotpText(text)
    if (secret === null) return 'refused'
    const printed = totpText(secret)
    const again = readTotpText(printed)
    promise(again !== null && totpText(again) === printed, 'a secret is read back', text, printed)
    promise((await matchingStep(secret, text, 1_700_000_000)) === null || text.length < 9, 'a code')
    return `${secret.algorithm} ${secret.digits} ${secret.period}`
  },
)

const consoleAddress = textTarget(
  'console-path',
  ['/admin/users/1', '/admin/events?cursor=a.b&kind=x', '/admin', '/admin/%2F..//evil.example'],
  (text) => {
    const path = consolePath(`/admin${text}`)
    const url = new URL(path, 'https://as.example')
    promise(url.origin === 'https://as.example', 'an address of ours', text, path)
    promise(url.pathname === '/' || /^\/admin|^\/[^/]*/.test(url.pathname), 'of the console', path)
    return path === '/admin' ? 'first screen' : 'kept'
  },
)

const mail = {
  kind: 'reset',
  to: 'ada@example.com',
  language: 'de',
  brand: 'Example GmbH',
  facts: { link: 'https://as.example/mail/reset?token=abc', code: '12345678', minutes: '30' },
}

const brand = {
  ...{ logoUrl: undefined, logoDarkUrl: undefined, isNameShown: true, iconUrl: undefined },
  ...{ accent: undefined, clientLogoOrigins: [], scopeTexts: new Map() },
  shape: 'arch',
  links: { privacy: undefined, terms: undefined, imprint: undefined, help: undefined },
} as const

type Fields = Record<string, unknown>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
const textIn = (fields: Fields, name: string): string =>
  typeof fields[name] === 'string' ? fields[name] : ''

/** Whatever a brand, an address or a link is: a mail has its headers and no others. */
const message = jsonTarget('mail', [mail, { ...mail, language: 'en', brand: 'Ä"\\<>' }], (value) =>
  refusable([TypeError], () => {
    const fields = fieldsOf(value)
    const facts = fieldsOf(fields['facts'])
    const written = messageOf(
      {
        kind: 'reset',
        id: '01890a5d-ac96-774b-bcce-b302099a8057',
        to: textIn(fields, 'to'),
        language: textIn(fields, 'language'),
        issuer: 'https://as.example',
        at: 1_700_000_000,
        until: null,
        facts: {
          link: textIn(facts, 'link'),
          code: textIn(facts, 'code'),
          minutes: textIn(facts, 'minutes'),
        },
      },
      {
        from: 'no-reply@as.example',
        brand: { ...brand, name: textIn(fields, 'brand') },
      },
    )
    const text = mimeOf(written)
    const [head = '', ...parts] = text.split('\r\n\r\n')
    const names = head
      .split('\r\n')
      .filter((line) => !line.startsWith(' '))
      .map((line) => line.split(':')[0])
    const expected = [
      'From',
      'To',
      'Subject',
      'Date',
      'Auto-Submitted',
      'Message-ID',
      'MIME-Version',
      'Content-Type',
    ]
    promise(names.join() === expected.join(), 'RFC 5322: no header of a fact', names)
    promise(parts.length === 3, 'two parts', parts.length)
    promise(
      /^[\r\n\x20-\x7e]*$/.test(text) && !/(?<!\r)\n|\r(?!\n)/.test(text),
      'ASCII with CRLF',
      head,
    )
    promise(
      text.split('\r\n').every((line) => line.length <= 998),
      'RFC 5322 2.1.1: 998 characters',
      head,
    )
    return `sent ${head.includes('=?UTF-8?B?')}`
  }),
)

const reply = textTarget(
  'smtp-reply',
  ['250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n', '220 ready\r\n', '550 no\r\n'],
  (text) => {
    const read = replyIn(text)
    if (read === null) return 'goes on'
    const codes = read
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, 3))
    promise(text.startsWith(read) && new Set(codes).size === 1, 'RFC 5321 4.2.1: one code', text)
    promise(replyIn(read) === read, 'a reply is a reply', read)
    return `${codes.length > 1} ${offersTls(read)} ${offersPlain(read)}`
  },
)

export const peopleTargets = [
  reply,
  loginName,
  email,
  mailableAlone,
  userCode,
  totp,
  consoleAddress,
  message,
]
