// The memory of a process over time, and whether it stays flat.
import { readFileSync } from 'node:fs'
import { openInspector, type Inspector } from '../bench/profile.ts'

/** Resident memory of a process. Linux only. */
export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

/** The inspectors of our worker, and of what plays D1 and KV beside it in the same process. */
export type Inspectors = { worker: Inspector; others: readonly Inspector[] }

/** Opens them all. */
export async function openInspectors(port: number): Promise<Inspectors> {
  const others = ['d1:db', 'd1:db:entry', 'kv:ns', 'kv:ns:entry']
  return {
    worker: await openInspector(port),
    others: await Promise.all(others.map((name) => openInspector(port, name))),
  }
}

/**
 * Collects the garbage of the whole process, and returns what the objects of our worker take: what is still
 * there belongs to somebody.
 */
export async function liveMebibytes({ worker, others }: Inspectors): Promise<number> {
  for (const one of [...others, worker]) await one.command('HeapProfiler.collectGarbage')
  const { usedSize } = await worker.command<{ usedSize: number }>('Runtime.getHeapUsage')
  return usedSize / 2 ** 20
}
