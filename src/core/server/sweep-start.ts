// Where a run of cron starts to sweep a table that is too large for one run.

// base64url in the order in which SQLite sorts it.
const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

const goldenRatio = 0.618_033_988_749_895

/**
 * Returns the key after which the run of cron at `now` (seconds) starts to sweep. The runs need no
 * memory of each other: multiples of the golden ratio spread evenly, so that of a table of N rows with
 * random base64url keys, runs that look at n rows each have seen every row after 2 N / n runs.
 */
export function startOfSweep(now: number): string {
  let rest = (Math.floor(now / 60) * goldenRatio) % 1
  let key = ''
  for (let place = 0; place < 4; place++) {
    rest *= digits.length
    key += digits.charAt(Math.floor(rest))
    rest %= 1
  }
  return key
}
