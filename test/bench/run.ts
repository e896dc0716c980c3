// `npm run bench`: Postern's real bundle on workerd beside the limit of the platform and, if asked,
// its peers. README.md here says how to read the figures.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runScript } from '../../src/operator/refusal.ts'
import { projectFolder, wranglerRequire } from './bundle.ts'
import { chart } from './chart.ts'
import type { Contestant, Entrant } from './contestant.ts'
import type { Edge } from './edge.ts'
import { jobs, type Job } from './jobs.ts'
import { startLimit } from './limit.ts'
import { awaitCalm, endChildren, load, machineName } from './machine.ts'
import { measureJob, type JobResult } from './measure.ts'
import { readOptions, usage, type Options } from './options.ts'
import { postern } from './postern.ts'
import {
  distanceTable,
  distanceText,
  environmentText,
  jobTable,
  priceText,
  type Environment,
  type Report,
} from './report.ts'
import { measureSize, sizeText } from './size.ts'
import { storageUse, type StorageUse } from './storage.ts'

/** Removes what was made there, also when interrupted. */
async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  // What goes on after us would hold its port, or write into a folder that is gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endChildren()
      remove()
      process.exit(130)
    })
  }
  try {
    await work(folder)
  } finally {
    remove()
  }
}

async function bench(options: Options, folder: string): Promise<void> {
  const out = resolve(projectFolder, options.out)
  mkdirSync(out, { recursive: true })
  if (options.growth) {
    const { measureGrowth } = await import('./growth.ts')
    return measureGrowth(options, folder, out)
  }
  if (options.profile) {
    const { profileJobs } = await import('./profile.ts')
    return profileJobs(chosenJobs(options), options.seconds, folder, out)
  }
  const entrants = await enter(options, folder)
  if (options.distance) await measureDistance(options, folder, out, entrants)
  else await compare(options, folder, out, entrants)
}

async function enter({ peers }: Options, folder: string): Promise<Entrant[]> {
  if (!peers) return [postern]
  const { installPeers } = await import('./peers.ts')
  return [postern, ...(await installPeers(join(folder, 'peers')))]
}

function chosenJobs({ jobs: names }: Options): readonly Job[] {
  return names === null ? jobs : jobs.filter(({ name }) => names.includes(name))
}

async function compare(
  options: Options,
  folder: string,
  out: string,
  entrants: readonly Entrant[],
): Promise<void> {
  const storage: Report['storage'] = {}
  for (const entrant of entrants.filter(({ isEdge }) => isEdge)) {
    console.log(`counting the storage calls of ${entrant.name}`)
    const place = join(folder, `${entrant.name}-metered`)
    mkdirSync(place)
    storage[entrant.name] = await storageUse(entrant, place)
  }
  const loadBefore = await awaitCalm(options.patience)
  console.log(loadBefore)
  const servers: Contestant[] = []
  let limit: Edge | null = null
  try {
    mkdirSync(join(folder, 'limit'))
    limit = await startLimit(join(folder, 'limit'))
    for (const entrant of entrants) {
      mkdirSync(join(folder, entrant.name))
      servers.push(await entrant.start({ folder: join(folder, entrant.name) }))
    }
    const results: JobResult[] = []
    for (const job of chosenJobs(options)) {
      console.log(`measuring ${job.name}`)
      results.push(await measureJob(job, servers, limit, options))
    }
    const report: Report = {
      environment: environmentOf(options, loadBefore),
      hashes: Object.fromEntries(servers.map(({ name, hash }) => [name, hash])),
      jobs: results,
      storage,
    }
    const words = [
      jobTable(report),
      priceText(report),
      sizeText(await measureSize(folder)),
      environmentText(report.environment),
    ]
    publish(out, 'figures', report, `${words.join('\n\n')}\n`)
    writeFileSync(join(out, 'chart.svg'), chart(report))
    console.log(`chart: ${join(out, 'chart.svg')}`)
  } finally {
    for (const server of servers) await server.stop()
    await limit?.stop()
  }
}

async function measureDistance(
  options: Options,
  folder: string,
  out: string,
  entrants: readonly Entrant[],
): Promise<void> {
  const { delays } = options
  const storage: Record<string, Record<string, StorageUse | null>> = {}
  for (const entrant of entrants.filter(({ isEdge }) => isEdge)) {
    console.log(`asking ${entrant.name} from far away`)
    const place = join(folder, `${entrant.name}-far`)
    mkdirSync(place)
    storage[entrant.name] = await storageUse(entrant, place, delays)
  }
  const names = chosenJobs(options).map(({ name }) => name)
  const words = `${distanceTable(storage, names)}\n\n${distanceText(delays)}\n`
  publish(out, 'distance', { delays, storage }, words)
}

function publish(out: string, name: string, figures: object, words: string): void {
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`)
  writeFileSync(join(out, `${name}.md`), words)
  console.log(`\n${words}\nfigures: ${join(out, `${name}.json`)}`)
}

function environmentOf(options: Options, loadBefore: string): Environment {
  const versions: { dependencies: Record<string, string> } =
    wranglerRequire('wrangler/package.json')
  const { rounds, seconds, lanes } = options
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineName(),
    versions: `Node ${process.versions.node}, workerd ${versions.dependencies.workerd}`,
    command: ['npm run bench', ...process.argv.slice(2)].join(' '),
    loadBefore,
    loadAfter: `load ${load()}`,
    rounds,
    seconds,
    lanes,
  }
}

await runScript(async () => {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(usage)
  else await inTemporaryFolder((folder) => bench(options, folder))
})
