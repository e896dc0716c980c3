// What an administrator does to an import that has begun, whichever face asks for it.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import type { Import, KeptUser } from './storage.ts'

/** Returns the audit event of an import. */
export const auditOfImport = (
  as: AuthorizationServer,
  kind: 'import.started' | 'import.finished' | 'import.undone',
  { id, source, sourceId, dryRun }: Pick<Import, 'id' | 'source' | 'sourceId' | 'dryRun'>,
  more: object = {},
) =>
  auditOf(as, kind, {
    detail: { import: id, source, source_id: sourceId, dry_run: dryRun, ...more },
  })

/** Returns how far an import is. */
export const importStateOf = ({
  finishedAt,
  undoneAt,
}: Import): 'running' | 'finished' | 'undone' =>
  undoneAt !== null ? 'undone' : finishedAt !== null ? 'finished' : 'running'

/** Ends an import: no chunk is accepted afterwards. Idempotent. */
export async function finishImport(as: AuthorizationServer, run: Import): Promise<void> {
  if (run.finishedAt !== null) return
  const { created, updated, skipped, failed } = run
  const counts = { created, updated, skipped, failed }
  await as.store.imports.finish(run.id, auditOfImport(as, 'import.finished', run, counts))
}

/** How many users one pair of batches removes, and how many of those who stay are named. */
const bite = 1_000
const mostNamed = 1_000

/** What undoing an import has done: the users who were removed, and who stays. */
export type Undoing = { removed: number; kept: readonly KeptUser[]; keptCount: number }

/**
 * Deletes the users that an import created and who have not signed in since; null for a dry run, which
 * created nobody. A call that was cut off can be repeated.
 */
export async function undoImport(as: AuthorizationServer, run: Import): Promise<Undoing | null> {
  if (run.dryRun) return null
  const { imports } = as.store
  await imports.beginUndo(run.id, auditOfImport(as, 'import.undone', run))
  let removed = 0
  const kept: KeptUser[] = []
  let keptCount = 0
  for (let after: number | null = 0; after !== null;) {
    const step: Awaited<ReturnType<typeof imports.undo>> = await imports.undo(run.id, after, bite)
    removed += step.removed
    keptCount += step.kept.length
    kept.push(...step.kept.slice(0, mostNamed - kept.length))
    after = step.next
  }
  return { removed, kept, keptCount }
}
