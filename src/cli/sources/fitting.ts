import type { Draft, RowProblem } from './source.ts'

/** What the import protocol takes: a name of one line and 200 characters, and a secret in base32, or as a URI. */
const longestName = 200
const totpSecret = /^(?:otpauth:\/\/totp\/app\?secret=)?[A-Z2-7]{16,256}(?:&[\w=&]+)?$/i

/** Roughly: the worker judges it. */
const emailAddress = /^[^@\s]+@[^@\s]+\.[^@\s]+$/

/**
 * Leaves out of a person what would make the worker refuse all of it, though it is not what the person
 * is known by, and lists what is lost.
 */
export function fitting(draft: Draft): { draft: Draft; problems: RowProblem[] } {
  const { username, email } = draft
  // Exports pad the secret, and the import protocol does not.
  const totp = draft.totp?.replace(/=+$/, '')
  const problems = [draft.problem, draft.totpProblem]
  const isBadSecret = totp !== undefined && !totpSecret.test(totp)
  const isBadEmail = username !== undefined && email !== undefined && !emailAddress.test(email)
  if (isBadSecret) problems.push(leftOut('totp', 'is not base32 of 10 bytes or more'))
  if (isBadEmail) problems.push(leftOut('email', 'is not an e-mail address'))
  return {
    draft: {
      ...draft,
      name: oneLine(draft.name),
      email: isBadEmail ? undefined : email,
      totp: isBadSecret ? undefined : totp,
    },
    problems: problems.filter((problem) => problem !== undefined),
  }
}

const leftOut = (field: string, detail: string): RowProblem => ({
  field,
  code: 'invalid',
  detail: `${detail}, and is left out`,
})

function oneLine(name: string | undefined): string | undefined {
  const line = name?.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  if (line === undefined || line.length <= longestName) return line || undefined
  // Never half of a character.
  return line
    .slice(0, longestName)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
}
