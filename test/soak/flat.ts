// Whether memory stays flat over a run.

/** `at` in seconds since the start. */
export type Sample = { at: number; mebibytes: number }

/**
 * How much more the last third of a run may need than the second: the first is warm-up. Live objects are
 * measured after a collection, so that they are judged closely and in any run: a leak grows with every
 * request, however long the run. Resident memory also has what V8 and the allocator keep for later, and
 * SQLite's pages, so that it is judged in runs that are long enough for it to have settled.
 */
export const tolerances = {
  live: { share: 0.1, mebibytes: 4 },
  resident: { share: 0.2, mebibytes: 24 },
}

/** Minutes after which resident memory has settled: it is judged in runs of three times as many. */
export const settling = 5

export type MemoryVerdict = {
  isFlat: boolean
  /** Medians of the thirds. */
  thirds: [number, number, number]
  /** Mebibytes a minute, by least squares over what follows the warm-up. */
  slope: number
}

/** Judges the samples of a whole run. */
export function judgeMemory(
  samples: readonly Sample[],
  tolerance: { share: number; mebibytes: number },
): MemoryVerdict {
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
