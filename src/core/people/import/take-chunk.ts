// Takes in one chunk of an import.
import { utf8 } from '../../../crypto/encoding.ts'
import { randomSecret } from '../../../crypto/secret.ts'
import { resetPassword } from '../../../crypto/stored-password.ts'
import { temporarilyUnavailable } from '../../../protocol/error.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { tellKv } from '../../server/revocation-outbox.ts'
import { loginNamesOf, looksLikeSubject } from '../login-name.ts'
import { chunkKeysOf, claimOf } from './chunk-keys.ts'
import { type Decision, decideRows } from './decide.ts'
import { type StoredPassword, storedPassword } from './password.ts'
import type {
  ChunkAnswer,
  ChunkWrites,
  Import,
  ImportRow,
  ImportedChange,
  ImportedUser,
  RowFault,
} from './storage.ts'

/**
 * A chunk as it was sent: the digest of its bytes, its valid rows, how many others it has, and what is
 * wrong with those.
 */
export type Chunk = {
  number: number
  digest: string
  rows: readonly ImportRow[]
  invalidRows: number
  faults: readonly RowFault[]
}

/** Why a chunk was not taken in. */
export type ChunkRefusal = 'unknown' | 'ended' | 'different'

/** How often a chunk is judged anew because another write came first. */
const mostRounds = 20

const nothing: ChunkWrites = { create: [], change: [], links: [], claims: [] }

type Taken = Extract<Decision, { outcome: 'create' | 'update' }>

/**
 * Takes in a chunk and returns its report. The rows are judged by what is stored, and one batch writes
 * all of them; it is refused as a whole if another write came first, and the rows are judged anew. A
 * chunk that was taken in before gets its first report. `requireAllowed` throws if the operator may not add
 * to the import.
 * @throws temporarily_unavailable, what `requireAllowed` throws
 */
export async function takeChunk(
  as: AuthorizationServer,
  id: string,
  chunk: Chunk,
  requireAllowed: (run: Import) => void,
): Promise<ChunkAnswer | ChunkRefusal> {
  const { imports } = as.store
  const keys = chunkKeysOf(chunk.rows)
  const sealing = new Sealing(as)
  for (let round = 0; round < mostRounds; round++) {
    const findings = await imports.readChunk(id, chunk.number, keys)
    const { run, stored } = findings
    if (run === null) return 'unknown'
    requireAllowed(run)
    if (run.finishedAt !== null) return 'ended'
    if (stored !== null) return stored.digest === chunk.digest ? stored.answer : 'different'
    const decisions = decideRows(run, chunk.rows, findings)
    const { writes, passwords } = await writesOf(as, run, decisions, sealing)
    const answer = answerOf(chunk, decisions, writes, passwords)
    const audit = auditOf(as, 'user.changed', { detail: { import: id, fields: ['disabled'] } })
    const { number, digest } = chunk
    const written = run.dryRun ? { ...nothing, claims: writes.claims } : writes
    if (await imports.writeChunk(id, { number, digest, answer }, written, audit)) {
      if (written.change.some(({ endsEverything }) => endsEverything)) tellKv(as)
      return answer
    }
  }
  throw temporarilyUnavailable(new Error('too many writes beside one chunk of an import'))
}

/** What is sealed or hashed for the rows of a chunk: once, however often they are judged. */
class Sealing {
  readonly #as: AuthorizationServer
  readonly #passwords = new Map<ImportRow, Promise<StoredPassword>>()

  constructor(as: AuthorizationServer) {
    this.#as = as
  }

  password(run: Import, row: ImportRow): Promise<StoredPassword> {
    const known = this.#passwords.get(row)
    if (known !== undefined) return known
    const stored = storedPassword(this.#as, run, row.password)
    this.#passwords.set(row, stored)
    return stored
  }

  async totp({ totp }: ImportRow, sub: string): Promise<string | null> {
    return totp === undefined ? null : this.#as.keys.seal('totp secret', utf8(totp), sub)
  }
}

/** Returns what a chunk writes, and the stored password of each row that takes one. */
async function writesOf(
  as: AuthorizationServer,
  run: Import,
  decisions: readonly Decision[],
  sealing: Sealing,
): Promise<{ writes: ChunkWrites; passwords: ReadonlyMap<ImportRow, StoredPassword> }> {
  const taken = decisions.filter(
    (decision): decision is Taken => decision.outcome === 'create' || decision.outcome === 'update',
  )
  const passwords = new Map<ImportRow, StoredPassword>()
  const written = await Promise.all(
    taken.map(async (decision) => {
      const { row } = decision
      if (decision.outcome === 'create') {
        const password = await sealing.password(run, row)
        passwords.set(row, password)
        return { create: await createdUser(as, run, decision, password, sealing) }
      }
      // Whoever has a password of their own has factors of their own, too.
      const isNew = !decision.user.hasOwnPassword
      const isSent = isNew && row.password !== undefined
      const password = isSent ? await sealing.password(run, row) : null
      if (password !== null) passwords.set(row, password)
      const sealedTotp = isNew ? await sealing.totp(row, decision.user.sub) : null
      return { change: changedUser(as, run, decision, password, sealedTotp) }
    }),
  )
  const writes: ChunkWrites = {
    create: written.flatMap(({ create }) => create ?? []),
    change: written.flatMap(({ change }) => change ?? []),
    links: taken.flatMap((decision) => {
      const { sub, email } = decision.facts
      const isInUse = decision.outcome === 'update' && decision.user.hasOwnPassword
      const addedAt = isInUse ? as.now : null
      return decision.links.map((link) => ({ ...link, sub, email, addedAt }))
    }),
    claims: run.dryRun ? taken.flatMap((decision) => claimsOf(run, decision)) : [],
  }
  return { writes, passwords }
}

const claimsOf = ({ keepSub }: Import, { row, facts, links }: Taken): string[] => [
  claimOf.externalId(row.externalId),
  ...loginNamesOf(facts).map(claimOf.name),
  ...(keepSub && looksLikeSubject(facts.sub) ? [claimOf.subject(facts.sub)] : []),
  ...links.map(claimOf.link),
]

async function createdUser(
  as: AuthorizationServer,
  run: Import,
  { row, facts }: Extract<Decision, { outcome: 'create' }>,
  { passwordHash, passwordState }: StoredPassword,
  sealing: Sealing,
): Promise<ImportedUser> {
  const { isDisabled, ...members } = facts
  return {
    ...members,
    pairwiseSalt: randomSecret(16),
    passwordHash,
    passwordState,
    disabledAt: isDisabled ? as.now : null,
    createdAt: Math.min(row.createdAt ?? as.now, as.now),
    updatedAt: as.now,
    sourceId: run.sourceId,
    externalId: row.externalId,
    importId: run.id,
    sealedTotp: await sealing.totp(row, facts.sub),
  }
}

function changedUser(
  as: AuthorizationServer,
  run: Import,
  { row, user, facts }: Extract<Decision, { outcome: 'update' }>,
  password: StoredPassword | null,
  sealedTotp: string | null,
): ImportedChange {
  const { isDisabled, ...members } = facts
  const isOurs = user.externalId === null
  return {
    ...members,
    id: user.id,
    disabledAt: isDisabled ? (user.disabledAt ?? as.now) : null,
    sourceId: isOurs ? run.sourceId : user.sourceId,
    externalId: isOurs ? row.externalId : user.externalId,
    updatedAt: user.updatedAt,
    password,
    sealedTotp,
    endsEverything: isDisabled && user.disabledAt === null && user.hasOwnPassword,
  }
}

function answerOf(
  { invalidRows, faults }: Chunk,
  decisions: readonly Decision[],
  writes: ChunkWrites,
  passwords: ReadonlyMap<ImportRow, StoredPassword>,
): ChunkAnswer {
  const refused = decisions.flatMap((one) => (one.outcome === 'refuse' ? [one.fault] : []))
  const noted = decisions.flatMap((one) => ('notes' in one ? one.notes : []))
  const skipped = decisions.filter(({ outcome }) => outcome === 'skip').length
  const errors = [...faults, ...refused, ...noted, ...[...passwords].flatMap(hashFaults)]
  const secrets = [...writes.create, ...writes.change].map(({ sealedTotp }) => sealedTotp)
  return {
    created: writes.create.length,
    updated: writes.change.length,
    skipped,
    failed: invalidRows + refused.length,
    reset: [...passwords.values()].filter(({ passwordHash }) => passwordHash === resetPassword)
      .length,
    skipped_by: skipped === 0 ? {} : { exists: skipped },
    errors: errors.toSorted((one, other) => one.line - other.line),
    links: { made: writes.links.length, unnamed: 0 },
    totp: secrets.filter((sealed) => sealed !== null).length,
  }
}

const hashFaults = ([{ line }, { fault }]: [ImportRow, StoredPassword]): RowFault[] =>
  fault === null ? [] : [{ line, field: 'password.hash', ...fault }]
