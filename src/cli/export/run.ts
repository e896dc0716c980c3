// An export: page by page from the server into the files, so that memory stays flat however much there
// is. A run that broke off goes on with the page that it had not noted yet.
import type { AdminApi } from '../admin-api.ts'
import { type ExportedFile, ExportFolder, type Position, beginning } from './folder.ts'
import { type Kind, kindsOf } from './kinds.ts'

type Source = Pick<AdminApi, 'origin' | 'pages'>

/** Seconds after which a broken-off list with hashes begins again: its cursors are good for a day. */
const longestPause = 82_800

/**
 * Exports everything into the folder `path`. `tell` hears of every page.
 * @throws Failure
 */
export async function runExport(
  source: Source,
  { path, withHashes }: { path: string; withHashes: boolean },
  tell: (kind: string, items: number) => Promise<void>,
): Promise<ExportedFile[]> {
  const folder = await ExportFolder.open(path, { origin: source.origin, withHashes })
  const kinds = kindsOf(withHashes)
  for (const kind of kinds) await exportKind(source, folder, kind, tell)
  return folder.finish(kinds.map(({ name }) => name))
}

async function exportKind(
  source: Source,
  folder: ExportFolder,
  { name, path, query = {} }: Kind,
  tell: (kind: string, items: number) => Promise<void>,
): Promise<void> {
  let position = startOf(folder.positionOf(name), 'hashes' in query)
  if (position.isComplete) return
  const cursor = position.cursor ?? undefined
  for await (const page of source.pages(path, query, { limit: Infinity, cursor })) {
    position = await folder.append(name, position, page.items, page.nextCursor)
    await tell(name, position.items)
  }
}

function startOf(position: Position, withHashes: boolean): Position {
  const now = Date.now() / 1000
  const isTooOld = withHashes && !position.isComplete && now - position.begunAt > longestPause
  return isTooOld ? beginning() : position
}
