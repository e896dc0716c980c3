// Password tries, counted in D1 so that parallel guesses all count.
import type { Proof, Tries } from '../core/records.ts'
import { numberOf, statement, textOf, type Row, type Statement } from './database.ts'

const addressPrefix = 'address:'

/** Counts one try of an address, which may be any text. */
export const countAddressTry = (address: string, now: number, window: number): Statement =>
  countTry('?1', `${addressPrefix}${address}`, now, window)

/** Counts one try of the user who has this folded name, else of the name; `scope` sets it apart. */
export const countAccountTry = (
  { foldedName, nameDigest, scope }: { foldedName: string; nameDigest: string; scope: string },
  now: number,
  window: number,
): Statement =>
  countTry(
    `COALESCE((SELECT ?4 || 'user:' || user_id FROM login_names WHERE folded_name = ?1),
       ?4 || 'name:' || ?5)`,
    foldedName,
    now,
    window,
    scope,
    nameDigest,
  )

/** Counts one try; `bucket` is SQL over the values, of which ?2 is now and ?3 the window. */
const countTry = (
  bucket: string,
  name: string,
  now: number,
  window: number,
  ...values: string[]
): Statement =>
  statement(
    `INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (${bucket}, 1, ?2)
     ON CONFLICT (bucket) DO UPDATE SET
       tries = CASE WHEN window_started_at <= ?2 - ?3 THEN 1 ELSE tries + 1 END,
       window_started_at = CASE WHEN window_started_at <= ?2 - ?3 THEN ?2 ELSE window_started_at END
     RETURNING bucket, tries, window_started_at`,
    name,
    now,
    window,
    ...values,
  )

export function triesOf([row]: readonly Row[]): Tries {
  if (row === undefined) throw new Error('a try was not counted')
  return {
    bucket: textOf(row, 'bucket'),
    tries: numberOf(row, 'tries'),
    windowStartedAt: numberOf(row, 'window_started_at'),
  }
}

/**
 * A right password clears the tries of the account, and takes back the one it cost the address: if
 * it cleared that, whoever has an account could guess at others for ever.
 */
export const clearTries = ({ provedBuckets }: Proof): Statement[] =>
  provedBuckets.map((bucket) =>
    bucket.startsWith(addressPrefix)
      ? statement('UPDATE sign_in_attempts SET tries = tries - 1 WHERE bucket = ?1', bucket)
      : statement('DELETE FROM sign_in_attempts WHERE bucket = ?1', bucket),
  )

/** Takes back one try of each bucket. */
export const takeBackTries = (buckets: readonly string[]): Statement[] =>
  buckets.map((bucket) =>
    statement('UPDATE sign_in_attempts SET tries = tries - 1 WHERE bucket = ?1', bucket),
  )
