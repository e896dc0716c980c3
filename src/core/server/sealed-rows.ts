// Values that are stored sealed permanently and must be sealed again when MASTER_KEY is rotated.
// Codes and the state of a provider sign-in are also sealed, but they expire within minutes.
import type { Purpose } from '../../crypto/key-ring.ts'
import { resealPassword } from '../../crypto/stored-password.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from './audit.ts'
import type { ResealedRow, SealedRow } from './storage.ts'

/** Each kind by its name in the admin interface. */
export const sealedKinds = [
  'password_hashes',
  'signing_keys',
  'provider_secrets',
  'totp_secrets',
  'import_keys',
  'mails',
  'mail_actions',
] as const
export type SealedKind = (typeof sealedKinds)[number]

/** Rows that one call seals again: about 20 ms of CPU. */
const bite = 500

/** How many rows a call sealed again, and how many of each kind remain under other keys. */
type Rewrapping = { rewrapped: number; remaining: Record<SealedKind, number> }

/**
 * Seals a bounded number of rows again under the current master key; callers repeat it until
 * nothing remains. A row that changes meanwhile is left for the next call, so calls may overlap or
 * be cancelled. Rows that no listed key opens remain.
 */
export async function rewrapSealedRows(as: AuthorizationServer): Promise<Rewrapping> {
  const { sealedRows } = as.store
  const olderKeys = as.keys.ids.filter((id) => id !== as.keys.currentId)
  let rewrapped = 0
  for (const kind of sealedKinds) {
    const rows = await sealedRows.list(kind, olderKeys, as.now, bite - rewrapped)
    const resealed = await Promise.all(rows.map((row) => resealRow(as, kind, row)))
    const audit = auditOf(as, 'key.resealed', { detail: { kind } })
    rewrapped += await sealedRows.replace(kind, resealed.flat(), audit)
  }
  const count = (kind: SealedKind) => sealedRows.countOthers(kind, as.keys.currentId, as.now)
  const remaining = {
    password_hashes: await count('password_hashes'),
    signing_keys: await count('signing_keys'),
    provider_secrets: await count('provider_secrets'),
    totp_secrets: await count('totp_secrets'),
    import_keys: await count('import_keys'),
    mails: await count('mails'),
    mail_actions: await count('mail_actions'),
  }
  return { rewrapped, remaining }
}

/** What the values of a kind are sealed for; their context is the id of the row. */
const purposes: Readonly<Record<Exclude<SealedKind, 'password_hashes'>, Purpose>> = {
  signing_keys: 'signing key',
  provider_secrets: 'provider secret',
  totp_secrets: 'totp secret',
  import_keys: 'import key',
  mails: 'mail',
  mail_actions: 'mail facts',
}

/** Returns the row sealed again, or nothing if its key does not open it. */
async function resealRow(
  { keys }: AuthorizationServer,
  kind: SealedKind,
  row: SealedRow,
): Promise<ResealedRow[]> {
  const text =
    kind === 'password_hashes'
      ? await resealPassword(keys, row.sealed)
      : await keys.reseal(purposes[kind], row.sealed, row.id)
  return text === null ? [] : [{ ...row, resealed: text }]
}
