// The records of imports and the port that keeps them. An import takes in users of another system in
// chunks; server/storage.ts says what holds for the ports of every room.
import type { AuditEvent, Page } from '../../server/storage.ts'
import type { LinkKey, NewUser, Profile, User } from '../storage.ts'

/** What an import was asked to do. */
export type ImportRules = {
  /** The name of the other system's format. */
  source: string
  /** The namespace of the external ids. */
  sourceId: string
  /** What happens to a row of somebody who has an account here. */
  onExisting: 'skip' | 'update' | 'fail'
  /** Nothing is written but the report. */
  dryRun: boolean
  /** The `sub` of the other system stays. */
  keepSub: boolean
  /** Whether an e-mail address that both systems have verified, or a username, means one person. */
  matchEmail: boolean
  matchUsername: boolean
  /** Whether the roles that open the console are taken over. */
  adminRoles: boolean
  /** Where the first password of a user without a hash is checked; null = nowhere. */
  askUrl: string | null
}

/** How many rows had which outcome, and what came along. */
export type ImportCounts = {
  created: number
  updated: number
  skipped: number
  failed: number
  /** Users who have no password yet. */
  reset: number
  /** Provider links that were made. */
  links: number
  /** TOTP secrets that were stored. */
  totp: number
}

export type Import = ImportRules &
  ImportCounts & {
    id: string
    startedAt: number
    finishedAt: number | null
    undoneAt: number | null
  }

/** An import about to begin, with the sealed key of the requests to `askUrl`. */
export type NewImport = ImportRules & {
  id: string
  startedAt: number
  sealedAskKey: string | null
}

/** Why a row was refused, or what of it was left out. */
export type RowFaultCode =
  | 'invalid'
  | 'taken'
  | 'exists'
  | 'duplicate'
  | 'unknown_hash'
  | 'too_costly'
  | 'malformed_hash'
  | 'link_taken'
  | 'admin_role'

/** `line` is the row's line in the file that it came from; `field` is empty for the whole row. */
export type RowFault = { line: number; field: string; detail: string; code: RowFaultCode }

/** The report on one chunk, in its wire format. */
export type ChunkAnswer = {
  created: number
  updated: number
  skipped: number
  failed: number
  reset: number
  skipped_by: Record<string, number>
  errors: RowFault[]
  links: { made: number; unnamed: number }
  totp: number
}

/** A password as another system exported it. */
export type ImportedPassword =
  | { kind: 'hash'; text: string; temporary: boolean }
  | { kind: 'plain'; text: string; temporary: boolean }
  | { kind: 'reset' }

/** One valid row of a chunk; an absent member says nothing about the user. */
export type ImportRow = {
  line: number
  externalId: string
  sub?: string | undefined
  username?: string | undefined
  email?: string | undefined
  emailVerified?: boolean | undefined
  name?: string | undefined
  disabled?: boolean | undefined
  /** In seconds. */
  createdAt?: number | undefined
  claims?: Record<string, unknown> | undefined
  roles?: readonly string[] | undefined
  scope?: string | undefined
  password?: ImportedPassword | undefined
  /** A TOTP secret in base32. */
  totp?: string | undefined
  links: readonly LinkKey[]
}

/** What a chunk asks storage for: everything that its rows could be, or could collide with. */
export type ChunkKeys = {
  externalIds: readonly string[]
  /** Folded. */
  names: readonly string[]
  /** Each `sub` that looks like one of this server, which is no name. */
  subjects: readonly string[]
  links: readonly LinkKey[]
  /** What the rows of a dry run would take. */
  claims: readonly string[]
}

/** A user whom a row may mean, and whether they have ever signed in here. */
export type KnownUser = Profile &
  Pick<User, 'id' | 'sub' | 'updatedAt' | 'sourceId' | 'externalId' | 'importId'> & {
    /** Whether they have signed in here, or their password was reset here. */
    hasOwnPassword: boolean
  }

/** Whose password is asked for. `isAdministrator`: imports that give no such role do not change them. */
export type AskedUser = Pick<User, 'importId' | 'sourceId'> & { isAdministrator: boolean }

/** What was stored when a chunk was read. */
export type ChunkFindings = {
  run: Import | null
  /** The same chunk, taken in before. */
  stored: { digest: string; answer: ChunkAnswer } | null
  users: readonly KnownUser[]
  /** Which user has a folded name. */
  names: ReadonlyMap<string, number>
  /** The links that exist, as `linkText` writes them, and whose they are. */
  links: ReadonlyMap<string, number>
  /** What earlier chunks of the dry run would have taken. */
  claims: ReadonlySet<string>
}

export type PasswordFacts = {
  passwordHash: string | null
  passwordState: User['passwordState']
}

/** A user about to be created by an import. */
export type ImportedUser = NewUser &
  PasswordFacts & {
    sourceId: string
    externalId: string
    importId: string
    sealedTotp: string | null
  }

/** A user about to be changed by an import, with all members as they will be. */
export type ImportedChange = Profile &
  Pick<User, 'id' | 'sub' | 'sourceId' | 'externalId'> & {
    /** As it was read: the change is refused if somebody else's came first. */
    updatedAt: number
    /** Null = the password and its state stay. */
    password: PasswordFacts | null
    /** Null = stays. */
    sealedTotp: string | null
    /** The user is disabled by this change and had access: their sessions and grants end. */
    endsEverything: boolean
  }

/** Everything that one chunk writes. */
export type ChunkWrites = {
  create: readonly ImportedUser[]
  change: readonly ImportedChange[]
  /**
   * Links of users, who are named by their `sub`. `addedAt` in seconds: to an account in use; null =
   * the link comes with the account.
   */
  links: readonly (LinkKey & { sub: string; email: string | null; addedAt: number | null })[]
  /** What the rows of a dry run would take. */
  claims: readonly string[]
}

/** Someone whom an undone import made, and who stays. */
export type KeptUser = { id: number; username: string }

export type ImportStore = {
  create(run: NewImport, audit: AuditEvent): Promise<void>
  find(id: string): Promise<Import | null>
  /** Lists imports, newest first, before the id `cursor` (null = from the newest). */
  list(limit: number, cursor: string | null): Promise<Page<Import>>
  /** Reads what a chunk depends on: one batch. */
  readChunk(id: string, number: number, keys: ChunkKeys): Promise<ChunkFindings>
  /**
   * Takes in a chunk: one batch. False, and nothing written, if something that was read has changed
   * since: a name was taken, a user changed, the import ended, or the same chunk came first.
   */
  writeChunk(
    id: string,
    chunk: { number: number; digest: string; answer: ChunkAnswer },
    writes: ChunkWrites,
    audit: AuditEvent,
  ): Promise<boolean>
  /** Ends an import: no chunk is taken in afterwards. False if it has ended, or does not exist. */
  finish(id: string, audit: AuditEvent): Promise<boolean>
  /** Notes that an import is being undone, which ends it. Idempotent. */
  beginUndo(id: string, audit: AuditEvent): Promise<void>
  /**
   * Looks at the `most` users after the id `after` whom an import made, and removes those who have
   * never signed in. Returns how many it removed, who stays, and the id to go on after; null at the end.
   */
  undo(
    id: string,
    after: number,
    most: number,
  ): Promise<{ removed: number; kept: KeptUser[]; next: number | null }>
  /**
   * Returns the import by which the password of a user is asked for: the one that created them, else the
   * newest of their source that may change a user of their role; null = none.
   */
  findAsking(user: AskedUser): Promise<{ id: string; url: string; sealedKey: string } | null>
}
