// A worker of its own over the real D1 and KV, whose bindings fail on purpose and count. What local
// workerd never shows (a lost connection after the commit, a stale KV, 429) is shown here.
import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index.ts'
import { issuer } from './http.ts'

/** One call of a binding. `text` is the SQL, its names unquoted, or the keys. */
export type StorageCall = { binding: 'DB' | 'KV'; method: string; text: string }

export type Fault =
  /** Nothing happens, and the caller hears of it. */
  | 'fails'
  /** It happens, and the caller hears that the connection was lost. */
  | 'fails after the commit'
  | 'never answers'
  /** It happens, and the caller never hears of it. */
  | 'happens and never answers'
  /** KV in another place, or before it has heard: absent. */
  | 'knows nothing'
  /** KV with an old value. */
  | { says: string }

/**
 * Which fault a call meets, if any; `nth` counts the calls since the plan was made, from 0. What it
 * awaits happens before the call does.
 */
export type Plan = (call: StorageCall, nth: number) => Fault | null | Promise<Fault | null>

export const noFault: Plan = () => null

/** The plan that meets every call of a binding (and method) with one fault. */
export const always =
  (fault: Fault, binding: StorageCall['binding'], method?: string): Plan =>
  (call) =>
    call.binding === binding && (method === undefined || call.method === method) ? fault : null

/** The plan that meets the nth call with a fault and no other. */
export const atCall =
  (nth: number, fault: Fault): Plan =>
  (_call, index) =>
    index === nth ? fault : null

/** Settings and bindings as the environment brings them, over those of all tests. */
export type Environment = Record<string, string | object | undefined>

export class Server {
  /** Every storage call since the plan was made. */
  calls: StorageCall[] = []
  /** The rows that D1 has written since the plan was made, entries of indexes among them. */
  rowsWritten = 0
  /** The sequential storage waits of the last answer: calls that started after another had ended. */
  waits = 0
  /** The calls that are under way, and those of them that will never answer. */
  underWay = 0
  hanging = 0
  readonly env: Env
  readonly #real = new WeakMap<
    D1PreparedStatement,
    { statement: D1PreparedStatement; sql: string }
  >()
  readonly #contexts: ExecutionContext[] = []
  #plan: Plan = noFault
  #origin = issuer
  #deepestEnded = 0

  constructor(environment: Environment = {}) {
    const DB = this.#database()
    this.env = { ...env, ...environment, DB, KV: this.#kv() }
    const { ISSUER } = environment
    const isDeployed = 'DEVELOPMENT' in environment && environment.DEVELOPMENT !== 'true'
    if (isDeployed && typeof ISSUER === 'string' && ISSUER.startsWith('https://')) {
      this.#origin = ISSUER
    }
  }

  /** Plans the faults of the calls from now on. */
  plan(plan: Plan): void {
    this.#plan = plan
    this.calls = []
    this.rowsWritten = 0
  }

  /** Answers a request. A method by reference: wherever a request is sent, this can answer. */
  readonly fetch = async (request: Request): Promise<Response> => {
    this.#deepestEnded = 0
    const context = createExecutionContext()
    this.#contexts.push(context)
    const answer = await worker.fetch(new Request(this.#addressed(request)), this.env, context)
    this.waits = this.#deepestEnded
    return answer
  }

  /** The request; what the tests send to their own origin reaches a deployment under its issuer. */
  #addressed(request: Request): Request {
    const isOurs = request.url.startsWith(`${issuer}/`)
    const url = isOurs ? this.#origin + request.url.slice(issuer.length) : request.url
    return new Request(url, request)
  }

  /** Waits for the work that answers have left behind. */
  async settled(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map(waitOnExecutionContext))
  }

  /** Runs the cron trigger. */
  async cron(): Promise<void> {
    const context = createExecutionContext()
    this.#contexts.push(context)
    await worker.scheduled(createScheduledController(), this.env, context)
  }

  async #meet(call: StorageCall, run: () => unknown, absent: () => unknown): Promise<unknown> {
    const depth = this.#deepestEnded + 1
    const planned = this.#plan(call, this.calls.push(call) - 1)
    this.underWay++
    try {
      const fault = planned instanceof Promise ? await planned : planned
      if (fault === 'fails') throw lostConnection(call)
      if (fault === 'never answers') return await this.#hang()
      if (fault === 'knows nothing') return absent()
      if (typeof fault === 'object' && fault !== null) return JSON.parse(fault.says)
      const answer = await run()
      this.rowsWritten += rowsWrittenBy(answer)
      if (fault === 'fails after the commit') throw lostConnection(call)
      if (fault === 'happens and never answers') return await this.#hang()
      return answer
    } finally {
      this.underWay--
      this.#deepestEnded = Math.max(this.#deepestEnded, depth)
    }
  }

  #hang(): Promise<never> {
    this.hanging++
    return new Promise(() => undefined)
  }

  #database(): D1Database {
    return new Proxy(env.DB, {
      get: (database, name) => {
        if (name === 'prepare') return (sql: string) => this.#statement(database.prepare(sql), sql)
        if (name !== 'batch') throw new Error(`the tests have no ${String(name)} of D1`)
        return (statements: D1PreparedStatement[]) => {
          const known = statements.flatMap((statement) => this.#real.get(statement) ?? [])
          const real = known.map(({ statement }) => statement)
          const text = known.map(({ sql }) => unquoted(sql)).join(';\n')
          const call = { binding: 'DB', method: 'batch', text } as const
          return this.#meet(
            call,
            () => database.batch(real),
            () => [],
          )
        }
      },
    })
  }

  #statement(real: D1PreparedStatement, sql: string): D1PreparedStatement {
    const statement = new Proxy(real, {
      get: (target, name) => {
        if (name === 'bind')
          return (...values: unknown[]) => this.#statement(target.bind(...values), sql)
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        const call = { binding: 'DB', method: String(name), text: unquoted(sql) } as const
        return (...parameters: unknown[]) =>
          this.#meet(
            call,
            () => Reflect.apply(method, target, parameters),
            () => null,
          )
      },
    })
    this.#real.set(statement, { statement: real, sql })
    return statement
  }

  #kv(): KVNamespace {
    return new Proxy(env.KV, {
      get: (kv, name) => {
        const method: unknown = Reflect.get(kv, name)
        if (typeof method !== 'function') return method
        return (keys: string | string[], ...rest: unknown[]) => {
          const call = { binding: 'KV', method: String(name), text: String(keys) } as const
          const absent = () =>
            Array.isArray(keys) ? new Map(keys.map((key) => [key, null])) : null
          return this.#meet(call, () => Reflect.apply(method, kv, [keys, ...rest]), absent)
        }
      },
    })
  }
}

/** What D1 says with each result about the rows that it wrote: it bills them. */
const rowsWrittenBy = (answer: unknown): number =>
  [answer].flat().reduce<number>((sum, result) => sum + rowsWrittenOf(result), 0)

function rowsWrittenOf(result: unknown): number {
  if (typeof result !== 'object' || result === null || !('meta' in result)) return 0
  const { meta } = result
  if (typeof meta !== 'object' || meta === null || !('rows_written' in meta)) return 0
  return Number(meta.rows_written)
}

const unquoted = (sql: string): string => sql.replaceAll('"', '')

const lostConnection = ({ binding, method }: StorageCall): Error =>
  new Error(
    binding === 'DB'
      ? 'D1_ERROR: Network connection lost.'
      : `KV ${method.toUpperCase()} failed: 429 Too Many Requests`,
  )
