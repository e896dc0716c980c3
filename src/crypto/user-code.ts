// User codes: what a device shows and a person types. RFC 8628 6.1.

// "Not using vowels (to prevent inadvertently creating random words)": 20 letters that are hard to
// mistake for each other. Eight of them are 34.5 bits.
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

/** Returns a random user code, as a device shows it: `XXXX-XXXX`. */
export function newUserCode(): string {
  let code = ''
  while (code.length < 8) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1))
    // 240 is the last multiple of 20: beyond it the first letters would be more likely.
    if (byte < 240) code += letters.charAt(byte % letters.length)
  }
  return shown(code)
}

/**
 * Returns a typed user code in the spelling that devices show, or null if it cannot be one. "It is
 * recommended that the server ignore any characters like punctuation that are not in the user code
 * character set" (RFC 8628 6.1), and case.
 */
export function readUserCode(typed: string): string | null {
  const code = typed.replace(/[\s\p{P}]/gu, '').toUpperCase()
  return code.length === 8 && [...code].every((letter) => letters.includes(letter))
    ? shown(code)
    : null
}

const shown = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`
