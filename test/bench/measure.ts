// Rounds that visit every server in turn (A B C, A B C ...), so that what happens to the machine
// happens to all; medians of the rounds.
import type { Contestant } from './contestant.ts'
import type { Edge } from './edge.ts'
import type { Job } from './jobs.ts'
import { median, requestText, run, withLane, type Figures, type Run } from './load.ts'

type Effort = { rounds: number; seconds: number; lanes: number }

/** Medians, and how far apart the rounds were in CPU (largest to smallest). */
export type Measured = Figures & { spread: number }

/** One job at every server that has it; the limit's two routes beside them. */
export type JobResult = {
  job: string
  budget: number
  limitRoute: string
  bareRoute: string
  limit: Measured
  bare: Measured
  servers: Record<string, Measured | null>
}

type Turn = { name: string; go: () => Promise<Figures | null> }

export async function measureJob(
  job: Job,
  contestants: readonly Contestant[],
  limit: Edge,
  effort: Effort,
): Promise<JobResult> {
  const turns: Turn[] = [
    { name: job.limit, go: () => runLimit(limit, job.limit, effort) },
    ...(job.bare === job.limit
      ? []
      : [{ name: job.bare, go: () => runLimit(limit, job.bare, effort) }]),
    ...contestants.map((contestant) => ({
      name: contestant.name,
      go: () => runJob(job, contestant, effort),
    })),
  ]
  const figures = new Map<string, Figures[]>()
  for (let round = 0; round < effort.rounds; round++) {
    for (const { name, go } of turns) {
      const measured = await go()
      if (measured !== null) figures.set(name, [...(figures.get(name) ?? []), measured])
    }
  }
  const of = (name: string) => medians(figures.get(name) ?? [])
  const limitFigures = of(job.limit)
  const bareFigures = of(job.bare)
  if (limitFigures === null || bareFigures === null) throw new Error('the limit was not measured')
  return {
    job: job.name,
    budget: job.budget,
    limitRoute: job.limit,
    bareRoute: job.bare,
    limit: limitFigures,
    bare: bareFigures,
    servers: Object.fromEntries(contestants.map(({ name }) => [name, of(name)])),
  }
}

/** A short run that is not counted, then the one that is. */
async function warmed(plan: Run): Promise<Figures> {
  if (plan.most === undefined) await run({ ...plan, seconds: Math.min(0.4, plan.seconds) })
  return run(plan)
}

async function runJob(
  job: Job,
  contestant: Contestant,
  { lanes, seconds }: Effort,
): Promise<Figures | null> {
  const { name, origin, pid } = contestant
  const prepared = await withLane(origin, (ask) => job.prepare(contestant, ask, lanes))
  if (prepared === null) return null
  try {
    return await warmed({ origin, pid, lanes, seconds, ...prepared })
  } catch (cause) {
    throw new Error(`${name}, ${job.name}: a request was refused`, { cause })
  }
}

function runLimit({ origin, pid }: Edge, routes: string, { lanes, seconds }: Effort) {
  const requests = routes.split(' ').map((path) => requestText({ origin }, { path }))
  return warmed({
    origin,
    pid,
    lanes,
    seconds,
    step: async (ask) => {
      for (const request of requests) {
        const { status, body } = await ask(request)
        if (status !== 200) throw new Error(`the limit refused ${routes}: ${status} ${body}`)
      }
    },
  })
}

function medians(rounds: readonly Figures[]): Measured | null {
  if (rounds.length === 0) return null
  const of = (name: keyof Figures) => median(rounds.map((figures) => figures[name]))
  const costs = rounds.map(({ cpu }) => cpu)
  return {
    units: of('units'),
    perSecond: of('perSecond'),
    cpu: of('cpu'),
    p50: of('p50'),
    p99: of('p99'),
    spread: Math.max(...costs) / Math.min(...costs),
  }
}
