// The limit worker, as a server beside the others.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, type Bundle } from './bundle.ts'
import { startEdge, type Edge } from './edge.ts'

export const compatibilityDate = '2026-10-20'

/** The bundle of the limit worker. */
export function bundleLimit(folder: string): Promise<Bundle> {
  const config = join(folder, 'wrangler.toml')
  writeFileSync(config, `name = "limit"\ncompatibility_date = "${compatibilityDate}"\n`)
  const main = join(import.meta.dirname, 'limit', 'worker.ts')
  return bundle({ main, config, folder: join(folder, 'bundle') })
}

export async function startLimit(folder: string): Promise<Edge> {
  const edge = await startEdge({
    name: 'limit',
    bundle: await bundleLimit(folder),
    compatibilityDate,
    compatibilityFlags: [],
    bindings: {},
    d1: ['DB'],
    kv: ['KV'],
    stateFolder: join(folder, 'state'),
  })
  const answer = await fetch(`${edge.origin}/set-up`)
  if (!answer.ok) throw new Error(`limit: ${answer.status} ${await answer.text()}`)
  return edge
}
