// The memory of a process over time, and whether it stays flat.
import { readFileSync } from 'node:fs'

/** `at` in seconds since the start, `mebibytes` resident. */
export type Sample = { at: number; mebibytes: number }

/** Resident memory of a process. Linux only. */
export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

/**
 * How much more the last third of a run may need than the second: the first is warm-up. A collector of
 * garbage gives memory back late and in steps, so that medians are compared; a leak grows with every
 * request, so that it shows in them however long the run.
 */
const tolerance = { share: 0.1, mebibytes: 24 }

export type MemoryVerdict = {
  isFlat: boolean
  /** Medians of the thirds. */
  thirds: [number, number, number]
  /** Mebibytes a minute, by least squares over what follows the warm-up. */
  slope: number
}

/** Judges the samples of a whole run. */
export function judgeMemory(samples: readonly Sample[]): MemoryVerdict {
  const third = Math.ceil(samples.length / 3)
  const medianOf = (from: number) =>
    median(samples.slice(from, from + third).map(({ mebibytes }) => mebibytes))
  const thirds: MemoryVerdict['thirds'] = [medianOf(0), medianOf(third), medianOf(2 * third)]
  const [, second, last] = thirds
  const most = second + Math.max(second * tolerance.share, tolerance.mebibytes)
  return { isFlat: last <= most, thirds, slope: slopeOf(samples.slice(third)) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, samples.length)
  const [at, mebibytes] = [mean((one) => one.at), mean((one) => one.mebibytes)]
  const spread = mean((one) => (one.at - at) ** 2)
  const together = mean((one) => (one.at - at) * (one.mebibytes - mebibytes))
  return spread === 0 ? 0 : (together / spread) * 60
}
