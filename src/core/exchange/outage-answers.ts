// What holders of refresh tokens were answered while D1 was away. Each got the token back that they had
// presented; but an earlier request may have rotated it in D1, unheard, or another process of the same
// client rotates it as soon as D1 is back. Either would make a thief of whoever comes with it later.
import { digestOf } from '../../crypto/secret.ts'
import { temporarilyUnavailable } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { openRecord, putRecord, recordKeys, recordVersion } from '../server/outage-records.ts'
import type { FoundGrant } from '../tokens/storage.ts'
import { readAnswer } from './outage-formats.ts'

/** Seconds for which a note is kept. A grant that lay idle for longer has its usual grace. */
const noteLifetime = 2_592_000

/** Seconds by which a write may reach D1 late: a query may take 30, and clocks differ. */
const lateness = 60

/** Seconds after an answer in which another process may have rotated the token. */
const shared = 600

/** Notes that a refresh token was given back, before it is; false if KV has not taken the note. */
export const noteAnswer = async (
  as: AuthorizationServer,
  grantId: string,
  refreshToken: string,
): Promise<boolean> => {
  const note = { version: recordVersion, digest: await digestOf(refreshToken), at: as.now }
  return putRecord(as, recordKeys.answer(grantId), note, noteLifetime)
}

/**
 * Returns whether the previous token of a grant was given back while D1 was away, and has been rotated
 * before that answer or within minutes after it: then it is no sign of a theft that it comes again. A
 * thief who got that answer gets the successor so, too. It is the owner's: whichever of the two uses it
 * second is recognized.
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
  return (rotatedAt ?? 0) <= note.at + lateness || as.now <= note.at + shared
}
