// The records in KV for the time when D1 does not answer. Each is sealed under a sub-key of MASTER_KEY for its
// own key in KV, so that whoever can write to KV can neither read nor forge nor exchange them.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import type { KeyRing } from '../../crypto/key-ring.ts'
import type { Server } from '../authorization-server.ts'
import type { OutageRecords, StoredKey } from './storage.ts'

/** Seconds for which KV keeps the records of clients and signing keys, and knows that one is outdated. */
export const longestOutageRecord = 2_678_400

/** The version of all formats; a record of another version counts as none. */
export const recordVersion = 1

/** The keys in KV. */
export const recordKeys = {
  grant: (grantId: string) => `grant:${grantId}`,
  client: (clientId: string) => `client:${clientId}`,
  /** The note of the refresh token that the holder of a grant was given back while D1 was away. */
  answer: (grantId: string) => `outage:${grantId}`,
  signingKeys: 'signing-keys',
} as const

/** The record of the signing keys; each private half is sealed once more, as in D1. */
export type KeysRecord = { version: number; keys: readonly StoredKey[] }

type Keeper = { keys: KeyRing; store: { outageRecords: OutageRecords } }

/** Seals a record and puts it into KV for `lifetime` seconds; false if KV has not taken it. */
export async function putRecord(
  { keys, store }: Keeper,
  key: string,
  record: object,
  lifetime: number,
): Promise<boolean> {
  const sealed = await keys.seal('outage record', utf8(JSON.stringify(record)), key)
  return store.outageRecords.put(key, sealed, lifetime)
}

/** Opens a record that was read. Returns its JSON, or null if there is none or it was not sealed for `key`. */
export async function openRecord(
  { keys }: Pick<Keeper, 'keys'>,
  key: string,
  sealed: string | null | undefined,
): Promise<string | null> {
  if (sealed === null || sealed === undefined) return null
  const opened = await keys.open('outage record', sealed, key)
  return opened === null ? null : utf8Text(opened)
}

/** Puts the signing keys into KV unless KV has the same. Called by cron; `now` in seconds. */
export async function keepSigningKeys(server: Server, now: number): Promise<void> {
  if (!server.settings.outageRefresh) return
  const key = recordKeys.signingKeys
  const record: KeysRecord = {
    version: recordVersion,
    keys: await server.signingKeys.published(now),
  }
  const kept = await server.store.outageRecords.read([key])
  if (kept === null) return
  if ((await openRecord(server, key, kept.get(key))) === JSON.stringify(record)) return
  await putRecord(server, key, record, longestOutageRecord)
}
