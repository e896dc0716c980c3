import { describe, expect, it } from 'vitest'
import { isCodeChallenge, isCodeVerifier, provesChallenge } from '../../src/crypto/pkce.ts'

// RFC 7636, appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('RFC 7636: PKCE', () => {
  it('4.6: the verifier proves its challenge, and no other does', async () =>
    expect({
      own: await provesChallenge(verifier, challenge),
      other: await provesChallenge(`${verifier}a`, challenge),
      plain: await provesChallenge(challenge, challenge),
    }).toEqual({ own: true, other: false, plain: false }))

  it.each([verifier, 'a'.repeat(43), 'a'.repeat(128), `${'a'.repeat(39)}-._~`])(
    '4.1: %j can be a verifier',
    (text) => expect(isCodeVerifier(text)).toBe(true),
  )

  it.each(['', 'a'.repeat(42), 'a'.repeat(129), `${verifier}+`, ` ${verifier}`, `${verifier}\n`])(
    '4.1: %j is no verifier',
    (text) => expect(isCodeVerifier(text)).toBe(false),
  )

  it.each([challenge, 'a'.repeat(43)])('4.2: %j can be a challenge', (text) =>
    expect(isCodeChallenge(text)).toBe(true),
  )

  it.each(['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}~`])(
    '4.2: %j is no challenge',
    (text) => expect(isCodeChallenge(text)).toBe(false),
  )
})
