// `npm test`: the checks of types, format and lint, then every test that needs no browser. Ends with
// the line `N passed, N failed`, in which each check counts as one. With parameters vitest runs alone
// and gets them: `npm test -- test/protocol`.
import { runChecks } from './checks.ts'
import { printTotal, runVitest } from './vitest-run.ts'

const parameters = process.argv.slice(2)

printTotal([
  ...(parameters.length > 0 ? [] : runChecks()),
  await runVitest('test/vitest.config.ts', parameters),
])
