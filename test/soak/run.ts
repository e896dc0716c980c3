// `npm run test:soak`: the deployed bundle on workerd, under a realistic mix of requests for as long as it is
// asked. Fails on any answer of 500 or above, any answer that is not the right one, memory that grows, and
// rows that nobody's proof accounts for.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runScript } from '../../src/operator/refusal.ts'
import { endChildren, load, machineName } from '../bench/machine.ts'
import { admin, makeAccounts, startPostern } from '../bench/postern.ts'
import { table } from '../bench/report.ts'
import type { Edge } from '../bench/edge.ts'
import { recordCounts } from '../counts.ts'
import { Figures } from './figures.ts'
import { judgeMemory, residentMebibytes, type Sample } from './memory.ts'
import { readOptions, usage, type Options } from './options.ts'
import { Person, type World } from './person.ts'
import { countRows, growthOf, sizeOf, type Rows } from './rows.ts'
import { visits } from './visits.ts'

const settings = {
  REGISTRATION: 'open',
  REGISTRATIONS_PER_ADDRESS: '1000000',
  // Both counts of a limit are on the way of each request: nobody reaches them, but for robots.txt.
  RATE_LIMITS: '/oauth2/*=1000000/60,/robots.txt=1/3600,client=1000000/60',
}

/** Seconds between two reports, two runs of cron, and two samples of the memory. */
const every = { report: 30, cron: 60, sample: 2 }

/** What goes on under the load, in counts that only grow. */
type Run = {
  figures: Figures
  proved: Rows
  visits: Map<string, number>
  samples: Sample[]
  crons: number
}

async function soak(options: Options, folder: string): Promise<boolean> {
  const { port } = options
  const edge = await startPostern({ folder, settings, ...(port === undefined ? {} : { port }) })
  try {
    console.log(
      `${options.connections} connections for ${options.minutes} minutes at ${edge.origin}`,
    )
    const run: Run = {
      figures: new Figures(),
      proved: {},
      visits: new Map(),
      samples: [],
      crons: 0,
    }
    const { people, world } = await populate(edge, options.connections, run.figures)
    const database = await edge.database('DB')
    // The first request for them makes the keys.
    await people[0]?.send({ path: '/.well-known/jwks.json' })
    const before = await countRows(database)
    const started = performance.now()
    await underLoad(edge, people, world, options, run)
    const minutes = (performance.now() - started) / 60_000
    const growth = growthOf(before, await countRows(database), run.proved)
    return judge(run, growth, minutes, await sizeOf(database))
  } finally {
    await edge.stop()
  }
}

/** A user for each connection, and the clients. */
async function populate(edge: Edge, connections: number, figures: Figures) {
  const accounts = { ...(await makeAccounts(edge)), stop: edge.stop }
  const device = await admin(edge, '/clients', {
    client_name: 'A television',
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    scope: 'openid',
  })
  const people: Person[] = []
  for (let index = 0; index < connections; index++) {
    const user = { name: `soak-${index}`, password: `a password of person ${index}` }
    const facts = { username: user.name, password: user.password }
    await admin(edge, '/users', { ...facts, email: `${user.name}@example.com` })
    people.push(new Person({ ...accounts, user }, index, figures))
  }
  return { people, world: { device } }
}

async function underLoad(
  edge: Edge,
  people: readonly Person[],
  world: World,
  { minutes }: Options,
  run: Run,
): Promise<void> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const isOver = () => seconds() >= minutes * 60
  const beside: Promise<void>[] = []
  const timers = [
    setInterval(() => {
      run.samples.push({ at: seconds(), mebibytes: residentMebibytes(edge.pid) })
    }, every.sample * 1000),
    setInterval(() => console.log(progressLine(run, seconds())), every.report * 1000),
    setInterval(() => {
      run.crons++
      beside.push(edge.scheduled().catch((cause: unknown) => run.figures.fail('cron', cause)))
    }, every.cron * 1000),
  ]
  try {
    await Promise.all(people.map((person) => visitUntil(isOver, person, world, run)))
    await Promise.all(beside)
  } finally {
    for (const timer of timers) clearInterval(timer)
    for (const person of people) person.close()
  }
}

async function visitUntil(
  isOver: () => boolean,
  person: Person,
  world: World,
  run: Run,
): Promise<void> {
  while (!isOver()) {
    const visit = chosenVisit()
    try {
      const proofs = await visit.make(person, world)
      for (const [name, rows] of Object.entries(proofs)) {
        run.proved[name] = (run.proved[name] ?? 0) + rows
      }
      run.visits.set(visit.name, (run.visits.get(visit.name) ?? 0) + 1)
    } catch (cause) {
      run.figures.fail(visit.name, cause)
      person.renewBrowser()
    }
  }
}

const weights = visits.reduce((sum, { weight }) => sum + weight, 0)

function chosenVisit() {
  let left = Math.random() * weights
  const chosen = visits.find(({ weight }) => (left -= weight) < 0) ?? visits[0]
  if (chosen === undefined) throw new Error('there are no visits')
  return chosen
}

function progressLine({ figures, samples }: Run, seconds: number): string {
  const classes = Object.entries(figures.classes).map(([name, count]) => `${count} ${name}`)
  const memory = samples.at(-1)?.mebibytes.toFixed(0) ?? '?'
  const rate = (figures.requests / seconds).toFixed(0)
  const failed = figures.failedVisits === 0 ? '' : `, ${figures.failedVisits} failed visits`
  return `${seconds.toFixed(0)} s: ${figures.requests} requests (${rate}/s), ${classes.join(', ')}, ${memory} MiB${failed}`
}

function judge(
  run: Run,
  growth: ReturnType<typeof growthOf>,
  minutes: number,
  bytes: number,
): boolean {
  const { figures, samples } = run
  const memory = judgeMemory(samples)
  const grown = growth.filter(({ grew, most }) => grew > most)
  const [first, second, last] = memory.thirds.map((one) => one.toFixed(0))
  console.log(`\n${figures.routes}\n`)
  console.log(
    table(
      ['table', 'rows', 'grew by', 'proved'],
      growth.map((one) => [one.table, ...[one.rows, one.grew, one.most].map(String)]),
    ),
  )
  console.log(`\n${[...run.visits].map(([name, count]) => `${count} x ${name}`).join(', ')}`)
  console.log(`${progressLine(run, minutes * 60)}; cron ran ${run.crons} times`)
  console.log(`database: ${(bytes / 2 ** 20).toFixed(1)} MiB`)
  console.log(
    `memory: ${first} MiB in the first third, ${second} in the second, ${last} in the last: ${memory.isFlat ? 'flat' : 'GROWS'} (${memory.slope.toFixed(2)} MiB a minute after the first third)`,
  )
  console.log(`${machineName()}, load ${load()}`)
  for (const example of figures.examples) console.log(`FAILED ${example}`)
  const faults = [
    ...(figures.serverErrors > 0 ? [`${figures.serverErrors} answers of 500 or above`] : []),
    ...(figures.failedVisits > 0 ? [`${figures.failedVisits} failed visits`] : []),
    ...(memory.isFlat ? [] : ['memory grows']),
    ...grown.map(({ table: name }) => `${name} grew by what proved nothing`),
  ]
  recordCounts('soak', {
    'soak requests': figures.requests,
    'soak answers of 500 or above': figures.serverErrors,
    'soak failed visits': figures.failedVisits,
    'soak minutes': Math.round(minutes),
  })
  console.log(faults.length === 0 ? '\nsoak passed' : `\nsoak FAILED: ${faults.join(', ')}`)
  return faults.length === 0
}

await runScript(async () => {
  const options = readOptions(process.argv.slice(2))
  if (options === null) return console.log(usage)
  const folder = mkdtempSync(join(tmpdir(), 'postern-soak-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  // What goes on after us would hold its port.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endChildren()
      remove()
      process.exit(130)
    })
  }
  try {
    if (!(await soak(options, folder))) process.exitCode = 1
  } finally {
    remove()
  }
})
