// Reads the records of tokens/kept-grant.ts. This server has sealed them, so that a record of this version has
// the members that this code wrote. A record of another version counts as none.
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { isJsonObject } from '../../protocol/strict-json.ts'
import type { Client } from '../clients/storage.ts'
import { type KeysRecord, recordVersion } from '../server/outage-records.ts'
import type { StoredKey } from '../server/storage.ts'
import type { ClientRecord, GrantRecord } from '../tokens/kept-grant.ts'

const text = () => v.string()
const orNull = <Item extends v.GenericSchema>(item: Item) => v.nullable(item)

const grant = once(() =>
  v.object({
    version: v.literal(recordVersion),
    clientId: text(),
    scope: text(),
    resource: orNull(text()),
    keyThumbprint: orNull(text()),
    authTime: v.number(),
    amr: text(),
    acr: orNull(text()),
    createdAt: v.number(),
    currentDigest: text(),
    previousDigest: orNull(text()),
    user: v.object({
      sub: text(),
      scope: orNull(text()),
      updatedAt: v.number(),
      stated: v.object({ sub: text(), claims: v.record(text(), v.unknown()) }),
    }),
    targets: v.array(v.custom<GrantRecord['targets'][number]>(isJsonObject)),
    isWhole: v.boolean(),
    keptAt: v.number(),
    expiresAt: v.number(),
  }),
)

const client = once(() =>
  v.object({ version: v.literal(recordVersion), client: v.custom<Client>(isJsonObject) }),
)

const signingKeys = once(() =>
  v.object({
    version: v.literal(recordVersion),
    keys: v.array(v.custom<StoredKey>(isJsonObject)),
  }),
)

const answer = once(() =>
  v.object({ version: v.literal(recordVersion), digest: text(), at: v.number() }),
)

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  json: string | null,
): v.InferOutput<Schema> | null {
  const { success, output } = v.safeParse(schema, JSON.parse(json ?? 'null'))
  return success ? output : null
}

/** Reads the record of a grant; null if there is none of this version. */
export const readGrantRecord = (json: string | null): GrantRecord | null => read(grant(), json)

/** Reads the record of a client; null if there is none of this version. */
export const readClientRecord = (json: string | null): ClientRecord['client'] | null =>
  read(client(), json)?.client ?? null

/** Reads the record of the signing keys; no keys if there is none of this version. */
export const readKeysRecord = (json: string | null): KeysRecord['keys'] =>
  read(signingKeys(), json)?.keys ?? []

/** Reads the note of an answer; null if there is none of this version. */
export const readAnswer = (json: string | null) => read(answer(), json)
