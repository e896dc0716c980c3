// An import on the wire: the body that begins one, and the members of responses.
import * as z from 'zod/mini'
import type { Import } from '../core/people/import/storage.ts'
import { once } from '../protocol/once.ts'
import { line } from './user.ts'

const choice = (description: string) =>
  z._default(z.boolean(), false).check(z.describe(description))

/** The body that begins an import. */
export const newImport = once(() =>
  z.strictObject({
    source: line(100).check(z.describe('the name of the format that the users come from')),
    source_id: z
      .optional(line(100))
      .check(z.describe('the namespace of external_id; absent = the source')),
    on_existing: z._default(z.enum(['skip', 'update', 'fail']), 'skip'),
    dry_run: choice('reports what an import would do, and writes no user'),
    keep_sub: choice('the sub of each row becomes that of the user'),
    match_email: choice('an email that both systems have verified means one person'),
    match_username: choice('a username means one person'),
    admin_roles: choice('the roles admin and admin-read are given, which administer this server'),
    ask: z
      .optional(z.string().check(z.maxLength(2_000)))
      .check(
        z.describe('https URL that checks the first password of each user without a password hash'),
      ),
  }),
)

const count = () => z.int().check(z.minimum(0))
const instant = () => z.nullable(z.int())

/** An import. */
export const importAnswer = once(() =>
  z.object({
    id: z.string(),
    source: z.string(),
    source_id: z.string(),
    on_existing: z.enum(['skip', 'update', 'fail']),
    dry_run: z.boolean(),
    keep_sub: z.boolean(),
    match_email: z.boolean(),
    match_username: z.boolean(),
    admin_roles: z.boolean(),
    ask: z.nullable(z.string()),
    state: z.enum(['running', 'finished', 'undone']),
    rows: count(),
    created: count(),
    updated: count(),
    skipped: count(),
    failed: count(),
    reset: count().check(z.describe('users who have no password yet')),
    links: count().check(z.describe('provider links that were made')),
    totp: count().check(z.describe('TOTP secrets that were stored')),
    started_at: z.int(),
    finished_at: instant(),
    undone_at: instant(),
  }),
)

/** An import that has just begun, with the key of its requests to `ask`, which is shown once. */
export const newImportAnswer = once(() =>
  z.extend(importAnswer(), {
    ask_key: z
      .nullable(z.string())
      .check(z.describe('the key of Postern-Signature in the requests to ask')),
  }),
)

/** The report on one chunk. */
export const chunkAnswer = once(() =>
  z.object({
    created: count(),
    updated: count(),
    skipped: count(),
    failed: count(),
    reset: count(),
    skipped_by: z.record(z.string(), count()),
    errors: z.array(
      z.object({
        line: z.int(),
        field: z.string(),
        detail: z.string(),
        code: z.enum([
          'invalid',
          'taken',
          'exists',
          'duplicate',
          'unknown_hash',
          'too_costly',
          'malformed_hash',
          'link_taken',
          'admin_role',
        ]),
      }),
    ),
    links: z.object({ made: count(), unnamed: count() }),
    totp: count(),
  }),
)

/** What undoing an import has done. */
export const undoAnswer = once(() =>
  z.object({
    removed: count(),
    kept: z
      .array(z.object({ id: z.int(), username: z.string(), reason: z.literal('signed_in') }))
      .check(z.describe('users who stay because they have signed in; the first 1000 of them')),
    kept_count: count(),
  }),
)

const whole = (instant: number | null): number | null =>
  instant === null ? null : Math.floor(instant)

/** Returns an import in its wire format. */
export const shownImport = (run: Import): z.infer<ReturnType<typeof importAnswer>> => ({
  id: run.id,
  source: run.source,
  source_id: run.sourceId,
  on_existing: run.onExisting,
  dry_run: run.dryRun,
  keep_sub: run.keepSub,
  match_email: run.matchEmail,
  match_username: run.matchUsername,
  admin_roles: run.adminRoles,
  ask: run.askUrl,
  state: run.undoneAt !== null ? 'undone' : run.finishedAt !== null ? 'finished' : 'running',
  rows: run.created + run.updated + run.skipped + run.failed,
  created: run.created,
  updated: run.updated,
  skipped: run.skipped,
  failed: run.failed,
  reset: run.reset,
  links: run.links,
  totp: run.totp,
  started_at: Math.floor(run.startedAt),
  finished_at: whole(run.finishedAt),
  undone_at: whole(run.undoneAt),
})
