// Notes of the answers that holders of refresh tokens got while D1 was away. Each got the token back that
// they had presented. An earlier request may have rotated that token in D1 although its answer was lost, or
// another process of the same client may rotate it as soon as D1 is back. In both cases its holder would
// look like a thief when they present it later. So would a holder whose retry within the grace is 503.
import { temporarilyUnavailable } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { openRecord, putRecord, recordKeys, recordVersion } from '../server/outage-records.ts'
import type { FoundGrant } from '../tokens/storage.ts'
import { readAnswer } from './outage-formats.ts'

/** Seconds for which a note is kept. After that a grant has its usual grace alone. */
const noteLifetime = 2_592_000

/** Seconds by which a write may reach D1 late: a query may take 30, and clocks differ. */
const lateness = 60

/** Seconds after an answer in which another process may rotate the token. */
const sharedFor = 600

/**
 * Notes that the refresh token with this digest is about to be given back, or was presented within its
 * grace. Returns false if KV has not taken the note.
 */
export const noteAnswer = (
  as: AuthorizationServer,
  grantId: string,
  digest: string,
): Promise<boolean> =>
  putRecord(
    as,
    recordKeys.answer(grantId),
    { version: recordVersion, digest, at: as.now },
    noteLifetime,
  )

/**
 * Returns whether the previous token of a grant was given back while D1 was away, or presented within its
 * grace, and was rotated before that or within minutes after it: then presenting it again is no sign of
 * theft. A thief who got that answer gets the successor, too, which the owner also has: whichever of the two
 * uses it second is recognized.
 * @throws temporarily_unavailable if KV does not answer: nothing is revoked on a guess
 */
export async function wasGivenBack(
  as: AuthorizationServer,
  digest: string,
  { grant, rotatedAt }: FoundGrant,
): Promise<boolean> {
  if (!as.settings.outageRefresh) return false
  const key = recordKeys.answer(grant.id)
  const kept = await as.store.outageRecords.read([key])
  if (kept === null) throw temporarilyUnavailable(new Error('KV does not tell of the last outage'))
  const note = readAnswer(await openRecord(as, key, kept.get(key)))
  if (note === null || note.digest !== digest) return false
  return (rotatedAt ?? 0) <= note.at + lateness || as.now <= note.at + sharedFor
}
