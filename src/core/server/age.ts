/**
 * Returns whether the instant `at` is less than `seconds` away from `now`. The absolute difference
 * counts, so that a clock that jumps back does not extend a cache's lifetime.
 */
export const isYounger = (at: number, now: number, seconds: number): boolean =>
  Math.abs(now - at) < seconds
