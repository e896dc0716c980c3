// The records of tokens/kept-grant.ts as they are read. They were sealed by this server, so that their
// members are what its own release wrote; one of another version, or with another member, is no record.
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
  if (json === null) return null
  const { success, output } = v.safeParse(schema, JSON.parse(json))
  return success ? output : null
}

/** Reads what is kept of a grant. */
export const readGrantRecord = (json: string | null): GrantRecord | null => read(grant(), json)

/** Reads what is kept of a client. */
export const readClientRecord = (json: string | null): ClientRecord['client'] | null =>
  read(client(), json)?.client ?? null

/** Reads the signing keys that are kept; none if there is no record. */
export const readKeysRecord = (json: string | null): KeysRecord['keys'] =>
  read(signingKeys(), json)?.keys ?? []

/** Reads the note of an answer. */
export const readAnswer = (json: string | null) => read(answer(), json)
