// A reporter of vitest for what its JSON report leaves out: test files that were not run to their end,
// because the process that ran them has died, hooks that have failed, and errors outside of the tests.
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter } from 'vitest/node'
import { z } from 'zod'

/** The variable that names the file to write. */
export const reportVariable = 'POSTERN_RUN_REPORT'

/** What went wrong with a test file; `file` is its path below the project's folder. */
const troubleSchema = z.object({ file: z.string(), what: z.string() })
export type Trouble = z.infer<typeof troubleSchema>

/** `unfinished`: the files. `hooks`: what failed before or after the tests. `errors`: their first lines. */
export const runReportSchema = z.object({
  unfinished: z.array(z.string()),
  hooks: z.array(troubleSchema),
  errors: z.array(z.string()),
})

type TestModule = Parameters<NonNullable<Reporter['onTestRunEnd']>>[0][number]
type SerializedError = Parameters<NonNullable<Reporter['onTestRunEnd']>>[1][number]

export default class RunReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (testModules, unhandledErrors) => {
    const path = process.env[reportVariable]
    if (path === undefined) return
    const report: z.infer<typeof runReportSchema> = {
      unfinished: testModules
        .filter((module) => ['queued', 'pending'].includes(module.state()))
        .map(pathOf),
      hooks: testModules.flatMap(hooksIn),
      errors: unhandledErrors.map(lineOf),
    }
    writeFileSync(path, JSON.stringify(report))
  }
}

const pathOf = ({ moduleId }: TestModule): string => relative(process.cwd(), moduleId)

function hooksIn(module: TestModule): Trouble[] {
  const failed = [
    ...module.errors().map(lineOf),
    ...[...module.children.allSuites()].flatMap((suite) =>
      suite.errors().map((error) => `${suite.fullName}: ${lineOf(error)}`),
    ),
  ]
  return failed.map((what) => ({ file: pathOf(module), what }))
}

function lineOf({ message, cause }: SerializedError): string {
  const [line = ''] = message.split('\n')
  return cause === undefined ? line : `${line} ${lineOf(cause)}`
}
