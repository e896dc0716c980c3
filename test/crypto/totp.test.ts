import * as OTPAuth from 'otpauth'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/crypto/encoding.ts'
import {
  type TotpSecret,
  base32,
  matchingStep,
  newTotpSecret,
  readTotpText,
  totpCode,
  totpText,
  totpUri,
} from '../../src/crypto/totp.ts'

const keyOf = (text: string) => new Uint8Array(utf8(text))

// RFC 6238, appendix B: the keys are those of its reference code, as errata 2866 says.
const keys = {
  'SHA-1': keyOf('12345678901234567890'),
  'SHA-256': keyOf('12345678901234567890123456789012'),
  'SHA-512': keyOf('1234567890123456789012345678901234567890123456789012345678901234'),
}
const vectors = [
  { at: 59, codes: { 'SHA-1': '94287082', 'SHA-256': '46119246', 'SHA-512': '90693936' } },
  { at: 1111111109, codes: { 'SHA-1': '07081804', 'SHA-256': '68084774', 'SHA-512': '25091201' } },
  { at: 1111111111, codes: { 'SHA-1': '14050471', 'SHA-256': '67062674', 'SHA-512': '99943326' } },
  { at: 1234567890, codes: { 'SHA-1': '89005924', 'SHA-256': '91819424', 'SHA-512': '93441116' } },
  { at: 2000000000, codes: { 'SHA-1': '69279037', 'SHA-256': '90698825', 'SHA-512': '38618901' } },
  { at: 20000000000, codes: { 'SHA-1': '65353130', 'SHA-256': '77737706', 'SHA-512': '47863826' } },
]

/** The code of a secret at an instant (seconds), as another implementation computes it. */
const judged = ({ key, algorithm, digits, period }: TotpSecret, at: number): string =>
  new OTPAuth.TOTP({
    secret: new OTPAuth.Secret({ buffer: key.slice().buffer }),
    algorithm: algorithm.replace('-', ''),
    digits,
    period,
  }).generate({ timestamp: at * 1000 })

describe('A code of an authenticator app', () => {
  it.each(vectors)('is that of RFC 6238, appendix B, at $at', async ({ at, codes }) => {
    const step = Math.floor(at / 30)
    const computed = {
      'SHA-1': await totpCode({ key: keys['SHA-1'], algorithm: 'SHA-1', digits: 8 }, step),
      'SHA-256': await totpCode({ key: keys['SHA-256'], algorithm: 'SHA-256', digits: 8 }, step),
      'SHA-512': await totpCode({ key: keys['SHA-512'], algorithm: 'SHA-512', digits: 8 }, step),
    }
    expect(computed).toEqual(codes)
  })

  const kinds: Omit<TotpSecret, 'key'>[] = (['SHA-1', 'SHA-256', 'SHA-512'] as const).flatMap(
    (algorithm) =>
      ([6, 8] as const).flatMap((digits) =>
        ([30, 60] as const).map((period) => ({ algorithm, digits, period })),
      ),
  )

  it.each(kinds)(
    'counts in its step and the one on each side: $algorithm, $digits digits, $period s',
    async (kind) => {
      const secret = { ...newTotpSecret(), ...kind }
      const now = 1_800_000_010
      const present = Math.floor(now / kind.period)
      const steps = [-2, -1, 0, 1, 2].map((offset) => present + offset)
      const matched = await Promise.all(
        steps.map((step) => matchingStep(secret, judged(secret, step * kind.period), now)),
      )
      expect(matched).toEqual([null, present - 1, present, present + 1, null])
    },
  )

  it('counts for no other number of digits', async () => {
    const secret = newTotpSecret()
    const code = judged(secret, 1_800_000_000)
    expect(await matchingStep(secret, `00${code}`, 1_800_000_000)).toBeNull()
  })
})

describe('The secret of an authenticator app', () => {
  it('is stored as imports bring it where it is usual, and with what differs otherwise', () => {
    const secret = newTotpSecret()
    const other: TotpSecret = { ...secret, algorithm: 'SHA-512', digits: 8, period: 60 }
    const texts = { usual: totpText(secret), other: totpText(other) }
    expect({ ...texts, read: [readTotpText(texts.usual), readTotpText(texts.other)] }).toEqual({
      usual: new OTPAuth.Secret({ buffer: secret.key.slice().buffer }).base32,
      other: `otpauth://totp/app?secret=${texts.usual}&algorithm=SHA512&digits=8&period=60`,
      read: [secret, other],
    })
  })

  it.each<[string, Partial<TotpSecret>, string]>([
    ['an algorithm', { algorithm: 'SHA-256' }, 'algorithm=SHA256&digits=6&period=30'],
    ['a number of digits', { digits: 8 }, 'algorithm=SHA1&digits=8&period=30'],
    ['a period', { period: 60 }, 'algorithm=SHA1&digits=6&period=60'],
  ])('is stored with everything where %s alone differs', (_what, kind, parameters) => {
    const secret = { ...newTotpSecret(), ...kind }
    expect(totpText(secret)).toBe(`otpauth://totp/app?secret=${base32(secret.key)}&${parameters}`)
  })

  it.each([
    ['in lower case', 'jbswy3dpehpk3pxp'],
    ['with padding', 'JBSWY3DPEHPK3PXP======'],
    ['by a URI alone', 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=sha1'],
  ])('of ten bytes is read %s', (_how, text) =>
    expect(readTotpText(text)?.key).toEqual(
      new Uint8Array([...utf8('Hello!'), 0xde, 0xad, 0xbe, 0xef]),
    ),
  )

  it('RFC 4648 10: is written in base32 without padding', () =>
    expect(
      ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(utf8(text))),
    ).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']))

  it.each([
    ['of a space before it', ' JBSWY3DPEHPK3PXP'],
    ['of padding within it', 'JBSWY3DP=EHPK3PXP'],
    ['of a letter that base32 has not', 'JBSWY3DPEHPK3PX1'],
    ['of less than 10 bytes', 'JBSWY3DPEHPK3P'],
    ['of MD5', 'otpauth://totp/app?secret=JBSWY3DPEHPK3PXP&algorithm=MD5'],
    ['of 7 digits', 'otpauth://totp/app?secret=JBSWY3DPEHPK3PXP&digits=7'],
    ['of 45 seconds', 'otpauth://totp/app?secret=JBSWY3DPEHPK3PXP&period=45'],
    ['of a counter', 'otpauth://hotp/?secret=JBSWY3DPEHPK3PXP&counter=1'],
    ['without a key', 'otpauth://totp/app?digits=6'],
  ])('is not read %s', (_name, text) => {
    expect(readTotpText(text)).toBeNull()
  })

  it('is shown to apps by a URI that another implementation reads', () => {
    const secret = newTotpSecret()
    const uri = totpUri(secret, { issuer: 'Bank & Söhne: Ä', account: 'jo+x@example.com' })
    const read = OTPAuth.URI.parse(uri)
    if (!(read instanceof OTPAuth.TOTP)) throw new Error('not a TOTP')
    const { issuer, label, algorithm, digits, period } = read
    expect({ issuer, label, algorithm, digits, period, key: read.secret.bytes }).toEqual({
      issuer: 'Bank & Söhne Ä',
      label: 'jo+x@example.com',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
      key: secret.key,
    })
  })
})
