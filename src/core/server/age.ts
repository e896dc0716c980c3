/**
 * Whether what was noted `at` an instant is less than `seconds` old. By the clock either way: one that
 * has jumped back must not prolong what is remembered.
 */
export const isYounger = (at: number, now: number, seconds: number): boolean =>
  Math.abs(now - at) < seconds
