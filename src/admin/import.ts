// An import on the wire: the body that begins one, and the members of responses.
import { importStateOf } from '../core/people/import/administration.ts'
import type { Import } from '../core/people/import/storage.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { line } from './user.ts'

const choice = (description: string) =>
  v.pipe(v.optional(v.boolean(), false), v.description(description))

/** The body that begins an import. */
export const newImport = once(() =>
  v.strictObject({
    source: v.pipe(line(100), v.description('the name of the format that the users come from')),
    source_id: v.pipe(
      v.optional(line(100)),
      v.description('the namespace of external_id; absent = the source'),
    ),
    on_existing: v.optional(v.picklist(['skip', 'update', 'fail']), 'skip'),
    dry_run: choice('reports what an import would do, and writes no user'),
    keep_sub: choice('the sub of each row becomes that of the user'),
    match_email: choice('an email that both systems have verified means one person'),
    match_username: choice('a username means one person'),
    admin_roles: choice('the roles admin and admin-read are given, which administer this server'),
    ask: v.pipe(
      v.optional(v.pipe(v.string(), v.maxLength(2_000))),
      v.description(
        'https URL that checks the first password of each user without a password hash',
      ),
    ),
  }),
)

const count = () => v.pipe(v.int(), v.minValue(0))
const instant = () => v.nullable(v.int())

/** An import. */
export const importAnswer = once(() =>
  v.object({
    id: v.string(),
    source: v.string(),
    source_id: v.string(),
    on_existing: v.picklist(['skip', 'update', 'fail']),
    dry_run: v.boolean(),
    keep_sub: v.boolean(),
    match_email: v.boolean(),
    match_username: v.boolean(),
    admin_roles: v.boolean(),
    ask: v.nullable(v.string()),
    state: v.picklist(['running', 'finished', 'undone']),
    rows: count(),
    created: count(),
    updated: count(),
    skipped: count(),
    failed: count(),
    reset: v.pipe(count(), v.description('users who have no password yet')),
    links: v.pipe(count(), v.description('provider links that were made')),
    totp: v.pipe(count(), v.description('TOTP secrets that were stored')),
    started_at: v.int(),
    finished_at: instant(),
    undone_at: instant(),
  }),
)

/** An import that has just begun, with the key of its requests to `ask`, which is shown once. */
export const newImportAnswer = once(() =>
  v.object({
    ...importAnswer().entries,
    ask_key: v.pipe(
      v.nullable(v.string()),
      v.description('the key of Postern-Signature in the requests to ask'),
    ),
  }),
)

/** The report on one chunk. */
export const chunkAnswer = once(() =>
  v.object({
    created: count(),
    updated: count(),
    skipped: count(),
    failed: count(),
    reset: count(),
    skipped_by: v.record(v.string(), count()),
    errors: v.array(
      v.object({
        line: v.int(),
        field: v.string(),
        detail: v.string(),
        code: v.picklist([
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
    links: v.object({ made: count(), unnamed: count() }),
    totp: count(),
  }),
)

/** What undoing an import has done. */
export const undoAnswer = once(() =>
  v.object({
    removed: count(),
    kept: v.pipe(
      v.array(v.object({ id: v.int(), username: v.string(), reason: v.literal('signed_in') })),
      v.description('users who stay because they have signed in; the first 1000 of them'),
    ),
    kept_count: count(),
  }),
)

const whole = (instant: number | null): number | null =>
  instant === null ? null : Math.floor(instant)

/** Returns an import in its wire format. */
export const shownImport = (run: Import): v.InferOutput<ReturnType<typeof importAnswer>> => ({
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
  state: importStateOf(run),
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
