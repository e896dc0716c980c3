// What the server logs while jobs run.
import { afterAll, beforeAll, vi } from 'vitest'

/** The lines since they were last cleared. */
export const logged: string[] = []

/** Keeps the lines of the log from what the test run prints. */
export function keepLog(): void {
  beforeAll(() => {
    vi.spyOn(console, 'log').mockImplementation((text: string) => void logged.push(text))
  })
  afterAll(() => vi.restoreAllMocks())
}
