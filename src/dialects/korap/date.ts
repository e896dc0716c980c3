/** Returns an instant (seconds) as Kustvakt writes it: ISO 8601 with the name of the time zone. */
export const dateOf = (instant: number): string => `${new Date(instant * 1000).toISOString()}[UTC]`
