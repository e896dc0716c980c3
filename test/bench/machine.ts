// The machine under measurement: what processes have cost, and who else is working.
import { readFileSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'

/** Clock ticks a second of /proc, as every Linux has it. */
const ticks = 100

/** Seconds of CPU (user and system) that a process has taken. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; what follows is counted from there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

/** The living children of a process, this one by default, whose command line names `program`. */
export function childrenRunning(program: string, parent = process.pid): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.map(Number).filter((id) => isChildRunning(id, program, parent))
}

function isChildRunning(id: number, program: string, of: number): boolean {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return parent === of && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(program)
  } catch {
    return false
  }
}

/** Ends all that this process has started, and what that has started, at once. */
export function endChildren(parent = process.pid): void {
  for (const id of childrenRunning('', parent)) {
    // First what it has started: without it, nobody would know whose that was.
    endChildren(id)
    try {
      process.kill(id, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** How many cores were busy on average over the last minute. */
export const load = (): number => Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])

/** Above this share of the cores somebody else's work shows in the figures. */
const calm = 0.35

const isBusy = (): boolean => load() > cpus().length * calm

export const machineName = (): string => {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${cpus().length} x ${model}, ${process.platform} ${process.arch}`
}

/**
 * Says so if others are working, after waiting up to `patience` seconds for them to finish.
 * Measuring goes on either way: a figure from a busy machine is a figure with that remark.
 */
export async function awaitCalm(patience: number): Promise<string> {
  const until = Date.now() + patience * 1000
  while (isBusy() && Date.now() < until) {
    console.log(`  the machine is busy (load ${load()}); waiting for it to calm down`)
    await new Promise((resolve) => setTimeout(resolve, Math.min(15, patience) * 1000))
  }
  return isBusy()
    ? `BUSY: load ${load()} on ${cpus().length} cores before the first request: figures are noisy`
    : `calm: load ${load()} on ${cpus().length} cores before the first request`
}
