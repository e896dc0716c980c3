// Password tries. D1 counts each one before the password is hashed, so that parallel guesses all
// count. One statement judges a try by every limit before it counts: a refused try writes nothing, so
// guesses from one address neither use up the tries that an account has elsewhere nor fill the table
// with invented names. A try is one row, of one name from one address: the limits of an address and of
// a name are sums over their rows, so that a sign-in pays for one row instead of two.
import type { SQL } from 'drizzle-orm'
import type { Guess, Proof, TryLimits, TryOutcome } from '../core/people/storage.ts'
import { signInAttempts } from './schema/people.ts'
import {
  type Computed,
  type Placeholders,
  type Row,
  type Statement,
  type Value,
  insertInto,
  number,
  prepared,
  selection,
  set,
  sql,
  text,
} from './sql.ts'

/** Seconds, where the limits name no pace. */
const usualPace = 60

type Buckets = {
  /** The bucket that the try counts in. */
  own: string
  /** The address whose limit applies; null for a browser that the account knows. */
  address: string | null
  /** The buckets of the name, one for each address, lie between these two. */
  nameFrom: string
  nameUntil: string
}

// A bucket starts with a digest, so that keys are spread evenly for the sweep of cron.
function bucketsOf(attempt: Guess): Buckets {
  const { nameDigest } = attempt
  const range = { nameFrom: `${nameDigest}:`, nameUntil: `${nameDigest};` }
  return 'browserId' in attempt
    ? { own: `${nameDigest}/${attempt.browserId}`, address: null, ...range }
    : { own: range.nameFrom + attempt.address, address: attempt.address, ...range }
}

const { bucket, tries, windowStartedAt } = signInAttempts

/**
 * Whether a window is over. One that began further ahead than it is long began before the clock was set
 * back: nobody is locked out until the clock is there again.
 */
const hasEnded = (now: SQL, window: SQL): SQL => sql`ABS(${windowStartedAt} - ${now}) >= ${window}`

/** Counts one more in a bucket whose window is open; otherwise opens a new window. */
const oneMore = (now: SQL, window: SQL): SQL =>
  sql`ON CONFLICT (bucket) DO UPDATE ${set(signInAttempts, {
    tries: sql`CASE WHEN ${hasEnded(now, window)} THEN 1 ELSE ${tries} + 1 END`,
    windowStartedAt: sql`CASE WHEN ${hasEnded(now, window)} THEN ${now} ELSE ${windowStartedAt} END`,
  })}`

type Place = { nameFrom: SQL; nameUntil: SQL; address: SQL; now: SQL; window: SQL }

/** The rows of the name that count, from all addresses. Known browsers do not: see `bucketsOf`. */
const ofName = ({ nameFrom, nameUntil, now, window }: Place): SQL =>
  sql`FROM ${signInAttempts} WHERE ${bucket} >= ${nameFrom} AND ${bucket} < ${nameUntil}
    AND NOT ${hasEnded(now, window)}`

/** The rows of the address that count, under all names. */
const ofAddress = ({ address, now, window }: Place): SQL =>
  sql`FROM ${signInAttempts} WHERE ${signInAttempts.address} = ${address}
    AND NOT ${hasEnded(now, window)}`

type Counting = Buckets & Required<TryLimits> & { now: number }

/**
 * Builds the statement that counts a try, if a condition holds, in its bucket if that bucket, the
 * address and the name all have one left; it returns a row if so. D1 runs one such statement at a
 * time, which decides between guesses made at once.
 */
export function countingWhere<Values extends Record<string, Value>>(
  condition: (value: Placeholders<Values>) => SQL,
): (attempt: Guess, now: number, limits: TryLimits, values: Values) => Statement {
  const counting = prepared<Values & Counting>(
    (value) => sql`${countingOf(value)} AND ${condition(value)} ${oneMoreIfLeft(value)}`,
  )
  return (attempt, now, limits, values) =>
    counting({ ...values, ...bucketsOf(attempt), pace: usualPace, ...limits, now })
}

function countingOf(value: Placeholders<Counting>): SQL {
  const { own, address, now, pace, perAccountEverywhere, perAddress } = value
  const row = { bucket: own, address, tries: 1, windowStartedAt: now }
  return sql`${insertInto(signInAttempts, row)}
    WHERE (${address} IS NULL OR (
      (SELECT COALESCE(SUM(${tries}), 0) < ${perAddress} ${ofAddress(value)})
      AND (SELECT COALESCE(SUM(${tries}) + 1
          <= ${perAccountEverywhere} + (${now} - MIN(${windowStartedAt})) / ${pace}, 1)
        ${ofName(value)})))`
}

const oneMoreIfLeft = ({ now, window, perAccount }: Placeholders<Counting>): SQL =>
  sql`${oneMore(now, window)} WHERE ${hasEnded(now, window)} OR ${tries} < ${perAccount}
    RETURNING 1`

const counting = countingWhere(() => sql`TRUE`)

/** Counts a try in its bucket if that bucket, the address and the name all have one left. */
export const countTry = (attempt: Guess, now: number, limits: TryLimits): Statement =>
  counting(attempt, now, limits, {})

type Part = 'own' | 'address' | 'everywhere'

/** Selects what there is in one part that judges. */
const triesOf = (part: Part, sum: Computed<'number', true>, since: Computed<'number', true>) =>
  selection({ part: text(sql`${part}`), tries: sum, windowStartedAt: since })

const sumOf = (part: Part) =>
  triesOf(
    part,
    number(sql`COALESCE(SUM(${tries}), 0)`),
    number(sql`COALESCE(MIN(${windowStartedAt}), 0)`),
  )

const triesOfBucket = triesOf('own', number(sql`${tries}`), number(sql`${windowStartedAt}`))
const triesOfAddress = sumOf('address')
const triesOfName = sumOf('everywhere')

const reading = prepared<Buckets & { now: number; window: number }>(
  (value) => sql`
    SELECT ${triesOfBucket.columns} FROM ${signInAttempts} WHERE ${bucket} = ${value.own}
    UNION ALL SELECT ${triesOfAddress.columns} ${ofAddress(value)}
    UNION ALL SELECT ${triesOfName.columns} ${ofName(value)} AND ${value.address} IS NOT NULL`,
)

/** Reads what each limit judged, after the try was counted or refused: for the time of a retry. */
export const readTries = (attempt: Guess, now: number, { window }: TryLimits): Statement =>
  reading({ ...bucketsOf(attempt), now, window })

/** Returns the outcome of a try from the rows of `countTry` and `readTries`. */
export function tryOutcome(
  attempt: Guess,
  limits: TryLimits,
  counted: readonly Row[],
  tried: readonly Row[],
): TryOutcome {
  if (counted.length === 1) return { admitted: true, bucket: bucketsOf(attempt).own }
  return { admitted: false, retryAt: retryAtOf(tried, limits) }
}

/** Returns from when all limits admit a try, in seconds, by the rows of `readTries`. */
export const retryAtOf = (tried: readonly Row[], limits: TryLimits): number =>
  Math.max(0, ...tried.map((row) => retryAt(row, limits)))

/** The instant, in seconds, from which a limit admits a try; 0 if it does now. */
function retryAt(row: Row, limits: TryLimits): number {
  const { part, tries, windowStartedAt } = triesOfName.read(row)
  const isOver = windowStartedAt + limits.window
  if (part === 'own') return tries < limits.perAccount ? 0 : isOver
  if (part === 'address') return tries < limits.perAddress ? 0 : isOver
  const beyond = tries - limits.perAccountEverywhere
  const { pace = usualPace } = limits
  return beyond < 0 ? 0 : Math.min(isOver, windowStartedAt + (beyond + 1) * pace)
}

/**
 * Clears the tries of the proved bucket after a correct password. They are tries of the proved name
 * alone: the tries of other names from this address stay, so that the owner of one account cannot
 * guess at others for ever.
 */
export const clearTries = ({ provedBuckets }: Proof): Statement[] =>
  provedBuckets.map((proved) => clearing({ proved }))

const clearing = prepared<{ proved: string }>(
  ({ proved }) => sql`DELETE FROM ${signInAttempts} WHERE ${bucket} = ${proved}`,
)

/** Takes back one try of a bucket. */
export const takeBackTry = (counted: string): Statement => takingBack({ counted })

const takingBack = prepared<{ counted: string }>(
  ({ counted }) => sql`UPDATE ${signInAttempts} ${set(signInAttempts, { tries: sql`${tries} - 1` })}
    WHERE ${bucket} = ${counted} AND ${tries} > 0`,
)

/** Takes back one try of a bucket if the statement before this one in the batch changed a row. */
export const giveBackTry = (counted: string): Statement => givingBack({ counted })

const givingBack = prepared<{ counted: string }>(
  ({ counted }) => sql`UPDATE ${signInAttempts} ${set(signInAttempts, { tries: sql`${tries} - 1` })}
    WHERE ${bucket} = ${counted} AND ${tries} > 0 AND changes() > 0`,
)

/** Clears every try of a name, from each address and each known browser. */
export const clearTriesOfName = (nameDigest: string): Statement =>
  clearingOfName({ from: `${nameDigest}/`, until: `${nameDigest};` })

const clearingOfName = prepared<{ from: string; until: string }>(
  ({ from, until }) =>
    sql`DELETE FROM ${signInAttempts} WHERE ${bucket} >= ${from} AND ${bucket} < ${until}`,
)
