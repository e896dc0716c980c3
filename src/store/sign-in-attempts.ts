// Password tries, counted in D1 so that parallel guesses all count. A try is judged by every limit
// before it counts for any: a refused one writes nothing, so guesses from one address neither use up
// the tries that an account has elsewhere nor fill the table with made-up names.
import type { SQL } from 'drizzle-orm'
import type { Attempt, Proof, TryLimits, TryOutcome } from '../core/people/storage.ts'
import { signInAttempts } from './schema/people.ts'
import {
  type Row,
  type Statement,
  insertInto,
  number,
  prepared,
  selection,
  set,
  sql,
  text,
} from './sql.ts'

const addressPrefix = 'address:'

/** Beyond the limit from everywhere a name has one more try for each so many seconds. */
const pace = 60

type Buckets = {
  /** The bucket with the low limit. */
  own: string
  /** That of the address, where it counts. */
  address: string | null
  /** All buckets of the name lie between these. */
  nameFrom: string
  nameUntil: string
}

function bucketsOf(attempt: Attempt): Buckets {
  const { nameDigest } = attempt
  const ofName = `tried:${nameDigest}`
  const range = { nameFrom: `${ofName}:`, nameUntil: `${ofName};` }
  return 'browserId' in attempt
    ? { own: `browser:${attempt.browserId}:${nameDigest}`, address: null, ...range }
    : { own: range.nameFrom + attempt.address, address: addressPrefix + attempt.address, ...range }
}

const { bucket, tries, windowStartedAt } = signInAttempts

/** One more in a bucket whose window has not ended, else the first of another. */
const oneMore = (now: SQL, window: SQL): SQL =>
  sql`ON CONFLICT (bucket) DO UPDATE ${set(signInAttempts, {
    tries: sql`CASE WHEN ${hasEnded(now, window)} THEN 1 ELSE ${tries} + 1 END`,
    windowStartedAt: sql`CASE WHEN ${hasEnded(now, window)} THEN ${now} ELSE ${windowStartedAt} END`,
  })}`

const hasEnded = (now: SQL, window: SQL): SQL => sql`${windowStartedAt} <= ${now} - ${window}`

const counting = prepared<Buckets & TryLimits & { now: number }>(
  ({ own, address, nameFrom, nameUntil, now, window, ...limits }) =>
    sql`${insertInto(signInAttempts, { bucket: own, tries: 1, windowStartedAt: now })}
      WHERE NOT EXISTS (SELECT 1 FROM ${signInAttempts}
          WHERE ${bucket} = ${address} AND ${tries} >= ${limits.perAddress}
            AND NOT ${hasEnded(now, window)})
        AND (${address} IS NULL OR (
          SELECT COALESCE(SUM(${tries}) + 1
            <= ${limits.perAccountEverywhere} + (${now} - MIN(${windowStartedAt})) / ${pace}, 1)
          FROM ${signInAttempts}
          WHERE ${bucket} >= ${nameFrom} AND ${bucket} < ${nameUntil}
            AND NOT ${hasEnded(now, window)}))
      ${oneMore(now, window)} WHERE ${hasEnded(now, window)} OR ${tries} < ${limits.perAccount}
      RETURNING 1`,
)

/**
 * Counts a try in its own bucket if that, the address and the name everywhere admit it; gives a row
 * if so. The batch is one transaction: D1 decides between guesses made at once.
 */
export const countTry = (attempt: Attempt, now: number, limits: TryLimits): Statement =>
  counting({ ...bucketsOf(attempt), ...limits, now })

const countingForAddress = prepared<{ address: string | null; now: number; window: number }>(
  ({ address, now, window }) =>
    sql`${insertInto(signInAttempts, { bucket: address, tries: 1, windowStartedAt: now })}
      WHERE ${address} IS NOT NULL AND changes() > 0 ${oneMore(now, window)}`,
)

/** Counts the try for its address, too, where the statement before it counted one. */
export const countAddressTry = (attempt: Attempt, now: number, { window }: TryLimits): Statement =>
  countingForAddress({ address: bucketsOf(attempt).address, now, window })

const triesOf = (part: 'own' | 'address') =>
  selection({ part: text(sql`${part}`), tries, windowStartedAt })
const triesOfBucket = triesOf('own')
const triesOfAddress = triesOf('address')
const triesOfName = selection({
  part: text(sql`${'everywhere'}`),
  tries: number(sql`COALESCE(SUM(${tries}), 0)`),
  windowStartedAt: number(sql`COALESCE(MIN(${windowStartedAt}), 0)`),
})

const reading = prepared<Buckets & { now: number; window: number }>(
  (
    value,
  ) => sql`SELECT ${triesOfBucket.columns} FROM ${signInAttempts} WHERE ${bucket} = ${value.own}
    UNION ALL
    SELECT ${triesOfAddress.columns} FROM ${signInAttempts} WHERE ${bucket} = ${value.address}
    UNION ALL
    SELECT ${triesOfName.columns} FROM ${signInAttempts}
    WHERE ${bucket} >= ${value.nameFrom} AND ${bucket} < ${value.nameUntil}
      AND NOT ${hasEnded(value.now, value.window)} AND ${value.address} IS NOT NULL`,
)

/** What there is in each part that judges: read last, for when to come back. */
export const readTries = (attempt: Attempt, now: number, { window }: TryLimits): Statement =>
  reading({ ...bucketsOf(attempt), now, window })

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
  const { part, tries, windowStartedAt } = triesOfName.read(row)
  const isOver = windowStartedAt + limits.window
  if (part === 'own') return tries < limits.perAccount ? 0 : isOver
  if (part === 'address') return tries < limits.perAddress ? 0 : isOver
  const beyond = tries - limits.perAccountEverywhere
  return beyond < 0 ? 0 : Math.min(isOver, windowStartedAt + (beyond + 1) * pace)
}

/**
 * A right password clears the tries of its own bucket, and takes back the one it cost the address:
 * if it cleared that, whoever has an account could guess at others for ever.
 */
export const clearTries = ({ provedBuckets }: Proof): Statement[] =>
  provedBuckets.map((bucket) =>
    bucket.startsWith(addressPrefix) ? takeBackTry(bucket) : clearing({ bucket }),
  )

const clearing = prepared<{ bucket: string }>(
  (value) => sql`DELETE FROM ${signInAttempts} WHERE ${bucket} = ${value.bucket}`,
)

/** Takes back one try of a bucket. */
export const takeBackTry = (bucket: string): Statement => takingBack({ bucket })

const takingBack = prepared<{ bucket: string }>(
  (value) => sql`UPDATE ${signInAttempts} ${set(signInAttempts, { tries: sql`${tries} - 1` })}
    WHERE ${bucket} = ${value.bucket} AND ${tries} > 0`,
)
