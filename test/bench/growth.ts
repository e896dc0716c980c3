// Growth: the same jobs over ever more users, beside each other; what a user and a grant take on disk;
// and whether anybody waits while cron cleans up.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant } from './contestant.ts'
import type { Edge } from './edge.ts'
import { jobs, type Job } from './jobs.ts'
import { median, requestText, run, withLane, type Figures } from './load.ts'
import { awaitCalm, load, machineName } from './machine.ts'
import type { Options } from './options.ts'
import { fill, grantsOfUser, usersOfClient, type Sizes } from './population.ts'
import { makeAccounts, startPostern } from './postern.ts'
import { microseconds, table, times } from './report.ts'

/** How many times as much a job may cost at the largest scale as at the smallest. */
const flat = 1.3

type Scale = { users: number; edge: Edge; contestant: Contestant; sizes: Sizes }
type CleanUp = { users: number; seconds: number; p99Before: number; p99During: number }

export async function measureGrowth(options: Options, folder: string, out: string): Promise<void> {
  const scales: Scale[] = []
  try {
    for (const users of options.scales) scales.push(await grow(users, join(folder, String(users))))
    const remark = await awaitCalm(options.patience)
    console.log(remark)
    const costs = []
    for (const job of jobs) {
      if (options.jobs !== null && !options.jobs.includes(job.name)) continue
      console.log(`measuring ${job.name}`)
      costs.push({ job: job.name, cpu: await costsOf(job, scales, options) })
    }
    const cleanUps: CleanUp[] = []
    for (const scale of scales) cleanUps.push(await cleanUp(scale))
    const sizes = scales.map(({ users, sizes }) => ({ users, ...sizes }))
    const words = [
      costTable(options.scales, costs),
      sizeTable(sizes),
      cleanUpTable(cleanUps),
      `${new Date().toISOString().slice(0, 10)}, ${machineName()}; before: ${remark}; after: load ${load()}`,
    ].join('\n\n')
    writeFileSync(join(out, 'growth.json'), JSON.stringify({ costs, sizes, cleanUps }, null, 2))
    writeFileSync(join(out, 'growth.md'), `${words}\n`)
    console.log(`\n${words}`)
  } finally {
    for (const { edge } of scales) await edge.stop()
  }
}

/** A database of so many users, and a server over it. */
async function grow(users: number, folder: string): Promise<Scale> {
  mkdirSync(folder)
  const stateFolder = join(folder, 'state')
  // Migrated and with its keys made by the worker itself; then filled while nobody runs on it.
  const first = await startPostern({ folder }, stateFolder)
  const keys = requestText(first, { path: '/.well-known/jwks.json' })
  await withLane(first.origin, (ask) => ask(keys))
  await first.stop()
  const from = performance.now()
  const sizes = fill(stateFolder, users)
  const seconds = (performance.now() - from) / 1000
  console.log(`${users} users, ${users * grantsOfUser} grants: filled in ${seconds.toFixed(0)} s`)
  const edge = await startPostern({ folder }, stateFolder)
  return { users, edge, sizes, contestant: { ...(await makeAccounts(edge)), stop: edge.stop } }
}

/** Microseconds of CPU at each scale: medians of alternating rounds. */
async function costsOf(job: Job, scales: readonly Scale[], effort: Options): Promise<number[]> {
  const rounds: number[][] = scales.map(() => [])
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, { contestant }] of scales.entries()) {
      const figures = await runJob(job, contestant, effort)
      if (figures !== null) rounds[index]?.push(figures.cpu)
    }
  }
  return rounds.map(median)
}

async function runJob(
  job: Job,
  contestant: Contestant,
  { lanes, seconds }: Pick<Options, 'lanes' | 'seconds'>,
): Promise<Figures | null> {
  const { origin, pid } = contestant
  const prepared = await withLane(origin, (ask) => job.prepare(contestant, ask, lanes))
  return prepared === null ? null : run({ origin, pid, lanes, seconds, ...prepared })
}

/** One run of cron over a tenth of the grants, while users go on refreshing. */
async function cleanUp({ users, edge, contestant }: Scale): Promise<CleanUp> {
  const refresh = jobs.find(({ name }) => name === 'refresh')
  if (refresh === undefined) throw new Error('there is no job to run beside cron')
  const calm = await runJob(refresh, contestant, { lanes: 2, seconds: 2 })
  const beside = runJob(refresh, contestant, { lanes: 2, seconds: 4 })
  const from = performance.now()
  await edge.scheduled()
  const seconds = (performance.now() - from) / 1000
  const during = await beside
  return { users, seconds, p99Before: calm?.p99 ?? 0, p99During: during?.p99 ?? 0 }
}

type Cost = { job: string; cpu: number[] }

function costTable(scales: readonly number[], costs: readonly Cost[]): string {
  const head = ['job', ...scales.map((users) => `${users} users`), 'largest / smallest']
  const rows = costs.map(({ job, cpu }) => {
    const growth = (cpu.at(-1) ?? 0) / (cpu[0] ?? 1)
    const verdict = growth <= flat ? 'flat' : 'GROWS'
    return [job, ...cpu.map(microseconds), `${times(growth)} ${verdict}`]
  })
  return table(head, rows)
}

const sizeTable = (sizes: readonly (Sizes & { users: number })[]): string =>
  table(
    ['users', 'grants', 'clients', 'database', 'bytes a user', 'bytes a grant', 'bytes a client'],
    sizes.map(({ users, database, user, grant, client }) => [
      String(users),
      String(users * grantsOfUser),
      String(users / usersOfClient),
      `${(database / 2 ** 20).toFixed(0)} MiB`,
      user.toFixed(0),
      grant.toFixed(0),
      client.toFixed(0),
    ]),
  )

const cleanUpTable = (cleanUps: readonly CleanUp[]): string =>
  table(
    ['users', 'one run of cron', 'p99 of a refresh without it', 'p99 beside it'],
    cleanUps.map(({ users, seconds, p99Before, p99During }) => [
      String(users),
      `${seconds.toFixed(1)} s`,
      `${p99Before.toFixed(0)} ms`,
      `${p99During.toFixed(0)} ms`,
    ]),
  )
