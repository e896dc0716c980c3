// A reporter of vitest for what its JSON report leaves out: test files that were not run to their end,
// because the process that ran them has died, and errors outside of the tests.
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter } from 'vitest/node'
import { z } from 'zod'

/** The variable that names the file to write. */
export const reportVariable = 'POSTERN_RUN_REPORT'

/** `unfinished`: paths below the project's folder. `errors`: their first lines, the causes behind them. */
export const runReportSchema = z.object({
  unfinished: z.array(z.string()),
  errors: z.array(z.string()),
})

type SerializedError = Parameters<NonNullable<Reporter['onTestRunEnd']>>[1][number]

export default class RunReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (testModules, unhandledErrors) => {
    const path = process.env[reportVariable]
    if (path === undefined) return
    const unfinished = testModules
      .filter((module) => ['queued', 'pending'].includes(module.state()))
      .map(({ moduleId }) => relative(process.cwd(), moduleId))
    const errors = unhandledErrors.map(lineOf)
    writeFileSync(
      path,
      JSON.stringify({ unfinished, errors } satisfies z.infer<typeof runReportSchema>),
    )
  }
}

function lineOf({ message, cause }: SerializedError): string {
  const [line = ''] = message.split('\n')
  return cause === undefined ? line : `${line} ${lineOf(cause)}`
}
