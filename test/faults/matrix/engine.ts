// Runs a job without faults, learns its calls and what it leaves, and then lets a fault meet each of them.
import { Server } from '../../support/faults.ts'
import { allCases, type Case, chosenCases, type Extent } from './cases.ts'
import { driven, standStill } from './driven.ts'
import type { Job, Outcome } from './job.ts'
import { logged } from './log.ts'
import { givesNothing, isUnavailable, kindOf, outcomeOf } from './outcome.ts'
import { Outgoing } from './outgoing.ts'
import { leaks, secretsIn, secretsOf } from './secrets.ts'
import { type Difference, differenceOf, restore, type Snapshot, takeSnapshot } from './snapshot.ts'
import { requestOf, Stage } from './stage.ts'

type Prepared = Awaited<ReturnType<Job['prepare']>>

/** One run of a job: what came back, and what it has left. */
type Run = { outcome: Outcome; left: Difference; isLate: boolean }

/** A run of cron as a response: it fails as a whole, and comes again by itself. */
const ofCron = async (server: Server): Promise<Response> =>
  server.cron().then(
    () => new Response(null, { status: 204 }),
    () => new Response(null, { status: 503, headers: { 'Retry-After': '60' } }),
  )

/** A job that runs cron. */
export const runCron = async (): Promise<(server: Server) => Promise<Response>> => ofCron

const requestTo = (prepared: Prepared) => (server: Server) =>
  typeof prepared === 'function' ? prepared(server) : server.fetch(requestOf(prepared))

/** The matrix of one job. */
export class Matrix {
  cases = 0
  /** What was wrong, by where it was, and the faults that showed it. */
  readonly #wrong = new Map<string, string[]>()
  readonly #job: Job
  readonly #extent: Extent
  readonly #now = Date.now()

  constructor(job: Job, extent: Extent) {
    this.#job = job
    this.#extent = extent
  }

  /** Runs all cases, and returns what was wrong in sentences. */
  async run(): Promise<string[]> {
    let scene = await this.#scene()
    const { clean, calls, outgoing } = await this.#clean(scene)
    const faults = this.#job.outgoing === true ? outgoing : []
    const isThin = this.#job.isOneOfMany === true
    // A clock that is turned by hand would pass the deadlines of real requests, too.
    const isClockOurs = this.#job.preparesAnew !== true
    const all = allCases(calls, faults, isClockOurs)
    for (const one of chosenCases(all, this.#extent, isThin)) {
      if (this.#job.preparesAnew === true) scene = await this.#scene()
      this.cases++
      await this.#case(scene, clean, one)
      await restore(scene.before, await takeSnapshot())
    }
    return [...this.#wrong].map(([what, faults]) => `${what} [${faults.join('; ')}]`)
  }

  async #scene() {
    standStill(this.#now)
    const stage = new Stage(this.#job.environment)
    const prepared = await this.#job.prepare(stage)
    await stage.server.settled()
    return { prepared, before: await takeSnapshot() }
  }

  async #clean({ prepared, before }: { prepared: Prepared; before: Snapshot }) {
    const server = new Server(this.#job.environment)
    const outgoing = new Outgoing()
    const outcome = await outcomeOf(await requestTo(prepared)(server))
    await server.settled()
    outgoing.end()
    const after = await takeSnapshot()
    await restore(before, after)
    const clean = { outcome, left: differenceOf(before, after), isLate: false }
    requireExpected(this.#job, prepared, outcome)
    return { clean, calls: server.calls, outgoing: outgoing.sent }
  }

  async #case(
    { prepared, before }: { prepared: Prepared; before: Snapshot },
    clean: Run,
    one: Case,
  ): Promise<void> {
    const wrong = (what: string): void => {
      const known = this.#wrong.get(`${one.at}: ${what}`) ?? []
      this.#wrong.set(`${one.at}: ${what}`, [...known, one.fault])
    }
    logged.length = 0
    try {
      const first = await this.#faulty(prepared, before, one)
      this.#judge(first, clean, wrong)
      const retry = await this.#retry(prepared, first, clean)
      const isOther = Object.values(this.#job.retried ?? {}).some((isSo) =>
        isSo(retry, { fault: one.fault, left: first.left }),
      )
      const isSame = kindOf(retry) === kindOf(clean.outcome)
      if (!isSame && !isOther)
        wrong(`the retry is ${kindOf(retry)} and not ${kindOf(clean.outcome)}`)
      const left = differenceOf(before, await takeSnapshot())
      if (isSame && !first.isLate && !sameRows(left, clean.left, this.#job)) {
        wrong(`after all: ${JSON.stringify(left)} instead of ${JSON.stringify(clean.left)}`)
      }
      const secrets = typeof prepared === 'function' ? [] : secretsOf(prepared)
      const told = leaks(logged, [...secrets, ...secretsIn(first.outcome), ...secretsIn(retry)])
      if (told.length > 0) wrong(`the log tells a secret: ${told[0]}`)
    } catch (cause) {
      wrong(String(cause))
    } finally {
      standStill(this.#now)
    }
  }

  async #faulty(prepared: Prepared, before: Snapshot, one: Case): Promise<Run> {
    const server = new Server(this.#job.environment)
    const outgoing = new Outgoing((nth) => (nth === one.nth ? (one.outgoing ?? null) : null))
    let [isAnswered, isLate] = [false, false]
    server.plan(async (call, nth) => {
      const fault = await one.plan(call, nth)
      isLate ||= fault !== null && isAnswered
      return fault
    })
    const hangs = one.fault.includes('never') || one.fault === 'hangs'
    if (hangs) standStill(this.#now, true)
    const waits = () => ({
      underWay: server.underWay + outgoing.underWay,
      hanging: server.hanging + outgoing.hanging,
    })
    try {
      const asked = requestTo(prepared)(server).then(outcomeOf)
      const outcome = await (hangs ? driven(asked, waits) : asked)
      isAnswered = true
      const settled = server.settled()
      await (hangs ? driven(settled, waits) : settled)
      return { outcome, left: differenceOf(before, await takeSnapshot()), isLate }
    } finally {
      outgoing.end()
      standStill(this.#now)
    }
  }

  #judge({ outcome, left }: Run, clean: Run, wrong: (what: string) => void): void {
    const { face, alsoRight = {} } = this.#job
    const isSuccess = kindOf(outcome) === kindOf(clean.outcome)
    const isRight = isSuccess || Object.values(alsoRight).some((isSo) => isSo(outcome))
    if (isRight) return
    if (!isUnavailable(outcome, face)) {
      return wrong(`the answer is ${kindOf(outcome)} ${outcome.text.slice(0, 200)}`)
    }
    if (!givesNothing(outcome)) wrong(`503 gives something: ${kindOf(outcome)}`)
    const { mayRemain = {} } = this.#job
    // Its tasks are many, and each is whole by itself; what counts is what the next run leaves.
    if (face === 'cron') return
    const isNothing = Object.keys(left).every((table) => table in mayRemain)
    if (!isNothing && !sameRows(left, clean.left, this.#job)) {
      wrong(`half written: ${JSON.stringify(left)} of ${JSON.stringify(clean.left)}`)
    }
  }

  async #retry(prepared: Prepared, first: Run, clean: Run): Promise<Outcome> {
    const isDone = kindOf(first.outcome) === kindOf(clean.outcome)
    let next = prepared
    if (isDone) return first.outcome
    if (typeof prepared !== 'function' && prepared.again !== undefined)
      next = await prepared.again()
    const server = new Server(this.#job.environment)
    const outgoing = new Outgoing()
    const outcome = await outcomeOf(await requestTo(next)(server))
    await server.settled()
    outgoing.end()
    return outcome
  }
}

/** @throws if the job is not what it says that it is */
function requireExpected({ route, isRefused }: Job, asked: Prepared, outcome: Outcome): void {
  if (outcome.status >= 400 !== (isRefused === true) || outcome.status >= 500) {
    throw new Error(`without a fault: ${kindOf(outcome)} ${outcome.text.slice(0, 2_000)}`)
  }
  if (typeof asked === 'function') return
  const [method, pattern = ''] = route.split(' ')
  const path = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)
  if (asked.method !== method || !path.test(new URL(asked.url).pathname)) {
    throw new Error(`${asked.method} ${asked.url} is not ${route}`)
  }
}

/** What the outbox keeps is delivered by the next run of cron. */
const deferred = ['revocation_outbox', 'KV']

/** Whether as many rows came and went, but for what the job says. */
function sameRows(left: Difference, clean: Difference, { mayRemain, mayLack }: Job): boolean {
  const tables = new Set([...Object.keys(left), ...Object.keys(clean)])
  return [...tables].every((table) => {
    if (deferred.includes(table)) return true
    const none = { came: 0, went: 0 }
    const [is, was] = [left[table] ?? none, clean[table] ?? none]
    if (is.came === was.came && is.went === was.went) return true
    const isMore = is.came >= was.came
    return (table in (mayRemain ?? {}) && isMore) || (table in (mayLack ?? {}) && !isMore)
  })
}
