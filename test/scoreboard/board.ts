// The lines of the scoreboard. What is written in files is counted in them at this moment; what only a
// run can tell is what the latest run in this checkout has counted.
import { advisories } from '../advisories/advisories.ts'
import { moduleNames } from '../fapi/modules.ts'
import { readRecord } from '../mutants/record.ts'
import { plans } from '../openid/conformance.ts'
import { asvs } from './asvs.ts'
import type { Case } from './case.ts'
import { countedIn } from './counted.ts'
import { faultCases } from './fault-cases.ts'
import { fieldCases } from './field-cases.ts'
import { judgesInUse } from './judges.ts'
import { modernClients } from './modern-clients.ts'
import { modernFlows } from './modern-flows.ts'
import { modernResources } from './modern-resources.ts'
import { negativeRequests } from './negative-requests.ts'
import { negativeTokens } from './negative-tokens.ts'
import { nist } from './nist.ts'
import type { Requirement } from './requirement.ts'
import { reviewFindings } from './review-findings.ts'
import { useFindings } from './review-use.ts'
import { allTitles, faultsOf, testFiles, type Title } from './titles.ts'
import { unnoticedRules } from './unnoticed-rules.ts'

/** One line: what is counted, the number or null where nothing has counted it, and how it came about. */
export type Line = { what: string; value: number | null; from: string }

/** Counts that only a run can tell, and the command of that run. */
const runs: readonly (readonly [name: string, command: string])[] = [
  ['tests passed', 'npm test'],
  ['browser tests passed', 'npm run test:browser'],
  ['pages checked by axe', 'npm run test:browser'],
  ['fault cases', 'npm run test:faults'],
  ['race rounds', 'npm run test:races'],
  ['model runs', 'npm run model'],
  ['fuzz inputs', 'npm run fuzz'],
  ['flood requests', 'npm run test:abuse'],
  ['soak requests', 'npm run test:soak'],
]

/** The project's own lists of attacks and faults, each row with the tests that try it. */
export const caseLists: readonly (readonly [what: string, rows: readonly Case[]])[] = [
  ['negative cases of protocols (N)', [...negativeRequests, ...negativeTokens]],
  ['negative cases of newer protocols (M)', [...modernClients, ...modernResources, ...modernFlows]],
  ['faults (F)', faultCases],
  ['findings by attack (A)', reviewFindings],
  ['findings by use (U)', useFindings],
  ['rules that no test near them had noticed (K)', unnoticedRules],
  ['cases from reports about other servers', fieldCases],
]

/** Rows of lists that tests name by their ids, which begin with these letters. */
const lists: readonly (readonly [what: string, ids: RegExp])[] = [
  ['rules for operators (O)', /\bO\d{2}\b/g],
  ['rules for people (P)', /\bP\d{2}\b/g],
]

/** Returns every line. */
export function scoreboard(): Line[] {
  const titles = allTitles()
  const tests = titles.filter(({ isGroup }) => !isGroup)
  const files = (folder: string) => testFiles().filter((file) => file.startsWith(folder)).length
  const inFiles = 'counted in the test files'
  return [
    { what: 'test files', value: testFiles().length, from: inFiles },
    { what: 'tests as written; one may have many rows', value: tests.length, from: inFiles },
    ...caseLists.map(([what, rows]) => linesOf(what, rows, titles)),
    ...lists.map(([what, ids]) => ({ what, value: idsIn(titles, ids), from: 'named by tests' })),
    ...conformance(),
    ...dialects(tests, files('test/dialects/')),
    ...taught(),
    ...verdicts('ASVS 5.0 V10', asvs),
    ...verdicts('NIST SP 800-63B-4', nist),
    {
      what: 'programs of other people that judge',
      value: judgesInUse().length,
      from: judgesInUse()
        .map(({ name }) => name)
        .join(', '),
    },
    ...ofRuns(),
    ...mutants(),
  ]
}

/** Counts the rows of which every test is there and runs. */
function linesOf(what: string, rows: readonly Case[], titles: readonly Title[]): Line {
  const shown = rows.filter((row) => faultsOfCase(row, titles).length === 0)
  const without = rows.filter(({ cannotApply }) => cannotApply !== undefined).map(({ id }) => id)
  const otherwise = rows.filter(({ differs }) => differs !== undefined).map(({ id }) => id)
  const notes = [
    `of ${rows.length}`,
    ...(without.length === 0 ? [] : [`cannot apply: ${without.join(' ')}`]),
    ...(otherwise.length === 0 ? [] : [`decided otherwise: ${otherwise.join(' ')}`]),
  ]
  return { what, value: shown.length - without.length, from: notes.join('; ') }
}

/** Returns what is missing of the tests of a row. */
function faultsOfCase({ id, shown, cannotApply }: Case, titles: readonly Title[]): string[] {
  if (cannotApply === undefined && shown.length === 0) return [`${id}: nothing tries it`]
  return faultsOf(id, shown, titles)
}

const idsIn = (titles: readonly Title[], ids: RegExp): number =>
  new Set(titles.flatMap(({ title }) => title.match(ids) ?? [])).size

function conformance(): Line[] {
  const modules = plans.flatMap((plan) => plan.modules)
  const reproduced = modules.filter(({ outcome }) => outcome === 'reproduced').length
  return [
    {
      what: 'conformance modules of OpenID Connect, reproduced',
      value: reproduced,
      from: `of ${modules.length}; the Foundation's own suite has not been run`,
    },
    {
      what: 'conformance modules of FAPI 2.0, reproduced',
      value: moduleNames.length,
      from: `test/fapi; the Foundation's own suite has not been run`,
    },
  ]
}

const dialects = (tests: readonly Title[], files: number): Line[] => [
  {
    what: 'dialect cases as written',
    value: tests.filter(({ file }) => file.startsWith('test/dialects/')).length,
    from: `${files} files of test/dialects`,
  },
]

function taught(): Line[] {
  const applying = advisories.filter(({ cannotApply }) => cannotApply === undefined)
  return [
    {
      what: 'advisories about other servers, tried on this one',
      value: applying.length,
      from: `of ${advisories.length}; the others say why they cannot apply`,
    },
  ]
}

function verdicts(what: string, rows: readonly Requirement[]): Line[] {
  const of = (verdict: Requirement['verdict']) =>
    rows.filter((row) => row.verdict === verdict).map(({ id }) => id)
  const [onDemand, notMet] = [of('on demand'), of('not met')]
  return [
    { what: `${what}: rows met`, value: of('met').length, from: `of ${rows.length}` },
    { what: `${what}: on demand`, value: onDemand.length, from: onDemand.join('; ') },
    { what: `${what}: not met`, value: notMet.length, from: notMet.join('; ') },
  ]
}

function ofRuns(): Line[] {
  const counted = countedIn()
  const missing = runs.filter(([name]) => !counted.some((one) => one.name === name))
  return [
    ...counted.map(({ name, value, by, at }) => ({
      what: name,
      value,
      from: `${by}, ${at.slice(0, 16).replace('T', ' ')}`,
    })),
    ...missing.map(([what, command]) => ({
      what,
      value: null,
      from: `not run in this checkout: ${command}`,
    })),
  ]
}

function mutants(): Line[] {
  const { mutants, tried, killed, timedOut, equivalent, ...record } = readRecord()
  const values = {
    'mutants: files measured': record.measuredFiles,
    'mutants: files in scope': record.files,
    mutants,
    'mutants: tried': tried,
    'mutants: killed': killed + timedOut,
    'mutants: equivalent': equivalent,
  }
  return Object.entries(values).map(([what, value]) => ({
    what,
    value,
    from: 'test/mutants/record.json',
  }))
}

/** Returns what the tables name and no test shows. */
export function faults(): string[] {
  const titles = allTitles()
  const rows = [...asvs, ...nist]
  return [
    ...rows.flatMap(({ id, shown }) => faultsOf(id, shown, titles)),
    ...rows
      .filter(({ verdict, shown }) => verdict !== 'not met' && shown.length === 0)
      .map(({ id }) => `${id}: nothing shows it`),
    ...caseLists.flatMap(([, cases]) => cases.flatMap((row) => faultsOfCase(row, titles))),
    ...untaught(titles),
  ]
}

/** The ids that the title of a test of an advisory begins with. */
export const idsOf = (title: string): string[] => (title.split(': ', 1)[0] ?? '').split(', ')

function untaught(titles: readonly Title[]): string[] {
  const tried = titles
    .filter(({ file, isSkipped }) => file.startsWith('test/advisories/') && !isSkipped)
    .flatMap(({ title }) => idsOf(title))
  const known = advisories.map(({ id }) => id)
  return [
    ...advisories
      .filter(({ id, cannotApply }) => cannotApply === undefined && !tried.includes(id))
      .map(({ id }) => `${id}: no test tries it`),
    ...tried.filter((id) => !known.includes(id)).map((id) => `${id}: no row of advisories.ts`),
    ...known.filter((id, nth) => known.indexOf(id) !== nth).map((id) => `${id}: twice`),
  ]
}
