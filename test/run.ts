// `npm test`: the checks of types, format and lint, then every test that needs no browser. Ends with
// the line `N passed, N failed`, in which each check counts as one. With parameters vitest runs alone
// and gets them: `npm test -- test/protocol`.
import { runChecks } from './checks.ts'
import { recordCounts } from './counts.ts'
import { vitestParameters } from './script-options.ts'
import { treeSeed } from './tree-seed.ts'
import { printTotal, runVitest } from './vitest-run.ts'

const parameters = vitestParameters(
  `npm test [-- FILE ...] [-t NAME]
  (none)     types, format, lint, and every test that needs no browser
  FILE       the tests of a file or a folder, without the checks
  -t NAME    only tests whose name has these words
Other options go to vitest: npx vitest run --help lists them.`,
)

const checks = parameters.length > 0 ? [] : runChecks()
const seed = process.env['VITE_SEED'] ?? String(treeSeed())
console.log(`What is drawn at random is drawn from ${seed}; VITE_SEED=${seed} repeats it.`)
const environment = { VITE_MODEL_SEED: seed, VITE_RACE_SEED: seed, ...process.env }
const tests = await runVitest('test/vitest.config.ts', parameters, { environment })
if (parameters.length === 0) recordCounts('npm-test', { 'tests passed': tests.passed })
printTotal([...checks, tests])
