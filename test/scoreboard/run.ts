// `npm run scoreboard`: what is tested, in numbers that nobody types. `--json` prints them as JSON,
// `--rows` prints the tables that stand behind them, and `--check` fails if a row of those has no test.
import { advisories } from '../advisories/advisories.ts'
import { scriptOptions } from '../script-options.ts'
import { asvs } from './asvs.ts'
import { caseLists, faults, scoreboard } from './board.ts'
import { nist } from './nist.ts'

const { values } = scriptOptions(
  `npm run scoreboard -- [options]
  (none)     what is tested, in numbers
  --rows     the rows behind the numbers: requirements, cases, advisories
  --json     prints JSON; with --rows also the rows
  --check    fails if a row names a test that is not there or does not run`,
  {
    options: {
      json: { type: 'boolean', default: false },
      rows: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  },
)

if (values.check) {
  const found = faults()
  console.log(found.length === 0 ? 'every row has its tests' : found.join('\n'))
  process.exitCode = found.length === 0 ? 0 : 1
} else if (values.json) {
  const rows = { asvs, nist, advisories, cases: caseLists.flatMap(([, cases]) => cases) }
  console.log(JSON.stringify({ lines: scoreboard(), ...(values.rows ? rows : {}) }, null, 2))
} else if (values.rows) {
  for (const { id, verdict, asks, how } of [...asvs, ...nist]) {
    console.log(`${id} (${verdict}): ${asks}\n    ${how}`)
  }
  for (const { id, rule, shown, differs, cannotApply } of caseLists.flatMap(([, rows]) => rows)) {
    console.log(`${id}: ${rule}${cannotApply ? `\n    cannot apply: ${cannotApply}` : ''}`)
    for (const [file, title] of shown) console.log(`    ${file}: ${title}`)
    if (differs !== undefined) console.log(`    decided otherwise: ${differs}`)
  }
  for (const { id, product, lesson, cannotApply } of advisories) {
    console.log(
      `${id} (${product}): ${lesson}${cannotApply ? `\n    cannot apply: ${cannotApply}` : ''}`,
    )
  }
} else {
  const lines = scoreboard()
  const width = Math.max(...lines.map(({ what }) => what.length))
  for (const { what, value, from } of lines) {
    const number = value === null ? '-' : value.toLocaleString('en-US')
    console.log(`${what.padEnd(width)}  ${number.padStart(10)}  ${from}`)
  }
}
