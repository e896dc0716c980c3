// Why a fault and the retry may leave more rows than one clean run, or fewer, and harm nobody.

export const lostGrant = {
  grants: 'a grant whose tokens were never told is nobody’s, and expires',
  audit_events: 'both grants were made',
}

export const lostSession = {
  sessions: 'a session whose cookie was never told is nobody’s, and expires',
  audit_events: 'both sessions were begun',
}

export const countedTry = { sign_in_attempts: 'a try counts before its password is looked at' }

export const doneAgain = { audit_events: 'what was done again has its event again' }

export const sentAgain = { mails: 'a notice may be sent twice rather than never' }

/** Rows that a refusal may lack. */
export const refusalWithoutEvent = { audit_events: 'a refusal is true without its audit event' }
