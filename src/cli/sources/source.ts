// What a source is, and what its rows are. The members of a person are those of the worker's import
// protocol, so that `JSON.stringify(row.person)` is a line of a chunk.
import type { FirebaseParameters } from './hash-config.ts'
import type { Members } from './members.ts'

export const sourceNames = [
  ...(['auth0', 'auth0-import', 'keycloak', 'firebase', 'cognito', 'supabase', 'clerk'] as const),
  ...(['fusionauth', 'okta', 'aspnet', 'django', 'wordpress', 'devise', 'werkzeug'] as const),
  ...(['laravel', 'ldif', 'csv', 'postern'] as const),
] as const

export type SourceName = (typeof sourceNames)[number]

/** A password as the import protocol has it. `temporary`: changed at the first sign-in. */
export type Password =
  { hash: string; temporary?: true } | { plain: string; temporary?: true } | { reset: true }

/** One person, in the words of the import protocol. `created_at` is in seconds. */
export type Person = {
  /** Of the file; the index from 1 for JSON that is one document. */
  line: number
  external_id: string
  sub?: string
  username?: string
  email?: string
  email_verified?: boolean
  name?: string
  disabled?: true
  created_at?: number
  claims?: Members
  roles?: string[]
  /** The most that the person can grant. */
  scope?: string
  password?: Password
  /** base32 without padding, for SHA-1, 6 digits and 30 seconds. */
  totp?: string
  links?: { issuer: string; subject: string }[]
}

/**
 * What is wrong with a row (`field` is empty for all of it), or with one member of a person who is
 * imported nevertheless.
 */
export type RowProblem = { field: string; detail: string; code?: string }

/** An account at a provider. `names` are what `--link` may call the provider. */
export type Identity = { names: string[]; subject: string }

/**
 * What a source finds in an entry. `id` is its own, stable one. `metadata` are the objects in which
 * `--claims` looks.
 */
export type Draft = Partial<Omit<Person, 'line' | 'external_id' | 'disabled'>> & {
  id?: string
  disabled?: boolean
  metadata?: Members[]
  identities?: Identity[]
  /** Why the password is to be reset. */
  problem?: RowProblem
  totpProblem?: RowProblem
}

/** Why an entry is nobody to import, in snake_case: the report counts by it. */
export type Skip = { skipped: string }

/** What the options of the command mean for the reader of an entry. `now` is in seconds. */
export type Context = {
  now: number
  /** Of Auth0: the hash by the id of the user. */
  hashes: ReadonlyMap<string, string> | undefined
  firebase: FirebaseParameters | undefined
  pepper: string | undefined
}

/** One entry of a file: its members, or why there are none. */
export type Entry = { line: number } & ({ members: Members } | { problem: RowProblem })

export type Format = 'lines' | 'document' | 'csv' | 'ldif'

/** The beginning of a file, by which its source is recognised. */
export type Sample = {
  format: Format
  /** The members of the first entries. */
  entries: Members[]
  /** The names of all members in `entries`, and the columns of a CSV file. */
  names: ReadonlySet<string>
  /** The names in the outermost object of a JSON document. */
  documentNames: ReadonlySet<string>
  /** The first 64 KiB of the text or more. */
  head: string
}

/** A system that users come from. */
export type Source = {
  name: SourceName
  recognises: (sample: Sample) => boolean
  /**
   * What can stay the `sub` of the users: their `id`, a `sub` that it has besides, or nothing, where
   * ids are numbers of a table or may change.
   */
  subject: 'id' | 'sub' | 'none'
  read: (members: Members, context: Context) => Draft | Skip
  /** What is missing to read this file at all, as a sentence for the operator. */
  refusal?: (sample: Sample, context: Context) => string | undefined
  /** Its own form of CSV, if it is not the common one with a header. */
  readCsv?: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Entry>
}
