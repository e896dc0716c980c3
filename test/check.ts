// `npm run check`: types, format, lint, and the tests that need no worker; under a minute.
import { runChecks } from './checks.ts'
import { printTotal, runVitest } from './vitest-run.ts'

printTotal([...runChecks(), await runVitest('test/vitest.plain.config.ts', [])])
