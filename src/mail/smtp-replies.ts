// The replies of a mail server as text: where one ends, and what it offers. RFC 5321 4.2, 4.1.1.1.

/**
 * Returns the first whole reply of what was received, null while it goes on: the last of its lines has a
 * space after the code, and all have the same code ("the reply code on each line", RFC 5321 4.2.1).
 */
export const replyIn = (received: string): string | null =>
  /^(\d{3})(?:-[^\n]*\n\1)*(?: [^\n]*|\r)?\n/.exec(received)?.[0] ?? null

/** Returns whether the reply to EHLO offers TLS. RFC 3207. */
export const offersTls = (offered: string): boolean => /^250[ -]STARTTLS\s*$/im.test(offered)

/** Returns whether the reply to EHLO offers to sign in by PLAIN. RFC 4954. */
export const offersPlain = (offered: string): boolean =>
  /^250[ -]AUTH[ =].*\bPLAIN\b/im.test(offered)
