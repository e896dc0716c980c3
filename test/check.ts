// `npm run check`: types, format, lint, and the tests that need no worker; under a minute.
import { runChecks } from './checks.ts'
import { scriptOptions } from './script-options.ts'
import { printTotal, runVitest } from './vitest-run.ts'

scriptOptions(
  `npm run check
Types, format, lint, and the tests that need no worker. There are no options; npm test -- FILE runs one file.`,
  {},
)

printTotal([...runChecks(), await runVitest('test/vitest.plain.config.ts', [])])
