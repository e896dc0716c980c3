// When a user last signed in, noted to within a day: a note of every sign-in would cost each of them a
// row, for an instant that operators read by days.

/** Seconds for which a note stands for later sign-ins. */
export const signInNoteInterval = 86_400

/**
 * Returns the instant before which the last note must be of a user who has certainly not signed in since
 * `since`: operators disable or delete whom they find by it. In the future nobody has. All in seconds.
 */
export const lastNoteBefore = (since: number, now: number): number =>
  since > now ? since : since - signInNoteInterval
