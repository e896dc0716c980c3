// Password tries, counted in D1 so that parallel guesses all count. A try is judged by every limit
// before it counts for any: a refused one writes nothing, so guesses from one address neither use up
// the tries that an account has elsewhere nor fill the table with made-up names.
import type { Attempt, Proof, TryLimits, TryOutcome } from '../core/records.ts'
import { numberOf, statement, textOf, type Row, type Statement } from './database.ts'

const addressPrefix = 'address:'

/** Beyond the limit from everywhere a name has one more try for each so many seconds. */
const pace = 60

/** The bucket with the low limit, and what all of the name's buckets begin with. */
function bucketsOf(attempt: Attempt): { own: string; ofName: string; address: string | null } {
  const { nameDigest } = attempt
  const ofName = `tried:${nameDigest}:`
  return 'browserId' in attempt
    ? { own: `browser:${attempt.browserId}:${nameDigest}`, ofName, address: null }
    : { own: ofName + attempt.address, ofName, address: addressPrefix + attempt.address }
}

/**
 * Counts a try in its own bucket if that, the address and the name everywhere admit it; gives a row
 * if so. The batch is one transaction: D1 decides between guesses made at once.
 */
export function countTry(attempt: Attempt, now: number, limits: TryLimits): Statement {
  const { own, ofName, address } = bucketsOf(attempt)
  return statement(
    `INSERT INTO sign_in_attempts (bucket, tries, window_started_at)
     SELECT ?1, 1, ?2
     WHERE NOT EXISTS (SELECT 1 FROM sign_in_attempts
         WHERE bucket = ?5 AND tries >= ?6 AND window_started_at > ?2 - ?3)
       AND (?5 IS NULL OR (
         SELECT COALESCE(SUM(tries) + 1 <= ?7 + (?2 - MIN(window_started_at)) / ?8, 1)
         FROM sign_in_attempts
         WHERE bucket >= ?9 AND bucket < ?10 AND window_started_at > ?2 - ?3))
     ${oneMore} WHERE window_started_at <= ?2 - ?3 OR tries < ?4
     RETURNING 1`,
    own,
    now,
    limits.window,
    limits.perAccount,
    address,
    limits.perAddress,
    limits.perAccountEverywhere,
    pace,
    ...rangeOf(ofName),
  )
}

/** Counts the try for its address, too, where the statement before it counted one. */
export const countAddressTry = (attempt: Attempt, now: number, { window }: TryLimits): Statement =>
  statement(
    `INSERT INTO sign_in_attempts (bucket, tries, window_started_at)
     SELECT ?1, 1, ?2 WHERE ?1 IS NOT NULL AND changes() > 0
     ${oneMore}`,
    bucketsOf(attempt).address,
    now,
    window,
  )

/** One more in a bucket whose window began less than ?3 seconds before ?2, else the first of another. */
const oneMore = `ON CONFLICT (bucket) DO UPDATE SET
    tries = CASE WHEN window_started_at <= ?2 - ?3 THEN 1 ELSE tries + 1 END,
    window_started_at = CASE WHEN window_started_at <= ?2 - ?3 THEN ?2 ELSE window_started_at END`

/** Everything between a prefix that ends in a colon and the next one. */
const rangeOf = (prefix: string): [string, string] => [prefix, `${prefix.slice(0, -1)};`]

/** What there is in each part that judges: read last, for when to come back. */
export function readTries(attempt: Attempt, now: number, { window }: TryLimits): Statement {
  const { own, ofName, address } = bucketsOf(attempt)
  return statement(
    `SELECT 'own' AS part, tries, window_started_at FROM sign_in_attempts WHERE bucket = ?1
     UNION ALL
     SELECT 'address', tries, window_started_at FROM sign_in_attempts WHERE bucket = ?2
     UNION ALL
     SELECT 'everywhere', COALESCE(SUM(tries), 0), COALESCE(MIN(window_started_at), 0)
     FROM sign_in_attempts
     WHERE bucket >= ?3 AND bucket < ?4 AND window_started_at > ?5 AND ?2 IS NOT NULL`,
    own,
    address,
    ...rangeOf(ofName),
    now - window,
  )
}

/** How a try came out, of the rows of `countTry` and `readTries`. */
export function tryOutcome(
  attempt: Attempt,
  limits: TryLimits,
  counted: readonly Row[],
  tried: readonly Row[],
): TryOutcome {
  if (counted.length === 1) {
    const { own, address } = bucketsOf(attempt)
    return { admitted: true, buckets: address === null ? [own] : [own, address] }
  }
  return { admitted: false, retryAt: Math.max(...tried.map((row) => retryAt(row, limits))) }
}

/** The instant from which a part admits a try; 0 = it does now. */
function retryAt(row: Row, limits: TryLimits): number {
  const part = textOf(row, 'part')
  const tries = numberOf(row, 'tries')
  const startedAt = numberOf(row, 'window_started_at')
  const isOver = startedAt + limits.window
  if (part === 'own') return tries < limits.perAccount ? 0 : isOver
  if (part === 'address') return tries < limits.perAddress ? 0 : isOver
  const beyond = tries - limits.perAccountEverywhere
  return beyond < 0 ? 0 : Math.min(isOver, startedAt + (beyond + 1) * pace)
}

/**
 * A right password clears the tries of its own bucket, and takes back the one it cost the address:
 * if it cleared that, whoever has an account could guess at others for ever.
 */
export const clearTries = ({ provedBuckets }: Proof): Statement[] =>
  provedBuckets.map((bucket) =>
    bucket.startsWith(addressPrefix)
      ? takeBackTry(bucket)
      : statement('DELETE FROM sign_in_attempts WHERE bucket = ?1', bucket),
  )

/** Takes back one try of a bucket. */
export const takeBackTry = (bucket: string): Statement =>
  statement('UPDATE sign_in_attempts SET tries = tries - 1 WHERE bucket = ?1 AND tries > 0', bucket)
