// `npm run test:soak`: the deployed bundle on workerd, under a realistic mix of requests for as long as it is
// asked. Fails on any answer of 500 or above, any answer that is not the right one, memory that grows, and
// rows that nobody's proof accounts for.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runScript } from '../../src/operator/refusal.ts'
import { freePort, type Edge } from '../bench/edge.ts'
import { endChildren } from '../bench/machine.ts'
import { admin, makeAccounts, startPostern } from '../bench/postern.ts'
import { Figures } from './figures.ts'
import { liveMebibytes, openInspectors, residentMebibytes, type Inspectors } from './memory.ts'
import { readOptions, type Options } from './options.ts'
import { Person, type World } from './person.ts'
import { countRows, growthOf, sizeOf } from './rows.ts'
import { judge, progressLine, type Run } from './verdict.ts'
import { visits } from './visits.ts'

const settings = {
  REGISTRATION: 'open',
  REGISTRATIONS_PER_ADDRESS: '1000000',
  // Both counts of a limit are on the way of each request: nobody reaches them, but for robots.txt.
  RATE_LIMITS: '/oauth2/*=1000000/60,/robots.txt=1/3600,client=1000000/60',
}

/** Seconds between two reports, two runs of cron, two samples of each memory. */
const every = { report: 30, cron: 60, resident: 2, live: 10 }

type Server = { edge: Edge; inspectors: Inspectors }

async function soak(options: Options, folder: string): Promise<boolean> {
  const { port, connections, minutes } = options
  const inspectorPort = await freePort()
  const place = port === undefined ? {} : { port }
  const edge = await startPostern({ folder, settings, inspectorPort, ...place })
  const inspectors = await openInspectors(inspectorPort)
  try {
    console.log(`${connections} connections for ${minutes} minutes at ${edge.origin}`)
    const run: Run = {
      figures: new Figures(),
      // The statistics of cron: a row for each kind and day, and for each user of the last two days.
      proved: { counted_events: 1, daily_counts: 100, daily_users: 3 * connections },
      visits: new Map(),
      resident: [],
      live: [],
      crons: 0,
    }
    const { people, world } = await populate(edge, connections, run.figures)
    const database = await edge.database('DB')
    // The first request for them makes the keys.
    await people[0]?.send({ path: '/.well-known/jwks.json' })
    const before = await countRows(database)
    const started = performance.now()
    await underLoad({ edge, inspectors }, people, world, options, run)
    return judge(run, {
      minutes: (performance.now() - started) / 60_000,
      growth: growthOf(before, await countRows(database), run.proved),
      bytes: await sizeOf(database),
    })
  } finally {
    for (const one of [inspectors.worker, ...inspectors.others]) one.close()
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
  { edge, inspectors }: Server,
  people: readonly Person[],
  world: World,
  { minutes }: Options,
  run: Run,
): Promise<void> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const isOver = () => seconds() >= minutes * 60
  const crons: Promise<void>[] = []
  const timers = [
    setInterval(() => {
      run.resident.push({ at: seconds(), mebibytes: residentMebibytes(edge.pid) })
    }, every.resident * 1000),
    setInterval(() => {
      const at = seconds()
      liveMebibytes(inspectors).then(
        (mebibytes) => run.live.push({ at, mebibytes }),
        (cause: unknown) => run.figures.fail('the inspector', cause),
      )
    }, every.live * 1000),
    setInterval(() => console.log(progressLine(run, seconds())), every.report * 1000),
    setInterval(() => {
      run.crons++
      crons.push(edge.scheduled().catch((cause: unknown) => run.figures.fail('cron', cause)))
    }, every.cron * 1000),
  ]
  try {
    await Promise.all(people.map((person) => visitUntil(isOver, person, world, run)))
    await Promise.all(crons)
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

await runScript(async () => {
  const options = readOptions()
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
