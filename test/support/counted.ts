// What a test counts while it runs (rounds, inputs, cases): the runner gathers it for the scoreboard.
import type { TestContext } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** Numbers by name, such as `race rounds`. */
    counts?: Record<string, number>
  }
}

/** Adds numbers to what a test has counted so far; `npm run scoreboard` prints their sums. */
export function countIn({ task }: TestContext, counts: Record<string, number>): void {
  const known = (task.meta.counts ??= {})
  for (const [name, number] of Object.entries(counts)) known[name] = (known[name] ?? 0) + number
}
