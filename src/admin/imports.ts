// Imports of users under /admin/v1/imports. Clients of this interface read the files of other systems
// and send their users in one format, a chunk at a time.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { auditOfImport, finishImport, undoImport } from '../core/people/import/administration.ts'
import type { Import, NewImport } from '../core/people/import/storage.ts'
import { type ChunkRefusal, takeChunk } from '../core/people/import/take-chunk.ts'
import { base64url, utf8 } from '../crypto/encoding.ts'
import { randomSecret, timeOrderedId } from '../crypto/secret.ts'
import { passwordAskingFault } from '../federation/password-asking.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { mediaType, readBytes } from '../http/form.ts'
import { longestChunk, readRows } from './import-row.ts'
import {
  chunkAnswer,
  importAnswer,
  newImport,
  newImportAnswer,
  shownImport,
  undoAnswer,
} from './import.ts'
import { requireReach } from './administrators.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { Problem, invalid, unknown } from './problem.ts'
import { listOperation, showOperation } from './reading.ts'

const all = '/admin/v1/imports'
const one = `${all}/{import_id}`
const rows = 'application/x-ndjson'

/** The operations on imports. */
export const importOperations: readonly Operation[] = [
  listOperation({
    id: 'listImports',
    path: all,
    summary: 'Lists imports, newest first',
    read: (as, limit, cursor) => as.store.imports.list(limit, cursor === '' ? null : cursor),
    answer: importAnswer,
    shown: shownImport,
  }),
  {
    id: 'beginImport',
    method: 'POST',
    path: all,
    summary: 'Begins an import of users. With ask, the response contains the key of it, once.',
    body: newImport,
    success: { status: 201, body: newImportAnswer },
    refusals: bodyRefusals,
    respond: begin,
  },
  showOperation({
    id: 'getImport',
    path: one,
    summary: 'Returns an import',
    what: 'import',
    find: (context) => context.env.as.store.imports.find(importIdOf(context)),
    answer: importAnswer,
    shown: shownImport,
  }),
  {
    id: 'putImportChunk',
    method: 'PUT',
    path: `${one}/chunks/{number}`,
    summary:
      'Imports a chunk of users: at most 500 lines of JSON and 1 MiB.' +
      ' The same chunk again returns the same report, other bytes under its number are 409.',
    bodyType: rows,
    success: { status: 200, body: chunkAnswer },
    refusals: [400, 404, 409, 413, 415],
    respond: putChunk,
  },
  {
    id: 'finishImport',
    method: 'POST',
    path: `${one}/finish`,
    summary: 'Ends an import. No chunk is accepted afterwards.',
    success: { status: 200, body: importAnswer },
    refusals: [404],
    respond: finish,
  },
  {
    id: 'undoImport',
    method: 'DELETE',
    path: one,
    summary:
      'Undoes an import: deletes the users that it created and who have not signed in since.' +
      ' The others are kept, and named in the response.',
    success: { status: 200, body: undoAnswer },
    refusals: [404, 409],
    respond: undo,
  },
]

/** Returns the id in the path. @throws 404 if it cannot be one */
function importIdOf(context: FaceContext): string {
  const id = context.req.param('import_id') ?? ''
  if (!/^[0-9a-f-]{36}$/.test(id)) throw unknown('import')
  return id
}

async function begin(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const sent = readAs(newImport, await readObject(context.req.raw))
  requireReachOf(as, { adminRoles: sent.admin_roles })
  const askFault = sent.ask === undefined ? null : passwordAskingFault(as, sent.ask)
  if (askFault !== null) throw invalid([{ field: 'ask', detail: askFault }])
  const id = timeOrderedId(as.now)
  const askKey = sent.ask === undefined ? null : randomSecret()
  const run: NewImport = {
    id,
    source: sent.source,
    sourceId: sent.source_id ?? sent.source,
    onExisting: sent.on_existing,
    dryRun: sent.dry_run,
    keepSub: sent.keep_sub,
    matchEmail: sent.match_email,
    matchUsername: sent.match_username,
    adminRoles: sent.admin_roles,
    askUrl: sent.ask ?? null,
    sealedAskKey: askKey === null ? null : await as.keys.seal('import key', utf8(askKey), id),
    startedAt: as.now,
  }
  await as.store.imports.create(run, auditOfImport(as, 'import.started', run))
  const shown = shownImport({ ...none, ...run })
  const location = `${as.issuer}${all}/${id}`
  return context.json({ ...shown, ask_key: askKey }, 201, { ...noStore, Location: location })
}

/** @throws 403 if an import gives roles that reach further than the operator */
const requireReachOf = (
  as: AuthorizationServer,
  { adminRoles }: Pick<Import, 'adminRoles'>,
): void => requireReach(as, adminRoles ? 'admin' : null)

const none = {
  created: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  reset: 0,
  links: 0,
  totp: 0,
  finishedAt: null,
  undoneAt: null,
}

async function putChunk(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = importIdOf(context)
  const text = context.req.param('number') ?? ''
  if (!/^[1-9]\d{0,8}$/.test(text)) throw unknown('chunk')
  if (mediaType(context.req.raw) !== rows) {
    throw new Problem(415, `send the rows with the header Content-Type: ${rows}`)
  }
  const bytes = await readBytes(context.req.raw, longestChunk)
  const digest = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  const chunk = { number: Number(text), digest, ...readRows(bytes) }
  // Another operator may have begun the import, who may do more.
  const answer = await takeChunk(as, id, chunk, (run) => requireReachOf(as, run))
  if (typeof answer === 'string') throw refusals[answer]()
  return context.json(answer, 200, noStore)
}

const refusals: Record<ChunkRefusal, () => Problem> = {
  unknown: () => unknown('import'),
  ended: () => new Problem(409, 'the import has ended'),
  different: () => new Problem(409, 'a chunk of this number with other rows has been imported'),
}

async function finish(context: FaceContext): Promise<Response> {
  await finishImport(context.env.as, await existing(context))
  return context.json(shownImport(await existing(context)), 200, noStore)
}

/** @throws 404 */
async function existing(context: FaceContext): Promise<Import> {
  const run = await context.env.as.store.imports.find(importIdOf(context))
  if (run === null) throw unknown('import')
  return run
}

async function undo(context: FaceContext): Promise<Response> {
  const undone = await undoImport(context.env.as, await existing(context))
  if (undone === null) throw new Problem(409, 'a dry run has created nobody')
  const { removed, kept, keptCount } = undone
  const named = kept.map((user) => ({ ...user, reason: 'signed_in' as const }))
  return context.json({ removed, kept: named, kept_count: keptCount }, 200, noStore)
}
