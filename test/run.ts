// `npm test`: the checks of types, format and lint, then every test that needs no browser. Ends with
// the line `N passed, N failed`, in which each check counts as one. With parameters vitest runs alone
// and gets them: `npm test -- test/protocol`.
import { runChecks } from './checks.ts'
import { recordCounts } from './counts.ts'
import { printTotal, runVitest } from './vitest-run.ts'

const parameters = process.argv.slice(2)

const checks = parameters.length > 0 ? [] : runChecks()
const tests = await runVitest('test/vitest.config.ts', parameters)
if (parameters.length === 0) recordCounts('npm-test', { 'tests passed': tests.passed })
printTotal([...checks, tests])
